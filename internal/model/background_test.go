package model

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

func backgroundOps() []op {
	return []op{
		{name: "settle", weight: 18, plan: func(w *world, _ command) plan { return settlement(w) }},
		{name: "crash", weight: 8, most: command{N: 12}, plan: crash},
		{name: "restart", weight: 2, most: command{What: 1}, whats: weighted(map[int]int{0: 15, 1: 1}), plan: restart},
		{name: "clock", weight: 4, most: command{What: 5}, plan: moveClock},
		{name: "back_end", weight: 8, most: command{What: int(conducts) - 1, N: 3, Of: 1}, plan: instruct},
		{name: "watcher", weight: 4, most: command{What: 3}, plan: tellWatcher},
	}
}

// made is what is there of the resources of all tenants, after work in the
// background.
type made struct {
	Died      bool
	Resources []resource.Resource
	Instances []resource.Instance
}

// settlement does the work in the background until nothing is left.
func settlement(w *world) plan { return work(w, -1) }

// work does it until so many commits are stored, and then the process dies. The
// answer is what there is then: resources are made by nobody's command, so it
// is where their ids are learned.
func work(w *world, budget int) plan {
	r := w.rules
	tenants := slices.Clone(r.order)
	return planned(who{}, func(ctx context.Context, p *platforma.Platform) (m made, err error) {
		err = p.Settle(ctx)
		if budget >= 0 {
			m.Died = err != nil
			err = nil
		}
		if err != nil {
			return m, err
		}
		for _, id := range tenants {
			ctx := scope.OperatorOf(ctx, scope.TenantID(id))
			for v, err := range p.Resources.All(ctx, resource.Query{Request: page.Request{Limit: 100}}) {
				if err != nil {
					return m, err
				}
				m.Resources = append(m.Resources, v)
			}
			for v, err := range p.Resources.AllInstances(ctx, resource.InstanceQuery{Request: page.Request{Limit: 100}}) {
				if err != nil {
					return m, err
				}
				m.Instances = append(m.Instances, v)
			}
		}
		return m, nil
	}, func(got made) (want made, _ *refusal) {
		r.found = got
		r.budget = budget
		want.Died = !r.background()
		r.budget, r.found = -1, made{}
		for _, id := range tenants {
			want.Resources = append(want.Resources, matching(r.tenants[id].resources, anyOf)...)
			want.Instances = append(want.Instances, matching(r.tenants[id].instances, anyOf)...)
		}
		return want, nil
	})
}

// crash lets the process die after some commits of its work in the background,
// and starts another.
func crash(w *world, c command) plan {
	return plan{rule: func(any) (any, *refusal) {
		for _, s := range w.systems {
			s.mortal.budget = c.N
		}
		if _, err := w.ask(work(w, c.N)); err != nil {
			w.rules.complain(err.Error())
		}
		w.startAgain(false)
		return nil, nil
	}}
}

// restart stops the process between two commands and starts another, on the
// open database or on one that is opened again.
func restart(w *world, c command) plan {
	return plan{rule: func(any) (any, *refusal) {
		w.startAgain(c.What == 1)
		return nil, nil
	}}
}

// startAgain starts new processes. The clock is put right by then.
func (w *world) startAgain(reopen bool) {
	w.starts++
	w.now = w.latest.Add(10 * time.Millisecond)
	w.latest, w.started = w.now, w.now
	for _, s := range w.systems {
		err := s.mortal.bury(context.Background())
		if err == nil && reopen {
			err = s.reopen()
		}
		if err == nil {
			err = s.start()
		}
		if err != nil {
			w.rules.complain(s.name + " does not start again: " + err.Error())
		}
	}
}

// moves are how far the clock is moved; it is also set back.
var moves = []time.Duration{
	time.Second, 3 * time.Second, 90 * time.Second, 61 * time.Minute, -2 * time.Second, -30 * time.Minute,
}

