package storagetest

import (
	"context"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// estate is a tenant with one of everything, stored service by service. It is
// what has to be found again after a database was closed, or its schema went
// down and up again. Stored twice it is the same, down to ids and keys.
type estate struct {
	tenant scope.TenantID
	// caused is the event that all of it was made for.
	caused string
	// events are those of each service that were stored.
	events map[string][]event.Event
	parts  []part
}

// part is what one service keeps of an estate.
type part struct {
	service string
	// store stores it in a database that has nothing of it.
	store func(t *testing.T, s *session)
	// there says whether something of it is there.
	there func(t *testing.T, s *session) bool
	// kept fails the test unless all of it is there as it was stored, gone unless
	// nothing is.
	kept, gone func(t *testing.T, s *session)
}

func (s *session) newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{caused: s.ids.New(event.Prefix), events: map[string][]event.Event{}}
	made, owner := s.draftTenant("estate")
	e.tenant = made.ID
	customer := s.draftCustomer(made.ID, "ada@example.com")
	e.parts = []part{
		e.tenantPart(s, made, owner), e.customerPart(customer), e.catalogPart(s.draftProduct(t, made.ID, "vm")),
		e.orderPart(s.draftOrder(made.ID, customer.ID, 2)), e.resourcePart(s), e.webhookPart(s),
		e.eventPart(customer),
	}
	return e
}

// part returns a service's part.
func (e *estate) part(service string) part {
	for _, p := range e.parts {
		if p.service == service {
			return p
		}
	}
	panic("no part of " + service)
}

// store stores parts, and fails the test unless they are found at once.
func (e *estate) store(t *testing.T, s *session, parts ...part) {
	t.Helper()
	for _, p := range parts {
		p.store(t, s)
		e.stamp(t, s, p.service)
		p.kept(t, s)
	}
}

// stamp gives a service's events their positions, and remembers them.
func (e *estate) stamp(t *testing.T, s *session, service string) {
	t.Helper()
	if service == "event" {
		return // the relay has no events of its own
	}
	get(s.Events().Stamp(operator(), s.stamping(service, 100)))(t)
	e.events[service] = e.read(t, s, service)
	positions := map[int64]bool{}
	for _, one := range e.events[service] {
		positions[one.Position] = true
	}
	for i := range e.events[service] {
		same(t, "an event at the next position", positions[int64(i+1)], true)
	}
}

func (e *estate) read(t *testing.T, s *session, service string) []event.Event {
	t.Helper()
	return get(s.Events().List(in(e.tenant), service, page.Window{Limit: 99}))(t)
}

// commit is a commit of a keyed command, which an event caused.
func (e *estate) commit(s *session, service, subject string, terms ...page.Term) event.Commit {
	c := s.commit(e.tenant, service, "created", subject, 1, terms...)
	c.Receipt = &event.Receipt{Operation: service + ".create", Key: "key-1", Hash: "h", Entity: subject}
	c.Delivery = &scope.Delivery{Subscription: service + ".follows", Event: e.caused}
	return c
}

type findReceipt func(ctx context.Context, operation, key string) (event.Receipt, error)

// remembered fails the test unless a service's ledger has what commit stored: its
// events, and both reasons to refuse a repeat. Again repeats the step for an
// entity of another id.
func (e *estate) remembered(t *testing.T, s *session, service, entity string, find findReceipt, again func(event.Commit) error) {
	t.Helper()
	same(t, "the events", e.read(t, s, service), e.events[service])
	receipt := get(find(in(e.tenant), service+".create", "key-1"))(t)
	same(t, "the receipt", receipt, event.Receipt{Operation: service + ".create", Key: "key-1", Hash: "h", Entity: entity})
	repeated, delivered := e.commit(s, service, "other_a"), e.commit(s, service, "other_b")
	repeated.Delivery, delivered.Receipt = nil, nil
	refusedAs(t, again(repeated), event.ErrRepeated)
	refusedAs(t, again(delivered), event.ErrDelivered)
}

// forgotten fails the test unless a service's ledger is empty. That the delivery
// is forgotten shows when the part is stored again.
func (e *estate) forgotten(t *testing.T, s *session, service string, find findReceipt) {
	t.Helper()
	none(t, "events", e.read(t, s, service))
	_, err := find(in(e.tenant), service+".create", "key-1")
	refused(t, err, fault.ErrNotFound, "")
}

// none fails the test unless a list is empty.
func none[T any](t *testing.T, what string, list []T) {
	t.Helper()
	same(t, "the number of "+what, len(list), 0)
}

// found says whether a read found something; any error but ErrNotFound fails the
// test.
func found[T any](_ T, err error) func(*testing.T) bool {
	return func(t *testing.T) bool {
		t.Helper()
		if fault.KindOf(err) == fault.ErrNotFound {
			return false
		}
		must(t, err)
		return true
	}
}
