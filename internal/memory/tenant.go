package memory

import (
	"context"
	"errors"
	"slices"

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

func newTenants(d *database) tenants {
	s := service{d, "tenant"}
	return tenants{s, newTable[tenant.ID](s, kind[tenant.Tenant]{
		entity: "tenant", id: func(t *tenant.Tenant) (*tenant.ID, string, int64) { return &t.ID, string(t.ID), t.Version },
		uniques: []unique[tenant.Tenant]{{"slug", func(t tenant.Tenant) any { return t.Slug }}},
		valid:   func(t tenant.Tenant) bool { return slices.Contains(tenant.Lifecycle().States, t.Status) },
	}), newTable[tenant.UserID](s, kind[tenant.User]{
		entity: "user", id: func(u *tenant.User) (*tenant.ID, string, int64) { return &u.TenantID, string(u.ID), u.Version },
		uniques: []unique[tenant.User]{{"email", func(u tenant.User) any { return u.EmailKey() }}},
		valid:   func(u tenant.User) bool { return slices.Contains(tenant.UserLifecycle().States, u.Status) },
	}), newTable[tenant.RoleID](s, kind[tenant.Role]{
		entity: "role", id: func(r *tenant.Role) (*tenant.ID, string, int64) { return &r.TenantID, string(r.ID), r.Version },
		uniques: []unique[tenant.Role]{{"name", func(r tenant.Role) any { return r.Name }}},
	})}
}

func (s tenants) Create(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
	receipt := c.Receipt
	c.Receipt = nil
	return s.write(ctx, c, func(made *step) error {
		if err := s.keep(made, everybody, receipt); err != nil {
			return err
		}
		t.ID, t.Users = made.tenant, nil
		if err := s.table.add(made, everybody, t, nil); err != nil {
			return err
		}
		return s.roles.add(made, made.tenant, owner, nil)
	})
}

func (s tenants) Get(ctx context.Context) (tenant.Tenant, error) {
	return within(ctx, s.database, func(of tenant.ID) (tenant.Tenant, error) {
		return s.whole(func(t tenant.Tenant) bool { return t.ID == of })
	})
}

func (s tenants) BySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return across(ctx, s.database, func() (tenant.Tenant, error) {
		return s.whole(func(t tenant.Tenant) bool { return t.Slug == slug })
	})
}

// whole is a tenant with its users.
func (s tenants) whole(wanted func(tenant.Tenant) bool) (tenant.Tenant, error) {
	for _, t := range s.table.all(everybody, wanted) {
		t.Users = s.users.all(t.ID, every)
		return t, nil
	}
	return s.table.found(tenant.Tenant{}, false)
}

func (s tenants) List(ctx context.Context, q tenant.Query, w page.Window) ([]tenant.Tenant, error) {
	return across(ctx, s.database, func() ([]tenant.Tenant, error) {
		return s.table.window(everybody, w, func(t tenant.Tenant) bool { return is(q.Status, t.Status) }), nil
	})
}

func (s tenants) Save(ctx context.Context, t tenant.Tenant, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error {
		t.ID, t.Users = made.tenant, nil
		return s.table.replace(made, everybody, t, nil)
	})
}

func (s tenants) Standing(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
	return within(ctx, s.database, func(of tenant.ID) (tenant.Standing, error) {
		t, there := s.table.rows[everybody][string(of)]
		u := s.users.rows[of][string(user)] // of nobody it is the zero user
		_, err := s.table.found(t, there)
		standing := tenant.Standing{Status: t.Status, Settings: copied(t.Settings), UserStatus: u.Status}
		for _, name := range u.Roles {
			for _, r := range s.roles.all(of, func(r tenant.Role) bool { return r.Name == name }) {
				standing.Permissions = append(standing.Permissions, r.Permissions...)
			}
		}
		return standing, err
	})
}

func (s tenants) AddUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error { return s.setUser(made, u, s.users.add) })
}

func (s tenants) SaveUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error { return s.setUser(made, u, s.users.replace) })
}

func (s tenants) setUser(
	made *step, u tenant.User, set func(*step, tenant.ID, tenant.User, []page.Term) error,
) error {
	u.Roles = slices.Sorted(slices.Values(u.Roles))
	if len(s.roles.all(made.tenant, func(r tenant.Role) bool { return slices.Contains(u.Roles, r.Name) })) < len(u.Roles) {
		return &fault.Error{
			Entity: "role", Kind: fault.ErrNotFound, Fields: []fault.Field{{Path: "roles", Rule: "must name roles of the tenant"}},
		}
	}
	return set(made, made.tenant, u, nil)
}

func (s tenants) User(ctx context.Context, id tenant.UserID) (tenant.User, error) {
	return s.users.Get(ctx, id)
}

func (s tenants) UserByEmail(ctx context.Context, email string) (tenant.User, error) {
	return s.users.one(ctx, func(u tenant.User) bool { return u.EmailKey() == email })
}

func (s tenants) Users(ctx context.Context, q tenant.UserQuery, w page.Window) ([]tenant.User, error) {
	return s.users.list(ctx, w, func(u tenant.User) bool { return is(q.Status, u.Status) })
}

func (s tenants) CreateRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.roles.Create(ctx, r, c)
}
func (s tenants) SaveRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.roles.Save(ctx, r, c)
}

func (s tenants) DeleteRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.write(ctx, c, func(made *step) error {
		if err := s.roles.replace(made, made.tenant, r, nil); err != nil { // for the version's sake
			return err
		}
		if len(s.users.all(made.tenant, func(u tenant.User) bool { return slices.Contains(u.Roles, r.Name) })) > 0 {
			return &fault.Error{Entity: "role", Kind: fault.ErrState, Err: errors.New("users still have the role")}
		}
		delete(s.roles.rows[made.tenant], string(r.ID)) // what can be refused is behind it
		return nil
	})
}

func (s tenants) Role(ctx context.Context, name string) (tenant.Role, error) {
	return s.roles.one(ctx, func(r tenant.Role) bool { return r.Name == name })
}

func (s tenants) Roles(ctx context.Context) ([]tenant.Role, error) {
	return within(ctx, s.database, func(of tenant.ID) ([]tenant.Role, error) { return s.roles.all(of, every), nil })
}

// Receipt finds a receipt: in the operator's scope, that of a creation.
func (s tenants) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	if by, err := scope.From(ctx); err != nil || by.Tenant != "" {
		return s.service.Receipt(ctx, operation, key)
	}
	return across(ctx, s.database, func() (event.Receipt, error) {
		return s.receipt(everybody, operation, key)
	})
}
