package storagetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// rivals is how many do the same at once.
const rivals = 6

// atOnce makes calls at the same time, and returns their errors.
func atOnce(calls []func() error) []error {
	errs := make([]error, len(calls))
	start := make(chan struct{})
	var ready, group sync.WaitGroup
	for i, call := range calls {
		ready.Add(1)
		group.Go(func() {
			ready.Done()
			<-start
			errs[i] = call()
		})
	}
	ready.Wait()
	close(start)
	group.Wait()
	return errs
}

// oneWins makes calls at once, of which one must succeed and the others be
// refused in a way. It returns which won.
func oneWins(t *testing.T, what string, calls []func() error, lost func(error) bool) int {
	t.Helper()
	winner, won := 0, 0
	for i, err := range atOnce(calls) {
		switch {
		case err == nil:
			winner = i
			won++
		case !lost(err):
			t.Errorf("%s at once: error is %v, which is not that of who came too late", what, err)
		}
	}
	if won != 1 {
		t.Errorf("%s: %d of %d at once succeeded, want one", what, won, len(calls))
	}
	return winner
}

func isConflict(err error) bool { return fault.KindOf(err) == fault.ErrConflict }

func causedBy(cause error) func(error) bool {
	return func(err error) bool { return fault.KindOf(err) == fault.ErrExists && errors.Is(err, cause) }
}

// bound binds a method for all rivals.
func bound(t *testing.T, s *session, w *world, m method) (calls []func() error, commits []event.Commit) {
	t.Helper()
	for range rivals {
		arguments, call := m.bind(t, s, w)
		commit, _ := arguments[1].(event.Commit)
		ctx := m.scoped(context.Background(), w)
		commits = append(commits, commit)
		calls = append(calls, func() error { return second(call(ctx)) })
		if m.reach == unborn && w.delivery == nil {
			w.unborn = tenant.ID(s.ids.New("ten"))
		}
	}
	return calls, commits
}

func everyKeyRace(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		if !m.commits() {
			continue
		}
		w.receipt = &event.Receipt{Key: s.ids.New("key"), Hash: "h"}
		calls, commits := bound(t, s, w, m)
		winner := oneWins(t, m.called()+" with one key", calls, causedBy(event.ErrRepeated))
		ctx := in(w.tenant)
		if m.reach == unborn {
			ctx = operator()
		}
		same(t, "the receipt of "+m.called(), get(s.receiptOf(ctx, m, w.receipt.Key))(t), *commits[winner].Receipt)
		s.onlyEvents(t, w, m, commits, winner)
	}
}

func everyDeliveryRace(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		if !m.commits() {
			continue
		}
		w.delivery = &scope.Delivery{Subscription: "mirror", Event: s.ids.New(event.Prefix)}
		calls, commits := bound(t, s, w, m)
		winner := oneWins(t, m.called()+" for one event", calls, causedBy(event.ErrDelivered))
		s.onlyEvents(t, w, m, commits, winner)
	}
}

// onlyEvents fails the test if those who lost have left an event.
func (s *session) onlyEvents(t *testing.T, w *world, m method, commits []event.Commit, winner int) {
	t.Helper()
	for i, c := range commits {
		of := tenant.ID(c.Events[0].Subject)
		if m.reach != unborn {
			of = w.tenant
		}
		_, err := s.Events().Get(in(of), m.service, c.Events[0].ID)
		if (err == nil) != (i == winner) {
			t.Errorf("%s at once: of the one that succeeded (%t) the event's error is %v", m.called(), i == winner, err)
		}
	}
}

func everySaver(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		if m.effect != saves && m.effect != deletes {
			continue
		}
		calls, commits := bound(t, s, w, m)
		if m.effect == deletes {
			for i := range calls {
				calls[i] = calls[0] // each binding has a role of its own
				commits[i] = commits[0]
			}
			oneWins(t, m.called()+" of one version", calls, isConflict)
			continue
		}
		s.onlyEvents(t, w, m, commits, oneWins(t, m.called()+" of one version", calls, isConflict))
	}
}

// everyUpdate has rivals that read, add one to a number, and write until they
// succeed.
func everyUpdate(t *testing.T, s *session, all []method) {
	const each = 3
	w := s.newWorld(t)
	for _, m := range all {
		if m.effect != saves {
			continue
		}
		version, counted := m.count(t, s, w)
		calls := make([]func() error, rivals)
		for i := range calls {
			calls[i] = func() error {
				for range each {
					for tries := 0; ; tries++ {
						_, call := m.bind(t, s, w)
						_, err := call(m.scoped(context.Background(), w))
						if err == nil {
							break
						}
						if !isConflict(err) || tries > 2*rivals*each { // each refusal is another's success
							return err
						}
					}
				}
				return nil
			}
		}
		for _, err := range atOnce(calls) {
			if err != nil {
				t.Errorf("%s, read, changed and written by many: error is %v, want %q alone", m.called(), err, fault.ErrConflict)
			}
		}
		nextVersion, next := m.count(t, s, w)
		if nextVersion != version+rivals*each || next != counted+rivals*each {
			t.Errorf("%d changes by %s were stored, and %d can be found: of version %d, now %d, updates were lost",
				rivals*each, m.called(), next-counted, version, nextVersion)
		}
	}
}
