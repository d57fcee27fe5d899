package storagetest

import (
	"context"
	"strconv"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// inText is a counter that is kept as a text.
func inText[T ~string](text *T) counter {
	return counter{
		get: func() int { n, _ := strconv.Atoi(string(*text)); return n },
		set: func(n int) { *text = T(strconv.Itoa(n)) },
	}
}

// founding is a tenant with its built-in role.
type founding struct {
	Tenant tenant.Tenant
	Owner  tenant.Role
}

func tenantMethods() []method {
	const of = "Tenants"
	window := page.Window{Limit: 9}
	create := creating(of, "Create", "tenant", func(_ *testing.T, s *session, w *world) (founding, string) {
		made, owner := s.draftTenant(s.word())
		made.ID, owner.TenantID = w.unborn, w.unborn
		made.Settings.Extra, made.Settings.AllowedRegions = map[string]string{"a": "b"}, []string{"nyc1"}
		return founding{made, owner}, string(made.ID)
	}, func(ctx context.Context, s *session, f founding, c event.Commit) error {
		return s.Tenants().Create(ctx, f.Tenant, f.Owner, c)
	})
	create.reach = unborn
	bySlug := reading(of, "BySlug", func(ctx context.Context, s *session, w *world) (tenant.Tenant, error) {
		return s.Tenants().BySlug(ctx, w.slug)
	})
	list := reading(of, "List", func(ctx context.Context, s *session, _ *world) ([]tenant.Tenant, error) {
		return s.Tenants().List(ctx, tenant.Query{}, window)
	})
	bySlug.reach, list.reach = across, across
	keyed := receipt(of, "tenant", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
		return s.Tenants().Receipt
	})
	keyed.reach = either
	return []method{
		create, bySlug, list, keyed,
		reading(of, "Get", func(ctx context.Context, s *session, _ *world) (tenant.Tenant, error) { return s.Tenants().Get(ctx) }),
		reading(of, "Standing", func(ctx context.Context, s *session, w *world) (tenant.Standing, error) {
			return s.Tenants().Standing(ctx, w.user.ID)
		}),
		saving[tenant.Tenant]{
			store: of, name: "Save", service: "tenant",
			read:    func(ctx context.Context, s *session, _ *world) (tenant.Tenant, error) { return s.Tenants().Get(ctx) },
			id:      func(e tenant.Tenant) string { return string(e.ID) },
			version: func(e *tenant.Tenant) *int64 { return &e.Version },
			counter: func(e *tenant.Tenant) counter { return inText(&e.Name) },
			save: func(ctx context.Context, s *session, e tenant.Tenant, c event.Commit) error {
				return s.Tenants().Save(ctx, e, c)
			},
		}.method(),
	}
}

func userMethods() []method {
	const of = "Tenants"
	window := page.Window{Limit: 9}
	remove := method{
		store: of, name: "DeleteRole", service: "tenant", effect: deletes,
		bind: func(t *testing.T, s *session, w *world) ([]any, call) {
			t.Helper()
			r := s.draftRole(w.tenant, s.word(), "customer.*")
			must(t, s.Tenants().CreateRole(in(w.tenant), r, s.commit(w.tenant, "tenant", "role.created", string(r.ID), 1)))
			r.Version = 2
			c := w.commit(s, "tenant", string(r.ID), 2)
			return []any{r, c}, func(ctx context.Context) (any, error) { return nil, s.Tenants().DeleteRole(ctx, r, c) }
		},
	}
	return []method{
		remove,
		reading(of, "User", func(ctx context.Context, s *session, w *world) (tenant.User, error) {
			return s.Tenants().User(ctx, w.user.ID)
		}),
		reading(of, "UserByEmail", func(ctx context.Context, s *session, w *world) (tenant.User, error) {
			return s.Tenants().UserByEmail(ctx, w.user.Email)
		}),
		reading(of, "Users", func(ctx context.Context, s *session, _ *world) ([]tenant.User, error) {
			return s.Tenants().Users(ctx, tenant.UserQuery{}, window)
		}),
		reading(of, "Role", func(ctx context.Context, s *session, w *world) (tenant.Role, error) {
			return s.Tenants().Role(ctx, w.role.Name)
		}),
		reading(of, "Roles", func(ctx context.Context, s *session, _ *world) ([]tenant.Role, error) { return s.Tenants().Roles(ctx) }),
		creating(of, "AddUser", "tenant", func(_ *testing.T, s *session, w *world) (tenant.User, string) {
			u := s.draftUser(w.tenant, s.word()+"@example.com", tenant.OwnerRole)
			return u, string(u.ID)
		}, func(ctx context.Context, s *session, u tenant.User, c event.Commit) error {
			return s.Tenants().AddUser(ctx, u, c)
		}),
		creating(of, "CreateRole", "tenant", func(_ *testing.T, s *session, w *world) (tenant.Role, string) {
			r := s.draftRole(w.tenant, s.word(), "customer.*")
			return r, string(r.ID)
		}, func(ctx context.Context, s *session, r tenant.Role, c event.Commit) error {
			return s.Tenants().CreateRole(ctx, r, c)
		}),
		saving[tenant.User]{
			store: of, name: "SaveUser", service: "tenant",
			read: func(ctx context.Context, s *session, w *world) (tenant.User, error) {
				return s.Tenants().User(ctx, w.user.ID)
			},
			drafted: func(w *world) tenant.User {
				u := w.user
				u.Roles = []string{tenant.OwnerRole} // which every tenant has
				return u
			},
			id:      func(e tenant.User) string { return string(e.ID) },
			version: func(e *tenant.User) *int64 { return &e.Version },
			counter: func(e *tenant.User) counter { return inText(&e.Name) },
			save: func(ctx context.Context, s *session, e tenant.User, c event.Commit) error {
				return s.Tenants().SaveUser(ctx, e, c)
			},
		}.method(),
		saving[tenant.Role]{
			store: of, name: "SaveRole", service: "tenant",
			read: func(ctx context.Context, s *session, w *world) (tenant.Role, error) {
				return s.Tenants().Role(ctx, w.role.Name)
			},
			drafted: func(w *world) tenant.Role { return w.role },
			id:      func(e tenant.Role) string { return string(e.ID) },
			version: func(e *tenant.Role) *int64 { return &e.Version },
			counter: func(e *tenant.Role) counter {
				e.Permissions = append([]tenant.Permission(nil), e.Permissions...)
				return inText(&e.Permissions[0])
			},
			save: func(ctx context.Context, s *session, e tenant.Role, c event.Commit) error {
				return s.Tenants().SaveRole(ctx, e, c)
			},
		}.method(),
	}
}
