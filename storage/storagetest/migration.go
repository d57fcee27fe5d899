package storagetest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/platforma/platforma/fault"
)

func migrationClauses() []clause {
	return []clause{
		{"migration/down and up again", "down and up again a schema keeps what was not undone, and takes the rest anew", migrationDown},
		{"migration/many starters", "of many processes that migrate at once all succeed, and the schema is there once", migrationStarters},
		{"migration/unknown version", "a version that there is not is ErrInvalid, and nothing happens", migrationUnknown},
		{"migration/cancelled", "a migration whose context has ended is ErrUnavailable, and the next one completes", migrationCancelled},
	}
}

// migrations is a fresh database without a schema.
func (s *session) migrations(t *testing.T) Migrations {
	t.Helper()
	if s.options.Migrations == nil {
		t.Skip("the adapter has no schema")
	}
	return s.options.Migrations(t)
}

// opened runs a test on the migrated database, which is closed at its end: while
// a schema changes nobody has it open.
func (s *session) opened(t *testing.T, m Migrations, what string, test func(t *testing.T)) {
	t.Helper()
	if t.Failed() {
		return
	}
	t.Run(what, func(t *testing.T) {
		s.Driver = m.Open(t)
		test(t)
	})
}

// migrationDown goes down to each version in turn and up again, with everything
// in the database each time. What a version has not undone is as it was; what it
// has undone is gone altogether, with all that the ledger of its service knew,
// and can be stored again under the same ids and keys.
func migrationDown(t *testing.T, s *session) {
	m := s.migrations(t)
	e := s.newEstate(t)
	versions := m.Versions()
	newest := versions[len(versions)-1]
	must(t, m.To(t.Context(), newest))
	s.opened(t, m, "before", func(t *testing.T) {
		for _, p := range e.parts {
			p.gone(t, s)
		}
		e.store(t, s, e.parts...)
	})
	lost := map[string]bool{}
	for _, version := range slices.Backward(append([]string{""}, versions...)) {
		must(t, m.To(t.Context(), version))
		must(t, m.To(t.Context(), newest))
		s.opened(t, m, "down to "+version, func(t *testing.T) {
			var gone []part
			for _, p := range e.parts {
				switch {
				case !p.there(t, s):
					lost[p.service] = true
					gone = append(gone, p)
					p.gone(t, s)
				case lost[p.service]:
					t.Errorf("the %s service lost its data on the way to a later version, and not on the way to this one", p.service)
				default:
					p.kept(t, s)
				}
			}
			switch version {
			case newest:
				same(t, "what was lost by going nowhere", len(gone), 0)
			case "":
				same(t, "what was lost by going down to nothing", len(gone), len(e.parts))
			}
			e.store(t, s, gone...)
		})
	}
}

// migrationStarters has many go the same way at once, and both ways.
func migrationStarters(t *testing.T, s *session) {
	const starters = 8
	m := s.migrations(t)
	e := s.newEstate(t)
	newest := m.Versions()[len(m.Versions())-1]
	start := func(version func(starter int) string) {
		t.Helper()
		errs := make([]error, starters)
		var group sync.WaitGroup
		for i := range starters {
			group.Go(func() { errs[i] = m.To(t.Context(), version(i)) })
		}
		group.Wait()
		for _, err := range errs {
			must(t, err)
		}
	}
	start(func(int) string { return newest })
	s.opened(t, m, "on a fresh database", func(t *testing.T) { e.store(t, s, e.parts...) })
	start(func(int) string { return newest })
	s.opened(t, m, "on a migrated one", func(t *testing.T) {
		for _, p := range e.parts {
			p.kept(t, s)
		}
	})
	start(func(starter int) string { return []string{"", newest}[starter%2] })
	must(t, m.To(t.Context(), newest))
	s.opened(t, m, "both ways", func(t *testing.T) {
		for _, p := range e.parts {
			p.gone(t, s)
		}
		e.store(t, s, e.parts...)
	})
}

func migrationUnknown(t *testing.T, s *session) {
	const unknown = "no such version"
	m := s.migrations(t)
	e := s.newEstate(t)
	refused(t, m.To(t.Context(), unknown), fault.ErrInvalid, "")
	must(t, m.To(t.Context(), m.Versions()[len(m.Versions())-1]))
	s.opened(t, m, "before", func(t *testing.T) { e.store(t, s, e.parts...) })
	refused(t, m.To(t.Context(), unknown), fault.ErrInvalid, "")
	s.opened(t, m, "after", func(t *testing.T) {
		for _, p := range e.parts {
			p.kept(t, s)
		}
	})
}

func migrationCancelled(t *testing.T, s *session) {
	m := s.migrations(t)
	e := s.newEstate(t)
	newest := m.Versions()[len(m.Versions())-1]
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cancelled := func(version string) {
		t.Helper()
		err := m.To(ended, version)
		refused(t, err, fault.ErrUnavailable, "")
		refusedAs(t, err, context.Canceled)
	}
	cancelled(newest)
	must(t, m.To(t.Context(), newest))
	s.opened(t, m, "up", func(t *testing.T) { e.store(t, s, e.parts...) })
	cancelled("")
	s.opened(t, m, "not down", func(t *testing.T) {
		for _, p := range e.parts {
			p.kept(t, s)
		}
	})
}
