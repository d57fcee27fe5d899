package tenant_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

func TestRolesAreCreatedAndChanged(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	permissions := []tenant.Permission{"order.get"}
	sales, err := h.CreateRole(ctx, tenant.RoleDraft{Name: "sales", Permissions: permissions})
	require.NoError(t, err)
	permissions[0] = "changed"
	require.Equal(t, tenant.Role{
		ID: sales.ID, TenantID: sales.TenantID, Name: "sales", Permissions: []tenant.Permission{"order.get"}, Version: 1,
		CreatedAt: sales.CreatedAt, UpdatedAt: sales.CreatedAt,
	}, sales)
	_, err = h.CreateRole(ctx, tenant.RoleDraft{Name: "sales"})
	refused(t, err, fault.ErrExists, "name")
	_, err = h.CreateRole(ctx, tenant.RoleDraft{Name: "owner"})
	refused(t, err, fault.ErrExists, "name")
	_, err = h.CreateRole(ctx, tenant.RoleDraft{
		Name: "X", Permissions: []tenant.Permission{"order.get", "order.fly"}, Key: strings.Repeat("k", 129),
	})
	refused(t, err, fault.ErrInvalid, "name", "permissions[1]", "key")

	changed, err := h.UpdateRole(ctx, "sales", tenant.RoleChange{Permissions: []tenant.Permission{"order.*"}, Version: 1})
	require.NoError(t, err)
	require.Equal(t, []tenant.Permission{"order.*"}, changed.Permissions)
	require.Equal(t, int64(2), changed.Version)
	require.Equal(t, changed, last[tenant.Role](t, h, sales.TenantID))
	_, err = h.UpdateRole(ctx, "sales", tenant.RoleChange{Permissions: []tenant.Permission{}, Version: 1})
	refused(t, err, fault.ErrConflict)
	_, err = h.UpdateRole(ctx, "sales", tenant.RoleChange{Permissions: []tenant.Permission{"fly"}})
	refused(t, err, fault.ErrInvalid, "permissions[0]")
	kept, err := h.UpdateRole(ctx, "sales", tenant.RoleChange{})
	require.NoError(t, err)
	require.Equal(t, []tenant.Permission{"order.*"}, kept.Permissions, "a nil field stays as it is")
	none, err := h.UpdateRole(ctx, "sales", tenant.RoleChange{Permissions: []tenant.Permission{}})
	require.NoError(t, err)
	require.Empty(t, none.Permissions)
	_, err = h.UpdateRole(ctx, "king", tenant.RoleChange{})
	refused(t, err, fault.ErrNotFound)
	for _, name := range []string{"", "King", "a\x00", "\xff"} {
		_, err = h.UpdateRole(ctx, name, tenant.RoleChange{})
		refused(t, err, fault.ErrInvalid, "name")
		refused(t, h.DeleteRole(ctx, name), fault.ErrInvalid, "name")
	}

	roles, err := h.Roles(ctx)
	require.NoError(t, err)
	require.Len(t, roles, 2)
	require.Equal(t, "owner", roles[0].Name, "the built-in one first")
	require.Equal(t, none.ID, roles[1].ID)
	roles, err = h.Roles(h.in(t))
	require.NoError(t, err)
	require.Len(t, roles, 1, "another tenant has its own")
}

func TestAKeyedRoleIsCreatedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	draft := tenant.RoleDraft{Name: "sales", Key: "k"}
	_, err := h.CreateRole(ctx, draft)
	require.NoError(t, err)
	changed, err := h.UpdateRole(ctx, "sales", tenant.RoleChange{Permissions: []tenant.Permission{"order.get"}})
	require.NoError(t, err)
	again, err := h.CreateRole(ctx, draft)
	require.NoError(t, err)
	require.Equal(t, changed, again)
	draft.Permissions = []tenant.Permission{"order.place"}
	_, err = h.CreateRole(ctx, draft)
	refused(t, err, fault.ErrKeyReused)
	require.NoError(t, h.DeleteRole(ctx, "sales"))
	draft.Permissions = nil
	_, err = h.CreateRole(ctx, draft)
	require.ErrorIs(t, err, fault.ErrNotFound, "what it created is gone")
}

func TestTheBuiltInRoleStays(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	_, err := h.UpdateRole(ctx, "owner", tenant.RoleChange{Permissions: []tenant.Permission{"order.get"}})
	refused(t, err, fault.ErrState)
	refused(t, h.DeleteRole(ctx, "owner"), fault.ErrState)
	roles, err := h.Roles(ctx)
	require.NoError(t, err)
	require.Equal(t, []tenant.Permission{"*"}, roles[0].Permissions)
}

func TestARoleInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	_, err := h.CreateRole(ctx, tenant.RoleDraft{Name: "sales"})
	require.NoError(t, err)
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Roles: []string{"sales"}})
	require.NoError(t, err)
	refused(t, h.DeleteRole(ctx, "sales"), fault.ErrState)
	_, err = h.Revoke(ctx, ada.ID, "sales")
	require.NoError(t, err)
	require.NoError(t, h.DeleteRole(ctx, "sales"))
	refused(t, h.DeleteRole(ctx, "sales"), fault.ErrNotFound)
	_, err = h.Grant(ctx, ada.ID, "sales")
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.Equal(t, []string{"created", "role.created", "role.created", "user.added", "user.updated", "role.deleted"},
		h.events(t, ada.TenantID))
	_, err = h.CreateRole(ctx, tenant.RoleDraft{Name: "sales"})
	require.NoError(t, err, "its name is free again")
}

func TestAChangedRoleHoldsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	_, err := h.CreateRole(ctx, tenant.RoleDraft{Name: "reader", Permissions: []tenant.Permission{"tenant.get"}})
	require.NoError(t, err)
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Roles: []string{"reader"}, Active: true})
	require.NoError(t, err)
	asAda := tenant.AsUser(ctx, ada.TenantID, ada.ID)
	_, err = h.Get(asAda, ada.TenantID)
	require.NoError(t, err)
	_, err = h.UpdateRole(ctx, "reader", tenant.RoleChange{Permissions: []tenant.Permission{}})
	require.NoError(t, err)
	_, err = h.Get(asAda, ada.TenantID)
	refused(t, err, fault.ErrForbidden)
}

// Each operation asks for its own permission, and for no other.
func TestEveryOperationAsksForItsPermission(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	owner, err := h.AddUser(ctx, tenant.UserDraft{Email: "owner@example.com", Roles: []string{"owner"}, Active: true})
	require.NoError(t, err)
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Active: true})
	require.NoError(t, err)
	const nobody = tenant.UserID("usr_01h455vb4pex5vsknk084sn02q")
	calls := map[tenant.Permission]func(context.Context) error{
		"tenant.get":      func(ctx context.Context) error { _, err := h.Get(ctx, ada.TenantID); return err },
		"tenant.update":   func(ctx context.Context) error { _, err := h.Update(ctx, ada.TenantID, tenant.Change{}); return err },
		"tenant.user.add": func(ctx context.Context) error { _, err := h.AddUser(ctx, tenant.UserDraft{}); return err },
		"tenant.user.get": func(ctx context.Context) error {
			_, byID := h.User(ctx, nobody)
			_, byEmail := h.UserByEmail(ctx, "nobody@example.com")
			require.Equal(t, fault.KindOf(byID), fault.KindOf(byEmail))
			return byID
		},
		"tenant.user.list":        func(ctx context.Context) error { _, err := h.Users(ctx, tenant.UserQuery{}); return err },
		"tenant.user.update":      func(ctx context.Context) error { _, err := h.UpdateUser(ctx, nobody, tenant.UserChange{}); return err },
		"tenant.user.activate":    func(ctx context.Context) error { _, err := h.ActivateUser(ctx, nobody); return err },
		"tenant.user.disable":     func(ctx context.Context) error { _, err := h.DisableUser(ctx, nobody); return err },
		"tenant.user.grant":       func(ctx context.Context) error { _, err := h.Grant(ctx, nobody, "owner"); return err },
		"tenant.user.revoke":      func(ctx context.Context) error { _, err := h.Revoke(ctx, nobody, "owner"); return err },
		"tenant.user.permissions": func(ctx context.Context) error { _, err := h.PermissionsOf(ctx, nobody); return err },
		"tenant.role.create":      func(ctx context.Context) error { _, err := h.CreateRole(ctx, tenant.RoleDraft{}); return err },
		"tenant.role.list":        func(ctx context.Context) error { _, err := h.Roles(ctx); return err },
		"tenant.role.update":      func(ctx context.Context) error { _, err := h.UpdateRole(ctx, "none", tenant.RoleChange{}); return err },
		"tenant.role.delete":      func(ctx context.Context) error { return h.DeleteRole(ctx, "none") },
	}
	require.Len(t, calls, len(tenant.Permissions()), "every permission has its operation")
	asAda, asOwner := tenant.AsUser(ctx, ada.TenantID, ada.ID), tenant.AsUser(ctx, ada.TenantID, owner.ID)
	_, err = h.CreateRole(ctx, tenant.RoleDraft{Name: "one"})
	require.NoError(t, err)
	_, err = h.Grant(ctx, ada.ID, "one")
	require.NoError(t, err)
	for permission, call := range calls {
		require.NotErrorIs(t, call(asOwner), fault.ErrForbidden, permission)
		require.ErrorIs(t, call(t.Context()), fault.ErrNoScope, permission)
		_, err = h.UpdateRole(ctx, "one", tenant.RoleChange{Permissions: []tenant.Permission{permission}})
		require.NoError(t, err)
		for other, call := range calls {
			err := call(asAda)
			if permission == other {
				require.NotErrorIs(t, err, fault.ErrForbidden, "%s needs no more than itself", permission)
				continue
			}
			refused(t, err, fault.ErrForbidden)
			require.ErrorContains(t, err, string(other))
		}
	}
}