func moveClock(w *world, c command) plan {
	return plan{rule: func(any) (any, *refusal) {
		w.now = w.now.Add(moves[c.What])
		if w.now.Before(w.started) {
			w.now = w.started // ids are in the order of time over more than one process
		}
		if w.now.After(w.latest) {
			w.latest = w.now
		}
		return nil, nil
	}}
}

// instruct tells the back ends how to do an action from now on.
func instruct(w *world, c command) plan {
	return plan{rule: func(any) (any, *refusal) {
		tell := func(p *plant) {
			p.conduct[resource.Actions()[c.N]] = conduct(c.What)
			p.odd = c.Of == 1
		}
		tell(w.rules.plant)
		for _, s := range w.systems {
			tell(s.backEnd.plant)
		}
		return nil, nil
	}}
}

// tellWatcher tells the watchers to fail at a type of event, or at none.
func tellWatcher(w *world, c command) plan {
	return plan{rule: func(any) (any, *refusal) {
		failing := []string{
			"", "platforma.customer.created.v1", "platforma.order.started.v1", "platforma.resource.provisioned.v1",
		}[c.What]
		w.rules.failing = failing
		for _, s := range w.systems {
			s.watcher.failing = failing
		}
		return nil, nil
	}}
}

// died is the end of the model's process in the middle of its work.
type died struct{}

// commit counts a commit of the background.
func (r *rules) commit() {
	if r.budget == 0 {
		panic(died{})
	}
	r.budget--
}

// background works until nothing is left, in rounds: all subscriptions are told
// what had happened when the round began, then the worker does all it can. It
// says whether the process has lived to the end.
func (r *rules) background() (lived bool) {
	defer func() {
		r.delivery, r.cause = "", nil
		if p := recover(); p != nil {
			if _, ok := p.(died); !ok {
				panic(p)
			}
			lived = false
		}
	}()
	for {
		if r.deliver()+r.worker() == 0 && !r.backlog() {
			return true
		}
	}
}

// subscription is one of the library's own, or the watcher's.
type subscription struct {
	name     string
	services []string
	handle   func(r *rules, in *realm, h *happening) bool
}

var subscriptions = []subscription{
	{"resource.follows.order", []string{"order"}, (*rules).resourcesFollow},
	{"order.follows.resource", []string{"resource"}, (*rules).ordersFollow},
	{"order.clears", []string{"order"}, (*rules).ordersClear},
	{"order.follows.customer", []string{"customer"}, (*rules).ordersOfDeleted},
	{watching, watched, (*rules).watch},
}

func (in *realm) lane(s subscription, service string) *lane {
	key := s.name + " " + service
	if in.lanes[key] == nil {
		in.lanes[key] = &lane{}
	}
	return in.lanes[key]
}

func (r *rules) backlog() bool {
	for _, in := range r.tenants {
		for _, s := range subscriptions {
			for _, service := range s.services {
				if in.lane(s, service).position < len(in.streams[service]) {
					return true
				}
			}
		}
	}
	return false
}

// deliver is a round of the relay: how many events are done with.
func (r *rules) deliver() int {
	type errand struct {
		subscription
		in      *realm
		service string
		until   int
	}
	var errands []errand
	for _, s := range subscriptions {
		for _, service := range s.services {
			for _, in := range sorted(r.tenants) {
				if until := len(in.streams[service]); in.lane(s, service).position < until {
					errands = append(errands, errand{s, in, service, until})
				}
			}
		}
	}
	done := 0
	for _, e := range errands {
		done += r.run(e.in, e.subscription, e.service, e.until)
	}
	return done
}

// run has a subscription told of the next events of a stream.
func (r *rules) run(in *realm, s subscription, service string, until int) (done int) {
	kept := in.lane(s, service)
	now := *kept
	for now.position < min(until, kept.position+100) {
		h := in.streams[service][now.position]
		r.delivery, r.cause = s.name+" "+service+" "+h.event.Subject+" "+text(now.position), h
		handled := s.handle(r, in, h)
		r.delivery, r.cause = "", nil
		if !handled {
			if now.attempts++; now.attempts < attempts {
				break
			}
			in.letters = append(in.letters, letter{of: h, subscription: s.name, service: service, at: r.now})
			r.refused[h] = s.name == watching
		}
		now = lane{position: now.position + 1}
		done++
		if !handled {
			break
		}
	}
	*kept = now
	return done
}

