package storagetest

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// unique is a value that must be unique among some entities.
type unique struct {
	service, called string
	// path is the field that a refusal names.
	path string
	// folded is whether case makes no difference.
	folded bool
	// everywhere is whether it is unique across tenants.
	everywhere bool
	// value turns a word into a value of the field.
	value func(word string) string
	// take stores a new entity that has the value, and returns how it lets go of
	// the value; move stores an entity with another value and then gives it this
	// one. Nil: the value never changes.
	take func(t *testing.T, s *session, w *world, value string) (create, free func() error)
	move func(t *testing.T, s *session, w *world, value string) (save func() error)
}

func itself(word string) string { return word }
func email(word string) string  { return word + "@example.com" }

func uniqueClauses() []clause {
	var all []clause
	for _, u := range uniques() {
		all = append(all, clause{
			u.service + "/" + u.called + " is unique",
			"a value that must be unique has one owner, also when many want it at once; who comes late is ErrExists and reads " +
				"which field it is; case counts where it should; a value that was let go of is free; and another tenant's is no obstacle",
			func(t *testing.T, s *session) { uniqueRule(t, s, u) },
		})
	}
	const rule = "an id has one owner in its tenant: a second entity of that id is ErrExists, names it, and leaves nothing"
	return append(all,
		clause{"tenant/ids are taken once", rule, idsOf(ids(userEntity()), ids(roleEntity()))},
		clause{"customer/ids are taken once", rule, idsOf(ids(customerEntity()))},
		clause{"catalog/ids are taken once", rule, idsOf(ids(productEntity()))},
		clause{"resource/ids are taken once", rule, idsOf(
			ids(clusterEntity()), ids(networkEntity()), ids(resourceEntity()), ids(instanceEntity()),
		)},
	)
}

func idsOf(all ...func(*testing.T, *session, *world)) func(*testing.T, *session) {
	return func(t *testing.T, s *session) {
		w := s.newWorld(t)
		for _, of := range all {
			of(t, s, w)
		}
	}
}

// ids creates an entity with another's id and nothing else of it.
func ids[E any](k entity[E]) func(*testing.T, *session, *world) {
	return func(t *testing.T, s *session, w *world) {
		t.Helper()
		first, again := k.draft(t, s, w), k.draft(t, s, w)
		must(t, k.create(in(w.tenant), s, first, k.commit(s, w, &first)))
		id := func(e *E) reflect.Value { return reflect.ValueOf(e).Elem().FieldByName("ID") }
		id(&again).Set(id(&first))
		before := s.everything(t, w.tenant)
		err := k.create(in(w.tenant), s, again, k.commit(s, w, &again))
		if !isTaken(err, "id") {
			t.Errorf("a second %T of an id: error is %v, want %q that names %q", first, err, fault.ErrExists, "id")
		}
		same(t, "what is stored after an id was taken", s.everything(t, w.tenant), before)
	}
}

// uniques are all values that must be unique, but ids, which creation proves.
func uniques() []unique {
	return []unique{
		{
			service: "tenant", called: "slug", path: "slug", everywhere: true, value: itself,
			take: func(_ *testing.T, s *session, _ *world, slug string) (create, free func() error) {
				made, owner := s.draftTenant(slug)
				return func() error {
						return s.Tenants().Create(in(made.ID), made, owner, s.commit(made.ID, "tenant", "created", string(made.ID), 1))
					}, func() error {
						made.Version, made.Slug = 2, s.word()
						return s.Tenants().Save(in(made.ID), made, s.commit(made.ID, "tenant", "updated", string(made.ID), 2))
					}
			},
			move: func(t *testing.T, s *session, _ *world, slug string) func() error {
				t.Helper()
				made := s.newTenant(t, s.word())
				made.Version, made.Slug = 2, slug
				return func() error {
					return s.Tenants().Save(in(made.ID), made, s.commit(made.ID, "tenant", "updated", string(made.ID), 2))
				}
			},
		},
		ofEntity("tenant", "a user's email", "email", userEntity(), func(e *tenant.User) *string { return &e.Email }).emails(),
		customerEmails(),
		roleNames(),
		ofEntity("catalog", "SKU", "sku", productEntity(), skuOf),
		manySKUs(),
		ofEntity("resource", "a cluster's name", "name", clusterEntity(), func(e *resource.Cluster) *string { return &e.Name }),
		ofEntity("resource", "a network's name", "name", networkEntity(), func(e *resource.Network) *string { return &e.Name }),
		units(),
	}
}

func (u unique) emails() unique {
	u.folded, u.value = true, email
	return u
}

func emailOf(e *customer.Customer) *string { return &e.Email }
func skuOf(e *catalog.Product) *string     { return &e.SKU }

// ofEntity is a field of an entity whose value another save can change.
func ofEntity[E any](service, called, path string, k entity[E], field func(e *E) *string) unique {
	draft := func(t *testing.T, s *session, w *world, value string) E {
		t.Helper()
		e := k.draft(t, s, w)
		*field(&e) = value
		return e
	}
	next := func(s *session, w *world, e E, value string) error {
		_, _, version := k.known(&e)
		*version++
		*field(&e) = value
		return k.save(in(w.tenant), s, e, k.commit(s, w, &e))
	}
	return unique{
		service: service, called: called, path: path, value: itself,
		take: func(t *testing.T, s *session, w *world, value string) (create, free func() error) {
			t.Helper()
			e := draft(t, s, w, value)
			return func() error { return k.create(in(w.tenant), s, e, k.commit(s, w, &e)) },
				func() error { return next(s, w, e, strings.Replace(value, "w", s.word(), 1)) }
		},
		move: func(t *testing.T, s *session, w *world, value string) func() error {
			t.Helper()
			e := draft(t, s, w, strings.Replace(value, "w", s.word(), 1))
			must(t, k.create(in(w.tenant), s, e, k.commit(s, w, &e)))
			return func() error { return next(s, w, e, value) }
		},
	}
}

