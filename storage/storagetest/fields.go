package storagetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

const (
	fieldsRule = "every field of it is read back as it was stored, to the last character, digit and microsecond: " +
		"what the services allow, a store must be able to keep"
	nulRule = "a text with a NUL, which no database has to keep, is kept or the whole step is ErrInvalid: " +
		"never half of it, never another text"
)

func fieldClauses() []clause {
	return []clause{
		{"tenant/every field of a tenant", fieldsRule, tenantFields},
		{"tenant/every field of a user", fieldsRule, fields(userEntity())},
		{"tenant/every field of a role", fieldsRule, fields(roleEntity())},
		{"customer/every field", fieldsRule, fields(customerEntity())},
		{"catalog/every field", fieldsRule, fields(productEntity())},
		{"order/every field", fieldsRule, fields(orderEntity())},
		{"resource/every field of a cluster", fieldsRule, fields(clusterEntity())},
		{"resource/every field of a network", fieldsRule, fields(networkEntity())},
		{"resource/every field of a resource", fieldsRule, fields(resourceEntity())},
		{"resource/every field of an instance", fieldsRule, fields(instanceEntity())},
		{"webhook/every field of an endpoint", fieldsRule, fields(endpointEntity())},
		{"webhook/every field of a delivery", fieldsRule, fields(deliveryEntity())},
		{"webhook/every field of an attempt", fieldsRule, fields(attemptEntity())},
		{"event/every field", fieldsRule, eventFields},
		{"tenant/no half of a text", nulRule, nul(userEntity(), func(e *tenant.User, text string) { e.Name = text })},
		{"customer/no half of a text", nulRule, nul(customerEntity(), func(e *customer.Customer, text string) {
			e.Company, e.Metadata = text, map[string]string{text: text}
		})},
		{"catalog/no half of a text", nulRule, nul(productEntity(), func(e *catalog.Product, text string) {
			e.Regions = []string{text}
		})},
		{"order/no half of a text", nulRule, nul(orderEntity(), func(e *order.Order, text string) {
			e.Metadata = map[string]string{"a": text}
		})},
		{"resource/no half of a text", nulRule, nul(resourceEntity(), func(e *resource.Resource, text string) { e.ExternalID = text })},
		{"webhook/no half of a text", nulRule, nul(endpointEntity(), func(e *webhook.Endpoint, text string) {
			e.Types = []string{text}
		})},
	}
}

// entity is how one kind of entity is stored and read.
type entity[E any] struct {
	// keep are the fields whose values are a matter of their own.
	keep   []string
	draft  func(t *testing.T, s *session, w *world) E
	create func(ctx context.Context, s *session, e E, c event.Commit) error
	save   func(ctx context.Context, s *session, e E, c event.Commit) error
	read   func(ctx context.Context, s *session, e E) (E, error)
	list   func(ctx context.Context, s *session, w page.Window) ([]E, error)
	// terms are what it is found by, and former are those that it is known to be
	// found by before.
	terms, former []page.Term
	// known are the service, the id and the version.
	known func(e *E) (service, id string, version *int64)
}

func (k entity[E]) commit(s *session, w *world, e *E) event.Commit {
	service, id, version := k.known(e)
	c := s.commit(w.tenant, service, "changed", id, *version, k.terms...)
	c.Former = k.former
	return c
}

// exactly is same that also wants times in UTC.
func exactly(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
	if text := fmt.Sprintf("%+v", got); strings.Count(text, "+0000 UTC") != strings.Count(fmt.Sprintf("%+v", want), "+0000 UTC") {
		t.Fatalf("%s has a time that is not in UTC: %s", what, text)
	}
}

// fields stores an entity with all values of all fields, created and saved, and
// reads it alone and in a list.
func fields[E any](k entity[E]) func(*testing.T, *session) {
	return func(t *testing.T, s *session) {
		w := s.newWorld(t)
		ctx := in(w.tenant)
		l := newLimits(t, k.keep...)
		for round := range l.rounds() {
			e := k.draft(t, s, w)
			l.begin(round)
			l.vary(&e)
			must(t, k.create(ctx, s, e, k.commit(s, w, &e)))
			exactly(t, fmt.Sprintf("what was created in round %d", round), get(k.read(ctx, s, e))(t), kept(e))
			l.begin(round + 1)
			l.vary(&e)
			_, _, version := k.known(&e)
			*version++
			if err := k.save(ctx, s, e, k.commit(s, w, &e)); err != nil {
				t.Fatalf("saving in round %d: %v", round, err)
			}
			exactly(t, fmt.Sprintf("what was saved in round %d", round), get(k.read(ctx, s, e))(t), kept(e))
			all := get(k.list(ctx, s, page.Window{Limit: 1, Newest: true}))(t)
			exactly(t, fmt.Sprintf("the list in round %d", round), all, []E{kept(e)})
			// Values that must be unique are free for the next round.
			must(t, s.retire(ctx, w, any(&e)))
		}
	}
}