// write counts the commit that a handler makes, and says whether it is stored:
// not where this very event was handled before.
func (r *rules) write(in *realm) bool {
	r.commit()
	if r.delivery == "" {
		return true
	}
	if in.handled[r.delivery] {
		return false
	}
	in.handled[r.delivery] = true
	return true
}

func (h *happening) is(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return h.event.Type == "platforma."+h.event.Service+"."+name+".v1"
	})
}

// decoded is what an event says of its subject.
func decoded[T any](h *happening) (v T) {
	if err := json.Unmarshal(h.event.Data, &v); err != nil {
		panic(err)
	}
	return v
}

// watch is the host's own subscription.
func (r *rules) watch(_ *realm, h *happening) bool { return h.event.Type != r.failing }

func (r *rules) resourcesFollow(in *realm, h *happening) bool {
	switch {
	case h.is("started"):
		return r.accept(in, decoded[order.Order](h))
	case h.is("failed", "cancelled"):
		r.takeDown(in, decoded[order.Order](h))
	}
	return true
}

func (r *rules) ordersFollow(in *realm, h *happening) bool {
	if h.is("provisioned", "started", "stopped", "failed", "terminated") {
		r.report(in, string(decoded[resource.Resource](h).OrderID))
	}
	return true
}

func (r *rules) ordersClear(in *realm, h *happening) bool {
	if h.is("failed", "cancelled") {
		r.report(in, h.event.Subject)
	}
	return true
}

func (r *rules) ordersOfDeleted(in *realm, h *happening) bool {
	if h.is("deleted") {
		r.cancelOf(in, customer.ID(h.event.Subject))
	}
	return true
}

// system is who works in the background.
func (in *realm) system() who { return who{kind: scope.KindSystem, tenant: in.tenant.ID} }

func letterOps() []op {
	return []op{
		listOp("event.list", 2, listEvents),
		{name: "letter.list", weight: 2, most: command{In: 1, By: 1}, plan: listLetters},
		{name: "letter.redeliver", weight: 4, most: command{In: 1, By: 1, On: 1}, plan: redeliver},
		{name: "letter.discard", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: discard},
	}
}

func listEvents(w *world, c command) plan {
	q := platforma.EventQuery{Service: []string{"", "customer", "billing"}[c.What]}
	var bad *refusal
	if c.What == 2 {
		bad = refuse(fault.ErrInvalid, "service")
	}
	in := w.rules.tenants[w.tenant(c.In)]
	return listing[event.Event]{
		kind: "event", operation: "event.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[event.Event], error) {
			q.Request = r
			found, err := p.Events.List(ctx, q)
			for i := range found.Items {
				// One database gives a position at once, the other when it is
				// asked to, and the rules learn a cause when they see it.
				found.Items[i].Position, found.Items[i].Causation = 0, ""
			}
			return found, err
		},
		learn: func(got page.Page[event.Event], after string, r page.Request) {
			w.rules.recogniseAll(in, q.Service, got.Items, after, r.Newest)
		},
		all: func(in *realm) (all []event.Event) {
			last := event.ID("")
			for _, h := range in.events {
				e := h.event
				if e.ID == "" {
					e.ID = last + "\x00" // its place, until it is seen
				}
				last = e.ID
				if q.Service == "" || e.Service == q.Service {
					all = append(all, e)
				}
			}
			return all
		},
		key: func(e event.Event) string { return string(e.ID) },
	}.plan(w, c)
}

// told is the event with the id of its cause.
func (h *happening) told() event.Event {
	e := h.event
	if h.cause != nil {
		e.Causation = string(h.cause.event.ID)
	}
	return e
}

