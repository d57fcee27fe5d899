package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

func userClauses() []clause {
	return []clause{
		{"user/round trip", "what is read back is what was stored, with its roles, sorted", userRoundTrip},
		{"user/roles exist", "a role that the tenant lacks cannot be granted, and nothing is stored", userUnknownRole},
		{"user/save compares versions", "a save with a stale version is ErrConflict and leaves the roles alone", userVersions},
		{"user/list pages", "the list neither skips nor repeats a user and knows each one's roles", userList},
		{"user/standing", "the gate learns the permissions of all the user's roles in one read", userStanding},
		{"role/round trip", "what is read back is what was stored", roleRoundTrip},
		{"role/in use", "a role that a user has cannot be deleted", roleInUse},
	}
}

func (s *session) draftUser(of tenant.ID, email string, roles ...string) tenant.User {
	return tenant.User{
		ID: tenant.UserID(s.ids.New("usr")), TenantID: of, Email: email, Name: "Ada", Status: tenant.UserActive,
		Roles: roles, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func (s *session) addUser(t *testing.T, of tenant.ID, email string, roles ...string) tenant.User {
	t.Helper()
	u := s.draftUser(of, email, roles...)
	must(t, s.Tenants().AddUser(in(of), u, s.commit(of, "tenant", "user.added", string(u.ID), 1)))
	return u
}

func (s *session) draftRole(of tenant.ID, name string, permissions ...tenant.Permission) tenant.Role {
	return tenant.Role{
		ID: tenant.RoleID(s.ids.New("role")), TenantID: of, Name: name, Permissions: permissions,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

// addRole creates the role "billing".
func (s *session) addRole(t *testing.T, of tenant.ID, permissions ...tenant.Permission) tenant.Role {
	t.Helper()
	r := s.draftRole(of, "billing", permissions...)
	must(t, s.Tenants().CreateRole(in(of), r, s.commit(of, "tenant", "role.created", string(r.ID), 1)))
	return r
}

func userRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	s.addRole(t, acme.ID, "customer.*")
	u := s.addUser(t, acme.ID, "Ada@Example.com", "billing", "owner")
	same(t, "the user", get(s.Tenants().User(in(acme.ID), u.ID))(t), u)
	same(t, "the user by email", get(s.Tenants().UserByEmail(in(acme.ID), "ada@example.com"))(t), u)
	same(t, "the tenant's users", get(s.Tenants().Get(in(acme.ID)))(t).Users, []tenant.User{u})
	same(t, "the tenant's users by slug", get(s.Tenants().BySlug(operator(), "acme"))(t).Users, []tenant.User{u})

	u.Version, u.Email, u.Status, u.Roles = 2, "countess@example.com", tenant.UserDisabled, []string{"owner"}
	must(t, s.Tenants().SaveUser(in(acme.ID), u, s.commit(acme.ID, "tenant", "user.updated", string(u.ID), 2)))
	same(t, "the saved user", get(s.Tenants().User(in(acme.ID), u.ID))(t), u)
}

func userUnknownRole(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	u := s.draftUser(acme.ID, "ada@example.com", "ghost")
	err := s.Tenants().AddUser(in(acme.ID), u, s.commit(acme.ID, "tenant", "user.added", string(u.ID), 1))
	refused(t, err, fault.ErrNotFound, "roles")
	_, err = s.Tenants().User(in(acme.ID), u.ID)
	refused(t, err, fault.ErrNotFound, "")
}

func userVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	u := s.addUser(t, acme.ID, "ada@example.com", "owner")
	stale := u
	stale.Roles = nil
	err := s.Tenants().SaveUser(in(acme.ID), stale, s.commit(acme.ID, "tenant", "user.updated", string(u.ID), 1))
	refused(t, err, fault.ErrConflict, "")
	same(t, "the user", get(s.Tenants().User(in(acme.ID), u.ID))(t), u)
}

func userList(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	var all []tenant.User
	for i := range 5 {
		all = append(all, s.addUser(t, acme.ID, fmt.Sprintf("u%d@example.com", i), "owner"))
		s.addUser(t, other.ID, fmt.Sprintf("u%d@example.com", i))
	}
	first := get(s.Tenants().Users(in(acme.ID), tenant.UserQuery{Status: tenant.UserActive}, page.Window{Limit: 3}))(t)
	rest := get(s.Tenants().Users(in(acme.ID), tenant.UserQuery{}, page.Window{Limit: 9, After: string(first[2].ID)}))(t)
	same(t, "the list", append(first, rest...), all)
}

func userStanding(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	s.addRole(t, acme.ID, "customer.get", "customer.list")
	u := s.addUser(t, acme.ID, "ada@example.com", "billing", "owner")
	standing := get(s.Tenants().Standing(in(acme.ID), u.ID))(t)
	slices.Sort(standing.Permissions)
	same(t, "the standing", standing, tenant.Standing{
		Status: tenant.Active, UserStatus: tenant.UserActive,
		Permissions: []tenant.Permission{tenant.Everything, "customer.get", "customer.list"},
	})
	nobody := tenant.UserID(s.ids.New("usr"))
	same(t, "nobody's", get(s.Tenants().Standing(in(acme.ID), nobody))(t), tenant.Standing{Status: tenant.Active})
}

func roleRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	r := s.addRole(t, acme.ID, "customer.*", "order.place")
	same(t, "the role", get(s.Tenants().Role(in(acme.ID), "billing"))(t), r)
	r.Version, r.Permissions = 2, []tenant.Permission{"order.get"}
	must(t, s.Tenants().SaveRole(in(acme.ID), r, s.commit(acme.ID, "tenant", "role.updated", string(r.ID), 2)))
	roles := get(s.Tenants().Roles(in(acme.ID)))(t)
	same(t, "the roles", roles[1:], []tenant.Role{r})

	again := r
	again.ID, again.Version = tenant.RoleID(s.ids.New("role")), 1
	err := s.Tenants().CreateRole(in(acme.ID), again, s.commit(acme.ID, "tenant", "role.created", string(again.ID), 1))
	refused(t, err, fault.ErrExists, "name")

	r.Version = 3
	must(t, s.Tenants().DeleteRole(in(acme.ID), r, s.commit(acme.ID, "tenant", "role.deleted", string(r.ID), 3)))
	_, err = s.Tenants().Role(in(acme.ID), "billing")
	refused(t, err, fault.ErrNotFound, "")
}

func roleInUse(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	r := s.addRole(t, acme.ID)
	s.addUser(t, acme.ID, "ada@example.com", "billing")
	r.Version = 2
	err := s.Tenants().DeleteRole(in(acme.ID), r, s.commit(acme.ID, "tenant", "role.deleted", string(r.ID), 2))
	refused(t, err, fault.ErrState, "")
	same(t, "the roles", len(get(s.Tenants().Roles(in(acme.ID)))(t)), 2)
}