// retire gives what is unique of an entity a value of its own.
func (s *session) retire(ctx context.Context, w *world, e any) error {
	commit := s.commit(w.tenant, "tenant", "changed", s.word(), 1)
	switch e := e.(type) {
	case *tenant.User:
		e.Email = s.word() + "@example.com"
		e.Version++
		return s.Tenants().SaveUser(ctx, *e, commit)
	case *customer.Customer:
		e.Email = s.word() + "@example.com"
		e.Version++
		return s.Customers().Save(ctx, *e, commit)
	case *tenant.Role:
		e.Name = s.word()
		e.Version++
		return s.Tenants().SaveRole(ctx, *e, commit)
	case *catalog.Product:
		e.SKU = s.word()
		e.Version++
		return s.Catalog().Save(ctx, *e, commit)
	case *resource.Cluster:
		e.Name = s.word()
		e.Version++
		return s.Resources().Write(ctx, resource.Changes{Clusters: []resource.Cluster{*e}}, commit)
	case *resource.Network:
		e.Name = s.word()
		e.Version++
		return s.Resources().Write(ctx, resource.Changes{Networks: []resource.Network{*e}}, commit)
	}
	return nil
}

// nul stores an entity with a NUL in its texts.
func nul[E any](k entity[E], set func(e *E, text string)) func(*testing.T, *session) {
	return func(t *testing.T, s *session) {
		w := s.newWorld(t)
		ctx := in(w.tenant)
		for _, text := range []string{"a\x00b", "\x00", "a\x00"} {
			e := k.draft(t, s, w)
			set(&e, text)
			before := s.everything(t, w.tenant)
			err := k.create(ctx, s, e, k.commit(s, w, &e))
			if err == nil {
				exactly(t, "what was kept", get(k.read(ctx, s, e))(t), kept(e))
				continue
			}
			if fault.KindOf(err) != fault.ErrInvalid {
				t.Errorf("%q is refused with %v, want %q: who hears that the store is unavailable tries again for ever",
					text, err, fault.ErrInvalid)
			}
			same(t, "what is stored after a text was refused", s.everything(t, w.tenant), before)
		}
	}
}

// tenantFields is fields for tenants, whose creation is one of a kind.
func tenantFields(t *testing.T, s *session) {
	l := newLimits(t, "Users")
	for round := range l.rounds() {
		made, owner := s.draftTenant(s.word())
		l.begin(round)
		l.vary(&made)
		ctx := in(made.ID)
		must(t, s.Tenants().Create(ctx, made, owner, s.commit(made.ID, "tenant", "created", string(made.ID), 1)))
		exactly(t, "the tenant", get(s.Tenants().Get(ctx))(t), kept(made))
		exactly(t, "the tenant by slug", get(s.Tenants().BySlug(operator(), made.Slug))(t), kept(made))
		l.begin(round + 1)
		l.vary(&made)
		made.Version, made.Slug = 2, s.word()
		must(t, s.Tenants().Save(ctx, made, s.commit(made.ID, "tenant", "changed", string(made.ID), 2)))
		exactly(t, "the saved tenant", get(s.Tenants().Get(ctx))(t), kept(made))
		newest := get(s.Tenants().List(operator(), tenant.Query{}, page.Window{Limit: 1, Newest: true}))(t)
		exactly(t, "the list", newest, []tenant.Tenant{kept(made)})
		exactly(t, "its standing", get(s.Tenants().Standing(ctx, ""))(t), tenant.Standing{Status: made.Status, Settings: made.Settings})
	}
}

// eventFields is fields for events, receipts and dead letters.
func eventFields(t *testing.T, s *session) {
	w := s.newWorld(t)
	ctx := in(w.tenant)
	l := newLimits(t, "Service", "Tenant", "Position", "Subscription", "Event")
	for round := range l.rounds() {
		c := s.draftCustomer(w.tenant, s.word()+"@example.com")
		commit := s.commit(w.tenant, "customer", "created", string(c.ID), 1)
		commit.Receipt = &event.Receipt{Entity: s.word()}
		l.begin(round)
		l.vary(&commit.Events[0])
		commit.Events[0].Type, commit.Events[0].Subject = event.TypeOf("customer", "created"), string(c.ID)
		l.vary(commit.Receipt)
		must(t, s.Customers().Create(ctx, c, commit))
		got := get(s.Events().Get(ctx, "customer", commit.Events[0].ID))(t)
		got.Position = 0
		exactly(t, fmt.Sprintf("the event of round %d", round), got, kept(commit.Events[0]))
		if d := cmp.Diff(string(commit.Events[0].Data), string(got.Data)); d != "" {
			t.Fatalf("the event's data differ, and so would their signature (-want +got):\n%s", d)
		}
		exactly(t, "the receipt", get(s.Customers().Receipt(ctx, commit.Receipt.Operation, commit.Receipt.Key))(t), *commit.Receipt)

		dead := event.DeadLetter{Subscription: s.word(), Service: "customer", Tenant: w.tenant, Event: commit.Events[0].ID}
		l.vary(&dead)
		lane := s.laneOf(t, w, dead.Subscription)
		must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1, Dead: []event.DeadLetter{dead}}))
		letters := get(s.Events().DeadLetters(ctx, page.Window{Limit: 1, Newest: true}))(t)
		if d := cmp.Diff([]event.DeadLetter{kept(dead)}, letters, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("the dead letter differs (-want +got):\n%s", d)
		}
	}
}
