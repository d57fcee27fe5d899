package tenant_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

func TestAddUser(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	_, err := h.CreateRole(ctx, tenant.RoleDraft{Name: "sales"})
	require.NoError(t, err)
	roles := []string{"sales", "owner"}
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "Ada@Example.com", Name: "Ada", Roles: roles, Active: true})
	require.NoError(t, err)
	require.Equal(t, tenant.User{
		ID: ada.ID, TenantID: ada.TenantID, Email: "Ada@Example.com", Name: "Ada", Status: tenant.UserActive,
		Roles: []string{"owner", "sales"}, Version: 1, CreatedAt: ada.CreatedAt, UpdatedAt: ada.CreatedAt,
	}, ada)
	require.Equal(t, []string{"sales", "owner"}, roles, "the caller's list stays as it is")
	require.Equal(t, ada, last[tenant.User](t, h, ada.TenantID))
	bob, err := h.AddUser(ctx, tenant.UserDraft{Email: "bob@example.com"})
	require.NoError(t, err)
	require.Equal(t, tenant.UserInvited, bob.Status)

	got, err := h.User(ctx, ada.ID)
	require.NoError(t, err)
	require.Equal(t, ada, got)
	got, err = h.UserByEmail(ctx, "ADA@example.COM")
	require.NoError(t, err)
	require.Equal(t, ada, got)

	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "aDA@example.com"})
	refused(t, err, fault.ErrExists, "email")
	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "eve@example.com", Roles: []string{"king"}})
	require.ErrorIs(t, err, fault.ErrNotFound)
	_, err = h.UserByEmail(ctx, "eve@example.com")
	refused(t, err, fault.ErrNotFound)
	_, err = h.UserByEmail(ctx, "eve")
	refused(t, err, fault.ErrInvalid, "email")
	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "@", Name: "\x00", Roles: []string{"zeta", "Owner", "zeta"}, Key: "\x00"})
	refused(t, err, fault.ErrInvalid, "email", "name", "roles[1]", "roles[2]", "key")
	_, err = h.AddUser(t.Context(), tenant.UserDraft{Email: "eve@example.com"})
	refused(t, err, fault.ErrNoScope)
	require.Equal(t, []string{"created", "role.created", "role.created", "user.added", "user.added"}, h.events(t, ada.TenantID))

	other := h.in(t)
	_, err = h.User(other, ada.ID)
	refused(t, err, fault.ErrNotFound)
	_, err = h.UserByEmail(other, "ada@example.com")
	refused(t, err, fault.ErrNotFound)
	_, err = h.AddUser(other, tenant.UserDraft{Email: "ada@example.com"})
	require.NoError(t, err, "an email is unique in its tenant")
}

func TestAKeyedUserIsAddedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	draft := tenant.UserDraft{Email: "ada@example.com", Key: "k"}
	ada, err := h.AddUser(ctx, draft)
	require.NoError(t, err)
	active, err := h.ActivateUser(ctx, ada.ID)
	require.NoError(t, err)
	again, err := h.AddUser(ctx, draft)
	require.NoError(t, err)
	require.Equal(t, active, again)
	draft.Name = "Ada"
	_, err = h.AddUser(ctx, draft)
	refused(t, err, fault.ErrKeyReused)
	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Key: "another"})
	refused(t, err, fault.ErrExists, "email")
	draft.Email = "ada@example.org"
	_, err = h.AddUser(h.in(t), draft)
	require.NoError(t, err, "a key is of its tenant")
}

