package memory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// everybody is where all tenants, and the receipts of their creation, are kept:
// their ids, slugs and keys are unique across tenants.
const everybody = tenant.ID("")

type tenants struct {
	service
	table *table[tenant.ID, tenant.Tenant]
	users *table[tenant.UserID, tenant.User]
	roles *table[tenant.RoleID, tenant.Role]
}

func newTenants(d *database) *tenants {
	s := &tenants{service: service{d, "tenant"}}
	s.table = newTable[tenant.ID](s.service, kind[tenant.Tenant]{
		entity: "tenant", id: func(t *tenant.Tenant) (*tenant.ID, string, int64) { return &t.ID, string(t.ID), t.Version },
		uniques: []unique[tenant.Tenant]{{"slug", func(t tenant.Tenant) any { return t.Slug }}},
		valid:   func(t tenant.Tenant) bool { return slices.Contains(tenant.Lifecycle().States, t.Status) },
	})
	s.users = newTable[tenant.UserID](s.service, kind[tenant.User]{
		entity: "user", id: func(u *tenant.User) (*tenant.ID, string, int64) { return &u.TenantID, string(u.ID), u.Version },
		uniques: []unique[tenant.User]{{"email", func(u tenant.User) any { return u.EmailKey() }}},
		valid:   func(u tenant.User) bool { return slices.Contains(tenant.UserLifecycle().States, u.Status) },
		check: func(u *tenant.User, _ tenant.User) error {
			if slices.Sort(u.Roles); len(s.rolesOf(*u)) < len(u.Roles) {
				return &fault.Error{
					Entity: "role", Kind: fault.ErrNotFound, Fields: []fault.Field{{Path: "roles", Rule: "must name roles of the tenant"}},
				}
			}
			return nil
		},
	})
	s.roles = newTable[tenant.RoleID](s.service, kind[tenant.Role]{
		entity: "role", id: func(r *tenant.Role) (*tenant.ID, string, int64) { return &r.TenantID, string(r.ID), r.Version },
		uniques: []unique[tenant.Role]{{"name", func(r tenant.Role) any { return r.Name }}},
	})
	return s
}

// rolesOf are a user's roles, by name.
func (s *tenants) rolesOf(u tenant.User) []tenant.Role {
	roles := s.roles.all(u.TenantID, func(r tenant.Role) bool { return slices.Contains(u.Roles, r.Name) })
	slices.SortFunc(roles, func(a, b tenant.Role) int { return strings.Compare(a.Name, b.Name) })
	return roles
}

func (s *tenants) Create(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
	receipt := c.Receipt
	c.Receipt = nil
	return s.write(ctx, c, func(made *step) error {
		t.ID, t.Users = made.tenant, nil
		return cmp.Or(s.keep(made, everybody, receipt), s.table.set(made, everybody, t, isNew, nil),
			s.roles.set(made, made.tenant, owner, isNew, nil))
	})
}

func (s *tenants) Get(ctx context.Context) (tenant.Tenant, error) {
	return within(ctx, s.database, func(of tenant.ID) (tenant.Tenant, error) { return s.whole(of) })
}

func (s *tenants) BySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return across(ctx, s.database, func() (tenant.Tenant, error) {
		for _, t := range s.table.all(everybody, func(t tenant.Tenant) bool { return t.Slug == slug }) {
			return s.whole(t.ID)
		}
		return s.whole("")
	})
}

// whole is a tenant with its users.
func (s *tenants) whole(id tenant.ID) (tenant.Tenant, error) {
	t, err := look("tenant", s.table.rows[everybody], string(id))
	t.Users = s.users.all(id, every)
	return t, err
}

func (s *tenants) List(ctx context.Context, q tenant.Query, w page.Window) ([]tenant.Tenant, error) {
	return across(ctx, s.database, func() ([]tenant.Tenant, error) {
		return s.table.window(everybody, w, func(t tenant.Tenant) bool { return is(q.Status, t.Status) }), nil
	})
}

func (s *tenants) Save(ctx context.Context, t tenant.Tenant, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error {
		t.ID, t.Users = made.tenant, nil
		return s.table.set(made, everybody, t, isNext, nil)
	})
}

func (s *tenants) Standing(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
	return within(ctx, s.database, func(of tenant.ID) (tenant.Standing, error) {
		t, err := s.whole(of)
		u := s.users.rows[of][string(user)] // of nobody it is the zero user
		standing := tenant.Standing{Status: t.Status, Settings: t.Settings, UserStatus: u.Status}
		for _, r := range s.rolesOf(u) {
			standing.Permissions = append(standing.Permissions, r.Permissions...)
		}
		return standing, err
	})
}

func (s *tenants) AddUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.users.Create(ctx, u, c)
}
func (s *tenants) SaveUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.users.Save(ctx, u, c)
}

func (s *tenants) User(ctx context.Context, id tenant.UserID) (tenant.User, error) {
	return s.users.Get(ctx, id)
}

func (s *tenants) UserByEmail(ctx context.Context, email string) (tenant.User, error) {
	return s.users.one(ctx, func(u tenant.User) bool { return u.EmailKey() == email })
}

func (s *tenants) Users(ctx context.Context, q tenant.UserQuery, w page.Window) ([]tenant.User, error) {
	return s.users.list(ctx, w, func(u tenant.User) bool { return is(q.Status, u.Status) })
}

func (s *tenants) CreateRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.roles.Create(ctx, r, c)
}
func (s *tenants) SaveRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.roles.Save(ctx, r, c)
}

func (s *tenants) DeleteRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error {
		if err := s.roles.set(made, made.tenant, r, isNext, nil); err != nil { // for the version's sake
			return err
		}
		if len(s.users.all(made.tenant, func(u tenant.User) bool { return slices.Contains(u.Roles, r.Name) })) > 0 {
			return &fault.Error{Entity: "role", Kind: fault.ErrState, Err: errors.New("users still have the role")}
		}
		delete(s.roles.rows[made.tenant], string(r.ID)) // nothing can be refused any more
		return nil
	})
}

func (s *tenants) Role(ctx context.Context, name string) (tenant.Role, error) {
	return s.roles.one(ctx, func(r tenant.Role) bool { return r.Name == name })
}

func (s *tenants) Roles(ctx context.Context) ([]tenant.Role, error) {
	return s.roles.list(ctx, everything, every)
}

// Receipt finds a receipt: in the operator's scope, that of a creation.
func (s *tenants) Receipt(ctx context.Context, operation, name string) (event.Receipt, error) {
	if by, err := scope.From(ctx); err != nil || by.Tenant != "" {
		return s.service.Receipt(ctx, operation, name)
	}
	return across(ctx, s.database, func() (event.Receipt, error) {
		return look("receipt", s.receipts, key{string(everybody), s.name, operation, name})
	})
}
