package storagetest

import (
	"context"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// method is a way of calling a method of a store in a world. The rules that
// hold for all methods run over the list of them; a test proves that no method
// of a store is missing.
type method struct {
	store, name string
	// variant tells several ways of calling it apart.
	variant string
	reach   reach
	effect  effect
	// service is whose events a change is told by.
	service string
	// bind makes the arguments of one call that is going to succeed, and the call,
	// which returns what the method handed out.
	bind func(t *testing.T, s *session, w *world) (arguments []any, call call)
	// count reads how often a change was made: the stored version, and a number
	// that each change adds one to.
	count func(t *testing.T, s *session, w *world) (version int64, counted int)
}

// call calls a method.
type call func(ctx context.Context) (any, error)

// reach is which scope a method needs.
type reach uint8

const (
	// within: one tenant's.
	within reach = iota
	// unborn: that of a tenant that is not there yet.
	unborn
	// across: the operator's across tenants.
	across
	// either of the last but one and the first.
	either
)

// effect is what a method does.
type effect uint8

const (
	reads effect = iota
	creates
	saves
	deletes
	// works: it moves a lease, which is nobody's entity.
	works
)

// called is what a failure calls a method.
func (m method) called() string {
	text := m.store + "." + m.name
	if m.variant != "" {
		text += " (" + m.variant + ")"
	}
	return text
}

// commits says whether the method stores a commit.
func (m method) commits() bool {
	return m.effect == creates || m.effect == saves || m.effect == deletes
}

// scoped gives a context the scope that the method needs.
func (m method) scoped(ctx context.Context, w *world) context.Context {
	switch m.reach {
	case unborn:
		return scope.Tenant(ctx, w.unborn)
	case across:
		return scope.Operator(ctx)
	default:
		return scope.Tenant(ctx, w.tenant)
	}
}

// owner is the tenant that the method's changes are of.
func (m method) owner(w *world) tenant.ID {
	if m.reach == unborn {
		return w.unborn
	}
	return w.tenant
}

// methods are those of one store, or for "" of all.
func methods(store string) []method {
	var all []method
	for _, of := range [][]method{
		tenantMethods(), userMethods(), customerMethods(), catalogMethods(), orderMethods(), resourceMethods(), workMethods(),
		webhookMethods(), eventMethods(),
	} {
		for _, m := range of {
			if store == "" || m.store == store {
				all = append(all, m)
			}
		}
	}
	return all
}

// stores are all that a driver has, by the service that is named in clauses.
var stores = [...]struct{ service, store string }{
	{"tenant", "Tenants"},
	{"customer", "Customers"},
	{"catalog", "Catalog"},
	{"order", "Orders"},
	{"resource", "Resources"},
	{"webhook", "Webhooks"},
	{"event", "Events"},
}

// reading is a method that reads one thing or a list.
func reading[T any](store, name string, read func(ctx context.Context, s *session, w *world) (T, error)) method {
	return method{store: store, name: name, bind: func(_ *testing.T, s *session, w *world) ([]any, call) {
		return nil, func(ctx context.Context) (any, error) { return read(ctx, s, w) }
	}}
}

// finding is reading with an argument that the store must leave alone.
func finding[A, T any](
	store, name, variant string, argument func(w *world) A, read func(ctx context.Context, s *session, a A) (T, error),
) method {
	return method{store: store, name: name, variant: variant, bind: func(_ *testing.T, s *session, w *world) ([]any, call) {
		a := argument(w)
		return []any{a}, func(ctx context.Context) (any, error) { return read(ctx, s, a) }
	}}
}

// receipt is every store's Receipt.
func receipt(store, service string, read func(*session) func(context.Context, string, string) (event.Receipt, error)) method {
	return reading(store, "Receipt", func(ctx context.Context, s *session, w *world) (event.Receipt, error) {
		return read(s)(ctx, operation(service), w.key)
	})
}

// creating is a method that stores a new entity.
func creating[E any](
	store, name, service string, draft func(t *testing.T, s *session, w *world) (e E, id string),
	create func(ctx context.Context, s *session, e E, c event.Commit) error, terms ...page.Term,
) method {
	bind := func(t *testing.T, s *session, w *world) ([]any, call) {
		t.Helper()
		e, id := draft(t, s, w)
		c := w.commit(s, service, id, 1, terms...)
		return []any{e, c}, func(ctx context.Context) (any, error) { return nil, create(ctx, s, e, c) }
	}
	return method{store: store, name: name, service: service, effect: creates, bind: bind}
}

// saving is a method that stores the next version of an entity.
type saving[E any] struct {
	store, name, variant, service string
	terms                         []page.Term
	// read reads the world's entity, and drafted is what it was at first.
	read    func(ctx context.Context, s *session, w *world) (E, error)
	drafted func(w *world) E
	id      func(e E) string
	version func(e *E) *int64
	// counter is where the entity keeps the number that each change adds one to.
	counter func(e *E) counter
	save    func(ctx context.Context, s *session, e E, c event.Commit) error
}

// counter is a number in an entity.
type counter struct {
	get func() int
	set func(int)
}

func (v saving[E]) method() method {
	return method{
		store: v.store, name: v.name, variant: v.variant, service: v.service, effect: saves,
		bind: func(t *testing.T, s *session, w *world) ([]any, call) {
			t.Helper()
			e, err := v.read(in(w.tenant), s, w)
			if err != nil {
				e = v.drafted(w) // of a world that is not stored
			}
			*v.version(&e)++
			n := v.counter(&e)
			n.set(n.get() + 1)
			c := w.commit(s, v.service, v.id(e), *v.version(&e), v.terms...)
			return []any{e, c}, func(ctx context.Context) (any, error) { return nil, v.save(ctx, s, e, c) }
		},
		count: func(t *testing.T, s *session, w *world) (int64, int) {
			t.Helper()
			e := get(v.read(in(w.tenant), s, w))(t)
			return *v.version(&e), v.counter(&e).get()
		},
	}
}