func TestUsersChange(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Name: "Ada"})
	require.NoError(t, err)
	bob, err := h.AddUser(ctx, tenant.UserDraft{Email: "bob@example.com"})
	require.NoError(t, err)
	email, name, bad := "ada@example.org", "Ada L.", "@"
	got, err := h.UpdateUser(ctx, ada.ID, tenant.UserChange{Email: &email, Version: 1})
	require.NoError(t, err)
	require.Equal(t, []any{email, "Ada", int64(2)}, []any{got.Email, got.Name, got.Version})
	got, err = h.UpdateUser(ctx, ada.ID, tenant.UserChange{Name: &name})
	require.NoError(t, err)
	require.Equal(t, []string{email, name}, []string{got.Email, got.Name})
	require.Equal(t, got, last[tenant.User](t, h, ada.TenantID))

	_, err = h.UpdateUser(ctx, ada.ID, tenant.UserChange{Name: &name, Version: 2})
	refused(t, err, fault.ErrConflict)
	_, err = h.UpdateUser(ctx, bob.ID, tenant.UserChange{Email: &email})
	refused(t, err, fault.ErrExists, "email")
	_, err = h.UpdateUser(ctx, ada.ID, tenant.UserChange{Email: &bad})
	refused(t, err, fault.ErrInvalid, "email")
	_, err = h.UpdateUser(ctx, "ada", tenant.UserChange{Name: &name})
	refused(t, err, fault.ErrInvalid, "id")
	_, err = h.UpdateUser(h.in(t), ada.ID, tenant.UserChange{Name: &name})
	refused(t, err, fault.ErrNotFound)
	stored, err := h.User(ctx, ada.ID)
	require.NoError(t, err)
	require.Equal(t, got, stored)
}

func TestUsersAreActivatedAndDisabled(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Roles: []string{"owner"}})
	require.NoError(t, err)
	asAda := tenant.AsUser(ctx, ada.TenantID, ada.ID)
	_, err = h.Roles(asAda)
	refused(t, err, fault.ErrForbidden)

	got, err := h.ActivateUser(ctx, ada.ID)
	require.NoError(t, err)
	require.Equal(t, tenant.UserActive, got.Status)
	_, err = h.Roles(asAda)
	require.NoError(t, err, "at once")
	_, err = h.ActivateUser(ctx, ada.ID)
	refused(t, err, fault.ErrState)

	got, err = h.DisableUser(asAda, ada.ID)
	require.NoError(t, err)
	require.Equal(t, tenant.UserDisabled, got.Status)
	require.Equal(t, []string{"owner"}, got.Roles, "a disabled user keeps its roles")
	_, err = h.Roles(asAda)
	refused(t, err, fault.ErrForbidden)
	_, err = h.DisableUser(ctx, ada.ID)
	refused(t, err, fault.ErrState)
	_, err = h.ActivateUser(ctx, ada.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"created", "role.created", "user.added", "user.activated", "user.disabled", "user.activated"},
		h.events(t, ada.TenantID))
}

func TestRolesAreGrantedAndRevoked(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	for name, permissions := range map[string][]tenant.Permission{"sales": {"order.*", "customer.get"}, "hr": {"tenant.user.add"}} {
		_, err := h.CreateRole(ctx, tenant.RoleDraft{Name: name, Permissions: permissions})
		require.NoError(t, err)
	}
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Active: true})
	require.NoError(t, err)
	asAda := tenant.AsUser(ctx, ada.TenantID, ada.ID)
	add := func(email string) error {
		_, err := h.AddUser(asAda, tenant.UserDraft{Email: email})
		return err
	}
	refused(t, add("x@example.com"), fault.ErrForbidden)
	got, err := h.Grant(ctx, ada.ID, "sales")
	require.NoError(t, err)
	require.Equal(t, []string{"sales"}, got.Roles)
	refused(t, add("x@example.com"), fault.ErrForbidden)
	got, err = h.Grant(ctx, ada.ID, "hr")
	require.NoError(t, err)
	require.Equal(t, []string{"hr", "sales"}, got.Roles)
	require.NoError(t, add("x@example.com"), "at once")
	again, err := h.Grant(ctx, ada.ID, "hr")
	require.NoError(t, err)
	require.Equal(t, got, again, "a role that it has changes nothing")

	_, err = h.Grant(ctx, ada.ID, "king")
	require.ErrorIs(t, err, fault.ErrNotFound)
	_, err = h.Grant(ctx, ada.ID, "King!")
	refused(t, err, fault.ErrInvalid, "roles[0]")
	same, err := h.Revoke(ctx, ada.ID, "king")
	require.NoError(t, err)
	require.Equal(t, got, same)
	got, err = h.Revoke(ctx, ada.ID, "hr")
	require.NoError(t, err)
	require.Equal(t, []string{"sales"}, got.Roles)
	refused(t, add("y@example.com"), fault.ErrForbidden)
	require.Equal(t, got, last[tenant.User](t, h, ada.TenantID))
}

