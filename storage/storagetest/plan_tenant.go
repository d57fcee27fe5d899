package storagetest

import (
	"fmt"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// tenantPlans grows tenants with users and roles, of which few are disabled or
// suspended.
func tenantPlans(t *testing.T, s *session) {
	p := s.plans(t)
	acme := s.newTenant(t, "acme")
	users := s.growUsers(t, acme.ID, grownRows)
	for _, other := range s.crowd(t, grownOthers) {
		s.growUsers(t, other, grownRows/2)
	}
	for i, id := range s.crowd(t, grownTenants) {
		if made := get(s.Tenants().Get(in(id)))(t); rare(i) || rare(i+1) {
			made.Version, made.Status, made.Suspensions = 2, inTurn(i, tenant.Suspended, tenant.Archived), []string{"unpaid"}
			must(t, s.Tenants().Save(in(id), made, s.commit(id, "tenant", "suspended", string(id), 2)))
		}
	}

	p.tenantReads(acme, users)
	p.userReads(acme, users)
	p.tenantWrites(acme)
	p.userWrites(acme, users[1])
}

// growRoles is how many roles a tenant has.
const growRoles = 50

func (s *session) growUsers(t *testing.T, of tenant.ID, count int) []tenant.User {
	t.Helper()
	users := make([]tenant.User, count)
	for i := range users {
		if i < growRoles {
			r := s.draftRole(of, fmt.Sprintf("role-%d", i), "customer.read")
			must(t, s.Tenants().CreateRole(in(of), r, s.keyed(of, "tenant", string(r.ID), 1)))
		}
		u := s.draftUser(of, fmt.Sprintf("user-%d@example.com", i), fmt.Sprintf("role-%d", i%growRoles), tenant.OwnerRole)
		if rare(i) {
			u.Status = tenant.UserDisabled
		}
		must(t, s.Tenants().AddUser(in(of), u, s.commit(of, "tenant", "user.added", string(u.ID), 1)))
		users[i] = u
	}
	return users
}

func (p *planned) tenantReads(acme tenant.Tenant, users []tenant.User) {
	t, store := p.t, p.Tenants()
	p.within("a tenant", ofTenant, func() { get(store.Get(in(acme.ID)))(t) })
	p.across("a tenant by its slug", ofTenant, func() { get(store.BySlug(operator(), "acme"))(t) })
	p.within("the standing of the host", byKey, func() { get(store.Standing(in(acme.ID), ""))(t) })
	p.within("the standing of a user", byKey, func() { get(store.Standing(in(acme.ID), users[3].ID))(t) })
	combinations([]func(*tenant.Query){
		func(q *tenant.Query) { q.Status = tenant.Suspended },
	}, func(q tenant.Query, _ int) {
		for _, w := range windows(string(acme.ID)) {
			p.across(fmt.Sprintf("tenants of %+v %+v", q, w), ofPage, func() { get(store.List(operator(), q, w))(t) })
		}
	})
	p.within("roles", ofTenant, func() { get(store.Roles(in(acme.ID)))(t) })
	p.within("a role", byKey, func() { get(store.Role(in(acme.ID), "role-3"))(t) })
}

func (p *planned) userReads(acme tenant.Tenant, users []tenant.User) {
	t, store := p.t, p.Tenants()
	p.within("a user", byKey, func() { get(store.User(in(acme.ID), users[3].ID))(t) })
	p.within("a user by email", byKey, func() { get(store.UserByEmail(in(acme.ID), "user-3@example.com"))(t) })
	combinations([]func(*tenant.UserQuery){
		func(q *tenant.UserQuery) { q.Status = tenant.UserDisabled },
	}, func(q tenant.UserQuery, _ int) {
		for _, w := range windows(string(users[len(users)/2].ID)) {
			p.within(fmt.Sprintf("users of %+v %+v", q, w), ofPage, func() { get(store.Users(in(acme.ID), q, w))(t) })
		}
	})
	p.within("users of a status that most have", ofPage, func() {
		get(store.Users(in(acme.ID), tenant.UserQuery{Status: tenant.UserActive}, page.Window{Limit: planPage}))(t)
	})
}

func (p *planned) tenantWrites(acme tenant.Tenant) {
	t, store := p.t, p.Tenants()
	made, owner := p.draftTenant("keyed")
	created := p.commit(made.ID, "tenant", "created", string(made.ID), 1)
	created.Receipt = &event.Receipt{Operation: "tenant.create", Key: "first", Hash: "h", Entity: string(made.ID)}
	p.within("a creation of a tenant", byKey, func() { must(t, store.Create(in(made.ID), made, owner, created)) })
	p.across("the receipt of a creation", byKey, func() { get(store.Receipt(operator(), "tenant.create", "first"))(t) })
	acme.Version++
	p.within("a save of a tenant", byKey, func() {
		must(t, store.Save(in(acme.ID), acme, p.keyed(acme.ID, "tenant", string(acme.ID), acme.Version)))
	})
	p.within("a receipt of the tenant service", byKey, func() { get(store.Receipt(in(acme.ID), "tenant.keyed", string(acme.ID)))(t) })
}

func (p *planned) userWrites(acme tenant.Tenant, u tenant.User) {
	t, store := p.t, p.Tenants()
	r := p.draftRole(acme.ID, "billing", "customer.read")
	p.within("a creation of a role", byKey, func() {
		must(t, store.CreateRole(in(acme.ID), r, p.commit(acme.ID, "tenant", "role.created", string(r.ID), 1)))
	})
	added := p.draftUser(acme.ID, "added@example.com", "billing", "owner")
	p.within("an addition of a user", byKey, func() {
		must(t, store.AddUser(in(acme.ID), added, p.commit(acme.ID, "tenant", "user.added", string(added.ID), 1)))
	})
	u.Version, u.Roles = 2, []string{"billing", "owner"}
	p.within("a save of a user", byKey, func() {
		must(t, store.SaveUser(in(acme.ID), u, p.commit(acme.ID, "tenant", "user.updated", string(u.ID), 2)))
	})
	r.Version = 2
	p.within("a save of a role", byKey, func() {
		must(t, store.SaveRole(in(acme.ID), r, p.commit(acme.ID, "tenant", "role.updated", string(r.ID), 2)))
	})
	unused := p.draftRole(acme.ID, "unused", "customer.read")
	must(t, store.CreateRole(in(acme.ID), unused, p.commit(acme.ID, "tenant", "role.created", string(unused.ID), 1)))
	unused.Version = 2
	p.within("a deletion of a role", byKey, func() {
		must(t, store.DeleteRole(in(acme.ID), unused, p.commit(acme.ID, "tenant", "role.deleted", string(unused.ID), 2)))
	})
}
