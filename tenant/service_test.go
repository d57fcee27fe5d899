package tenant_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme")
	ctx := tenant.NewContext(t.Context(), acme.ID)
	name, settings := "Acme Ltd", tenant.Settings{Locale: "de-CH", Limits: tenant.Limits{Resources: 7}}
	got, err := h.Update(ctx, acme.ID, tenant.Change{Name: &name, Version: 1})
	require.NoError(t, err)
	want := acme
	want.Name, want.Version, want.UpdatedAt = name, 2, got.UpdatedAt
	require.Equal(t, want, got)
	require.True(t, got.UpdatedAt.After(acme.UpdatedAt))

	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com"})
	require.NoError(t, err)
	got, err = h.Update(h.operator, acme.ID, tenant.Change{Settings: &settings})
	require.NoError(t, err)
	require.Equal(t, settings, got.Settings)
	require.Equal(t, name, got.Name, "a nil field stays as it is")
	stored, err := h.Get(ctx, acme.ID)
	require.NoError(t, err)
	require.Equal(t, stored, got)
	told := last[tenant.Tenant](t, h, acme.ID)
	require.Empty(t, told.Users, "events hold no users")
	require.Equal(t, settings, told.Settings)
	require.Equal(t, []string{"created", "role.created", "updated", "user.added", "updated"}, h.events(t, acme.ID))

	_, err = h.Update(ctx, acme.ID, tenant.Change{Name: &name, Version: 1})
	refused(t, err, fault.ErrConflict)
	empty, bad := "", tenant.Settings{Locale: "x", TimeZone: "x"}
	_, err = h.Update(ctx, acme.ID, tenant.Change{Name: &empty, Settings: &bad})
	refused(t, err, fault.ErrInvalid, "name", "settings.locale", "settings.time_zone")
	_, err = h.Update(ctx, h.create(t, "Other").ID, tenant.Change{Name: &name})
	refused(t, err, fault.ErrNotFound)
	_, err = h.Update(t.Context(), acme.ID, tenant.Change{Name: &name})
	refused(t, err, fault.ErrNoScope)
	after, err := h.Get(ctx, acme.ID)
	require.NoError(t, err)
	require.Equal(t, stored, after, "what is refused changes nothing")
}

func TestChangedSettingsHoldAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme")
	ctx := tenant.NewContext(t.Context(), acme.ID)
	gate := tenant.NewGate(h.db.Tenants(), nil)
	service := tenant.NewService(h.db.Tenants(), gate, nil)
	access, err := gate.Read(ctx, "order.get")
	require.NoError(t, err)
	require.Empty(t, access.Settings.Locale)
	_, err = service.Update(ctx, acme.ID, tenant.Change{Settings: &tenant.Settings{Locale: "fr"}})
	require.NoError(t, err)
	access, err = gate.Read(ctx, "order.get")
	require.NoError(t, err)
	require.Equal(t, "fr", access.Settings.Locale)
}

func TestSuspendAndReactivate(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme")
	ctx := tenant.NewContext(t.Context(), acme.ID)
	_, err := h.Roles(ctx) // the gate remembers that the tenant is active
	require.NoError(t, err)

	got, err := h.Suspend(h.operator, acme.ID, "unpaid")
	require.NoError(t, err)
	require.Equal(t, tenant.Suspended, got.Status)
	got, err = h.Suspend(h.operator, acme.ID, "abuse")
	require.NoError(t, err)
	require.Equal(t, []string{"abuse", "unpaid"}, got.Suspensions)
	again, err := h.Suspend(h.operator, acme.ID, "abuse")
	require.NoError(t, err)
	require.Equal(t, got, again, "a reason that it has changes nothing")

	name := "Acme Ltd"
	_, err = h.Update(ctx, acme.ID, tenant.Change{Name: &name})
	refused(t, err, fault.ErrSuspended)
	_, err = h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com"})
	refused(t, err, fault.ErrSuspended)
	_, err = h.Update(scope.System(t.Context(), acme.ID), acme.ID, tenant.Change{Name: &name})
	require.NoError(t, err, "the system's work goes on")
	_, err = h.Get(ctx, acme.ID)
	require.NoError(t, err, "it reads")

	_, err = h.Reactivate(h.operator, acme.ID, "whim")
	refused(t, err, fault.ErrInvalid, "reason")
	got, err = h.Reactivate(h.operator, acme.ID, "unpaid")
	require.NoError(t, err)
	require.Equal(t, tenant.Suspended, got.Status)
	require.Equal(t, []string{"abuse"}, got.Suspensions)
	got, err = h.Reactivate(h.operator, acme.ID, "abuse")
	require.NoError(t, err)
	require.Equal(t, tenant.Active, got.Status)
	require.Empty(t, got.Suspensions)
	_, err = h.Update(ctx, acme.ID, tenant.Change{Name: &name})
	require.NoError(t, err, "at once")
	_, err = h.Reactivate(h.operator, acme.ID, "abuse")
	refused(t, err, fault.ErrState)
	require.Equal(t, []string{"created", "role.created", "suspended", "suspended", "updated", "updated", "reactivated", "updated"},
		h.events(t, acme.ID))
}