func TestUsersAreListed(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	var all []tenant.User
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		u, err := h.AddUser(ctx, tenant.UserDraft{Email: email, Active: email[0] == 'b', Roles: []string{"owner"}})
		require.NoError(t, err)
		all = append(all, u)
	}
	other := h.in(t)
	list := func(ctx context.Context, q tenant.UserQuery) (got []tenant.User) {
		t.Helper()
		q.Limit = 2
		for u, err := range h.AllUsers(ctx, q) {
			require.NoError(t, err)
			got = append(got, u)
		}
		return got
	}
	require.Equal(t, all, list(ctx, tenant.UserQuery{}))
	require.Equal(t, []tenant.User{all[0], all[2]}, list(ctx, tenant.UserQuery{Status: tenant.UserInvited}))
	require.Equal(t, all[1:2], list(ctx, tenant.UserQuery{Status: tenant.UserActive}))
	require.Empty(t, list(other, tenant.UserQuery{}))
	_, err := h.Users(ctx, tenant.UserQuery{Status: "gone"})
	refused(t, err, fault.ErrInvalid, "status")

	q := tenant.UserQuery{}
	q.Limit = 2
	first, err := h.Users(ctx, q)
	require.NoError(t, err)
	q.After = first.Next
	_, err = h.Users(other, q)
	refused(t, err, fault.ErrInvalid, "after")
}

func TestWhatAUserMayDo(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := h.in(t)
	_, err := h.CreateRole(ctx, tenant.RoleDraft{Name: "sales", Permissions: []tenant.Permission{"order.*"}})
	require.NoError(t, err)
	_, err = h.CreateRole(ctx, tenant.RoleDraft{Name: "support", Permissions: []tenant.Permission{"order.get", "customer.get"}})
	require.NoError(t, err)
	may := func(id tenant.UserID) []tenant.Permission {
		t.Helper()
		allowed, err := h.PermissionsOf(ctx, id)
		require.NoError(t, err)
		return allowed
	}
	ada, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Roles: []string{"sales", "support"}})
	require.NoError(t, err)
	require.Empty(t, may(ada.ID), "an invited user may do nothing yet")
	_, err = h.ActivateUser(ctx, ada.ID)
	require.NoError(t, err)
	require.Equal(t, []tenant.Permission{"customer.get", "order.get", "order.place"}, may(ada.ID), "each once, sorted")
	_, err = h.Grant(ctx, ada.ID, "owner")
	require.NoError(t, err)
	require.Len(t, may(ada.ID), len(tenant.Permissions())+len(registry))
	_, err = h.DisableUser(ctx, ada.ID)
	require.NoError(t, err)
	require.Empty(t, may(ada.ID))

	for id, kind := range map[tenant.UserID]fault.Kind{
		"usr_01h455vb4pex5vsknk084sn02q": fault.ErrNotFound, "": fault.ErrInvalid, "ada": fault.ErrInvalid,
	} {
		_, err = h.PermissionsOf(ctx, id)
		require.ErrorIs(t, err, kind)
		_, err = h.User(ctx, id)
		require.ErrorIs(t, err, kind)
	}
	_, err = h.PermissionsOf(h.in(t), ada.ID)
	refused(t, err, fault.ErrNotFound)
}