func uniqueRule(t *testing.T, s *session, u unique) {
	w, other := s.newWorld(t), s.newWorld(t)
	late := func(what string, err error) {
		t.Helper()
		if !isTaken(err, u.path) {
			t.Errorf("%s, whose %s is taken: error is %v, want %q that names %q", what, u.called, err, fault.ErrExists, u.path)
		}
	}
	first := u.value("w" + s.word())
	create, free := u.take(t, s, w, first)
	must(t, create())
	before := s.everything(t, w.tenant)
	again, _ := u.take(t, s, w, first)
	late("a second one", again())
	if u.path != "unit" {
		upper, _ := u.take(t, s, w, strings.ToUpper(first[:1])+first[1:])
		if err := upper(); u.folded {
			late("a second one in upper case", err)
		} else if err != nil {
			t.Errorf("one whose %s differs by its case: %v", u.called, err)
		} else {
			before = s.everything(t, w.tenant)
		}
	}
	same(t, "what is stored after a value was taken", s.everything(t, w.tenant), before)
	theirs, _ := u.take(t, s, other, first)
	if err := theirs(); u.everywhere {
		late("another tenant", err)
	} else if err != nil {
		t.Errorf("another tenant's %s: error is %v, want none: it must not tell what others have", u.called, err)
	}
	if u.move != nil {
		late("a changed one", u.move(t, s, w, first)())
	}
	must(t, free())
	if err := again(); err != nil {
		t.Errorf("a %s that was let go of is still taken: %v", u.called, err)
	}

	taken := func(err error) bool { return isTaken(err, u.path) }
	wanted := u.value("w" + s.word())
	var creates []func() error
	for range rivals {
		create, _ := u.take(t, s, w, wanted)
		creates = append(creates, create)
	}
	oneWins(t, "creating with one "+u.called, creates, taken)
	if u.move == nil {
		return
	}
	wanted = u.value("w" + s.word())
	var moves []func() error
	for range rivals {
		moves = append(moves, u.move(t, s, w, wanted))
	}
	oneWins(t, "changing to one "+u.called, moves, taken)
}

// isTaken says whether an error says that the value of a field is taken, for
// another reason than a repetition.
func isTaken(err error, path string) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Kind == fault.ErrExists && len(e.Fields) == 1 && e.Fields[0].Path == path &&
		!errors.Is(err, event.ErrRepeated) && !errors.Is(err, event.ErrDelivered)
}

// customerEmails are let go of by deletion too.
func customerEmails() unique {
	u := ofEntity("customer", "email", "email", customerEntity(), emailOf).emails()
	u.take = func(_ *testing.T, s *session, w *world, value string) (create, free func() error) {
		c := s.draftCustomer(w.tenant, value)
		commit := func(version int64) event.Commit {
			return s.commit(w.tenant, "customer", "changed", string(c.ID), version)
		}
		return func() error { return s.Customers().Create(in(w.tenant), c, commit(1)) },
			func() error {
				c.Version, c.DeletedAt = 2, &s.now
				return s.Customers().Save(in(w.tenant), c, commit(2))
			}
	}
	return u
}

// roleNames never change, but a role can be deleted.
func roleNames() unique {
	return unique{
		service: "tenant", called: "a role's name", path: "name", value: itself,
		take: func(_ *testing.T, s *session, w *world, value string) (create, free func() error) {
			r := s.draftRole(w.tenant, value, "customer.*")
			commit := func(version int64) event.Commit {
				return s.commit(w.tenant, "tenant", "changed", string(r.ID), version)
			}
			return func() error { return s.Tenants().CreateRole(in(w.tenant), r, commit(1)) },
				func() error {
					r.Version = 2
					return s.Tenants().DeleteRole(in(w.tenant), r, commit(2))
				}
		},
	}
}

// manySKUs are those of products that are created many at once.
func manySKUs() unique {
	u := ofEntity("catalog", "the SKU of one of many", "sku", productEntity(), skuOf)
	u.take = func(t *testing.T, s *session, w *world, value string) (create, free func() error) {
		t.Helper()
		all, commit := s.several(t, w.tenant, s.word(), 3)
		all[1].Product.SKU = value
		return func() error { return s.Catalog().CreateMany(in(w.tenant), all, commit) },
			func() error {
				p := all[1].Product
				p.Version, p.SKU = 2, s.word()
				return s.Catalog().Save(in(w.tenant), p, s.commitProduct(p, "updated"))
			}
	}
	u.move = nil
	return u
}

// units are an order's, made once while they live.
func units() unique {
	return unique{
		service: "resource", called: "the live resource of a unit", path: "unit", value: itself,
		take: func(_ *testing.T, s *session, w *world, value string) (create, free func() error) {
			r := s.draftStock(w.tenant).resource
			r.ClusterID = w.stock.cluster.ID
			r.OrderID, r.OrderItemID, r.Attempt = orderA, itemA, int(s.drafts.Add(1))
			r.Unit = len(value)
			for _, digit := range value {
				r.Unit = (r.Unit*31 + int(digit)) % 1_000_003
			}
			return func() error { return s.write(w.tenant, resource.Changes{NewResources: []resource.Resource{r}}) },
				func() error {
					r.Version, r.Status, r.TerminatedAt = 2, resource.StatusTerminated, &s.now
					return s.write(w.tenant, resource.Changes{Resources: []resource.Resource{r}})
				}
		},
	}
}