// listLetters reads all dead letters.
func listLetters(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]event.DeadLetter, error) {
		found, err := p.Events.DeadLetters(ctx, page.Request{})
		return found.Items, err
	}, func(got []event.DeadLetter) ([]event.DeadLetter, *refusal) {
		in, no := r.admit(by, "event.dead_letters", false)
		if no != nil {
			return nil, no
		}
		return r.lettersOf(in, got), nil
	})
}

// lettersOf are the tenant's dead letters; ids that are not known yet are
// learned from an answer.
func (r *rules) lettersOf(in *realm, got []event.DeadLetter) []event.DeadLetter {
	place := map[*happening]int{}
	for i, h := range in.events {
		place[h] = i
	}
	slices.SortFunc(in.letters, func(a, b letter) int {
		if a.of == b.of {
			return strings.Compare(a.subscription, b.subscription)
		}
		return place[a.of] - place[b.of]
	})
	list := got[:0:0]
	for i, l := range in.letters {
		if i < len(got) && l.of.event.ID == "" {
			l.of.event.ID = event.ID(r.learn("evt", string(got[i].Event)))
		}
		list = append(list, event.DeadLetter{
			Subscription: l.subscription, Service: l.service, Tenant: in.tenant.ID, Event: l.of.event.ID,
			Attempts: attempts, Failure: errNotNow.Error(), At: l.at,
		})
	}
	return list
}

// handleLetter does something with a dead letter, which the host finds in its
// list; where there is none, with one that is nobody's.
func handleLetter(
	w *world, c command, operation string, call func(context.Context, *platforma.Platform, event.DeadLetter) error, again bool,
) plan {
	r, by := w.rules, w.by(c)
	which := func(n int) int { return c.On % max(1, n) }
	return planned(by, func(ctx context.Context, p *platforma.Platform) (any, error) {
		d := event.DeadLetter{Subscription: watching, Service: "customer", Event: event.ID(nobody("evt"))}
		letters, err := p.Events.DeadLetters(scope.OperatorOf(context.Background(), by.tenant), page.Request{})
		switch {
		case c.On == malformed:
			d.Event = "evt_no"
		case err == nil && c.On < foreign && len(letters.Items) > 0:
			d = letters.Items[which(len(letters.Items))]
		}
		return nil, call(ctx, p, d)
	}, func(any) (any, *refusal) {
		in, no := r.admit(by, operation, true)
		switch {
		case no != nil:
			return nil, no
		case c.On == malformed:
			return nil, refuse(fault.ErrInvalid, "event_id")
		case c.On >= foreign || len(in.letters) == 0:
			return nil, refuse(fault.ErrNotFound)
		}
		r.lettersOf(in, nil) // in their order
		l := in.letters[which(len(in.letters))]
		if again && l.of.event.Type == r.failing {
			return nil, refuse(fault.ErrUnavailable)
		}
		in.letters = without(in.letters, l)
		return nil, nil
	})
}

func redeliver(w *world, c command) plan {
	return handleLetter(w, c, "event.redeliver", func(ctx context.Context, p *platforma.Platform, d event.DeadLetter) error {
		return p.Events.Redeliver(ctx, d)
	}, true)
}

func discard(w *world, c command) plan {
	return handleLetter(w, c, "event.discard", func(ctx context.Context, p *platforma.Platform, d event.DeadLetter) error {
		return p.Events.Discard(ctx, d)
	}, false)
}

// recogniseAll learns the ids of a page of events.
func (r *rules) recogniseAll(in *realm, service string, got []event.Event, after string, newest bool) {
	if in == nil {
		return
	}
	all := slices.DeleteFunc(slices.Clone(in.events), func(h *happening) bool {
		return service != "" && h.event.Service != service
	})
	if newest {
		slices.Reverse(all)
	}
	from := 0
	if after != "" {
		from = slices.IndexFunc(all, func(h *happening) bool { return string(h.event.ID) == after }) + 1
	}
	for i, e := range got {
		if from+i < len(all) {
			r.recognise(all[from+i], e)
		}
	}
}