func TestArchive(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme")
	ctx := tenant.NewContext(t.Context(), acme.ID)
	_, err := h.Suspend(h.operator, acme.ID, "unpaid")
	require.NoError(t, err)
	h.live = fault.New(fault.ErrState, "3 resources are alive")
	_, err = h.Archive(h.operator, acme.ID)
	refused(t, err, fault.ErrState)
	require.ErrorContains(t, err, "3 resources are alive")
	require.Equal(t, []tenant.ID{acme.ID}, h.liveIn, "asked in the system's scope, which a suspension does not stop")

	h.live = nil
	got, err := h.Archive(h.operator, acme.ID)
	require.NoError(t, err)
	require.Equal(t, tenant.Archived, got.Status)
	require.Empty(t, got.Suspensions)
	_, err = h.Get(ctx, acme.ID)
	refused(t, err, fault.ErrSuspended)
	stored, err := h.Get(h.operator, acme.ID)
	require.NoError(t, err, "only the operator reads it")
	require.Equal(t, got, stored)
	for _, move := range []func() (tenant.Tenant, error){
		func() (tenant.Tenant, error) { return h.Archive(h.operator, acme.ID) },
		func() (tenant.Tenant, error) { return h.Suspend(h.operator, acme.ID, "unpaid") },
		func() (tenant.Tenant, error) { return h.Reactivate(h.operator, acme.ID, "unpaid") },
	} {
		_, err = move()
		refused(t, err, fault.ErrState)
	}
	require.Len(t, h.liveIn, 2, "nothing is asked about an archived one")
	require.Equal(t, []string{"created", "role.created", "suspended", "archived"}, h.events(t, acme.ID))

	_, err = tenant.NewService(h.db.Tenants(), tenant.NewGate(h.db.Tenants(), nil), nil).Archive(h.operator, h.create(t, "Other").ID)
	require.NoError(t, err, "without a guard nobody is asked")
}

func TestTransitionsAreTheOperators(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme").ID
	const nobody = tenant.ID("ten_01h455vb4pex5vsknk084sn02q")
	for name, move := range map[string]func(context.Context, tenant.ID) (tenant.Tenant, error){
		"suspend":    func(ctx context.Context, id tenant.ID) (tenant.Tenant, error) { return h.Suspend(ctx, id, "unpaid") },
		"reactivate": func(ctx context.Context, id tenant.ID) (tenant.Tenant, error) { return h.Reactivate(ctx, id, "unpaid") },
		"archive":    h.Archive,
	} {
		for ctx, kind := range map[context.Context]fault.Kind{
			t.Context(): fault.ErrNoScope, tenant.NewContext(t.Context(), acme): fault.ErrForbidden,
			scope.System(t.Context(), acme): fault.ErrForbidden,
		} {
			_, err := move(ctx, acme)
			refused(t, err, kind)
			require.ErrorContains(t, err, "tenant."+name)
		}
		_, err := move(h.operator, nobody)
		refused(t, err, fault.ErrNotFound)
		require.EqualError(t, err, fmt.Sprintf("tenant.%s tenant %s: not found", name, nobody))
		_, err = move(h.operator, "acme")
		refused(t, err, fault.ErrInvalid, "id")
	}
	for _, reason := range []string{"", "Un paid", strings.Repeat("a", 65)} {
		_, err := h.Suspend(h.operator, acme, reason)
		refused(t, err, fault.ErrInvalid, "reason")
	}
	require.Equal(t, []string{"created", "role.created"}, h.events(t, acme))
}

func TestConcurrentSuspensionsAreAllKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.create(t, "Acme").ID
	var want []string
	var group sync.WaitGroup
	for i := range 8 {
		reason := fmt.Sprintf("reason-%d", i)
		want = append(want, reason)
		group.Go(func() {
			_, err := h.Suspend(h.operator, acme, reason)
			assert.NoError(t, err)
		})
	}
	group.Wait()
	got, err := h.Get(h.operator, acme)
	require.NoError(t, err)
	require.Equal(t, want, got.Suspensions)
	require.Equal(t, int64(9), got.Version)
}
