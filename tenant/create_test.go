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

func TestCreate(t *testing.T) {
	t.Parallel()
	h := open(t)
	settings := tenant.Settings{DefaultCurrency: "EUR", AllowedRegions: []string{"fra1"}, Extra: map[string]string{"tier": "gold"}}
	made, err := h.Create(scope.WithReason(h.operator, "signed up"), tenant.Draft{Name: "Acme Cloud", Settings: settings})
	require.NoError(t, err)
	_, err = tenant.ParseID(string(made.ID))
	require.NoError(t, err)
	require.Zero(t, made.CreatedAt.Nanosecond()%1000, "in microseconds")
	require.Equal(t, tenant.Tenant{
		ID: made.ID, Name: "Acme Cloud", Slug: "acme-cloud", Status: tenant.Active, Settings: settings, Version: 1,
		CreatedAt: made.CreatedAt, UpdatedAt: made.CreatedAt,
	}, made)

	got, err := h.Get(h.operator, made.ID)
	require.NoError(t, err)
	require.Equal(t, made, got)
	roles, err := h.Roles(tenant.NewContext(t.Context(), made.ID))
	require.NoError(t, err)
	require.Len(t, roles, 1)
	require.Equal(t, tenant.Role{
		ID: roles[0].ID, TenantID: made.ID, Name: "owner", Permissions: []tenant.Permission{"*"}, BuiltIn: true, Version: 1,
		CreatedAt: made.CreatedAt, UpdatedAt: made.CreatedAt,
	}, roles[0])

	events := h.all(t, made.ID)
	require.Equal(t, []string{"created", "role.created"}, h.events(t, made.ID))
	require.Equal(t, roles[0], last[tenant.Role](t, h, made.ID))
	require.Equal(t, []string{string(made.ID), "operator", "signed up"}, []string{events[0].Subject, events[0].Actor, events[0].Reason})
	require.Equal(t, made.ID, events[0].Tenant)
}

func TestOnlyTheOperatorCreates(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.create(t, "Acme").ID
	for ctx, kind := range map[context.Context]fault.Kind{
		t.Context(): fault.ErrNoScope, tenant.NewContext(t.Context(), id): fault.ErrForbidden,
		scope.System(t.Context(), id):                                    fault.ErrForbidden,
		tenant.AsUser(t.Context(), id, "usr_01h455vb4pex5vsknk084sn02q"): fault.ErrForbidden,
	} {
		_, err := h.Create(ctx, tenant.Draft{Name: "Other", Key: "k"})
		refused(t, err, kind)
	}
	_, err := h.Create(scope.OperatorOf(t.Context(), id), tenant.Draft{Name: "Other"})
	require.NoError(t, err, "the operator creates from anywhere")
}

func TestABadDraftCreatesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.Create(h.operator, tenant.Draft{Slug: "A", Settings: tenant.Settings{Locale: "x"}, Key: "k\x00"})
	refused(t, err, fault.ErrInvalid, "name", "slug", "settings.locale", "key")
	p, err := h.List(h.operator, tenant.Query{})
	require.NoError(t, err)
	require.Empty(t, p.Items)
}

func TestASlugIsUnique(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, row := range []struct{ name, slug, want string }{
		{"Acme", "", "acme"}, {"ACME!", "", "acme-2"}, {"Acme", "acme-4", "acme-4"}, {"Acmé", "", "acme-3"}, {"acme", "", "acme-5"},
		{"Привет", "", "tenant"}, {"東京", "", "tenant-2"}, {"Tenant", "", "tenant-3"},
		{strings.Repeat("a", 60) + " bc", "", strings.Repeat("a", 60) + "-bc"},
		{strings.Repeat("a", 60) + " bc", "", strings.Repeat("a", 60) + "-2"},
	} {
		made, err := h.Create(h.operator, tenant.Draft{Name: row.name, Slug: row.slug})
		require.NoError(t, err)
		require.Equal(t, row.want, made.Slug)
		got, err := h.BySlug(h.operator, row.want)
		require.NoError(t, err)
		require.Equal(t, made, got)
	}
	_, err := h.Create(h.operator, tenant.Draft{Name: "Acme", Slug: "acme"})
	refused(t, err, fault.ErrExists, "slug")
}

func TestTheNumbersBehindASlugEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i := range 50 {
		slug := "acme"
		if i > 0 {
			slug = fmt.Sprintf("acme-%d", i+1)
		}
		_, err := h.Create(h.operator, tenant.Draft{Name: "Acme", Slug: slug})
		require.NoError(t, err)
	}
	_, err := h.Create(h.operator, tenant.Draft{Name: "Acme"})
	refused(t, err, fault.ErrExists, "slug")
}

func TestAKeyedCreationHappensOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := tenant.Draft{Name: "Acme", Settings: tenant.Settings{Extra: map[string]string{"a": "1", "b": "2"}}, Key: "signup-1"}
	made, err := h.Create(h.operator, draft)
	require.NoError(t, err)
	name := "Acme Ltd"
	changed, err := h.Update(h.operator, made.ID, tenant.Change{Name: &name})
	require.NoError(t, err)
	for what, ctx := range map[string]context.Context{
		"across tenants": h.operator, "in the tenant": scope.OperatorOf(t.Context(), made.ID),
		"in another tenant": scope.OperatorOf(t.Context(), h.create(t, "Other").ID),
	} {
		again, err := h.Create(ctx, draft)
		require.NoError(t, err, what)
		require.Equal(t, changed, again, "the operator %s", what)
	}
	other := draft
	other.Name = "Acme Inc"
	_, err = h.Create(h.operator, other)
	refused(t, err, fault.ErrKeyReused)
	bad := draft
	bad.Slug = "!"
	_, err = h.Create(h.operator, bad)
	refused(t, err, fault.ErrKeyReused)
	bad.Key = "unused"
	_, err = h.Create(h.operator, bad)
	refused(t, err, fault.ErrInvalid, "slug")

	var slugs []string
	for each, err := range h.All(h.operator, tenant.Query{}) {
		require.NoError(t, err)
		slugs = append(slugs, each.Slug)
	}
	require.Equal(t, []string{"acme", "other"}, slugs)
}

func TestManyCreateOneTenantWithAKey(t *testing.T) {
	t.Parallel()
	h := open(t)
	ids := make([]tenant.ID, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			made, err := h.Create(h.operator, tenant.Draft{Name: "Acme", Key: "k"})
			assert.NoError(t, err)
			ids[i] = made.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	require.Equal(t, []string{"created", "role.created"}, h.events(t, ids[0]))
}

func TestTenantsAreReadFromInsideAndByTheOperator(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme, other := h.create(t, "Acme"), h.create(t, "Other")
	ctx := tenant.NewContext(t.Context(), acme.ID)
	_, err := h.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Roles: []string{"owner"}})
	require.NoError(t, err)

	got, err := h.Get(ctx, acme.ID)
	require.NoError(t, err)
	require.Len(t, got.Users, 1)
	require.Equal(t, []string{"owner"}, got.Users[0].Roles)
	for _, ctx := range []context.Context{h.operator, scope.OperatorOf(t.Context(), other.ID), scope.System(t.Context(), acme.ID)} {
		same, err := h.Get(ctx, acme.ID)
		require.NoError(t, err)
		require.Equal(t, got, same)
	}
	same, err := h.BySlug(h.operator, "acme")
	require.NoError(t, err)
	require.Equal(t, got, same)

	const nobody = tenant.ID("ten_01h455vb4pex5vsknk084sn02q")
	_, err = h.Get(h.operator, nobody)
	refused(t, err, fault.ErrNotFound)
	_, theirs := h.Get(ctx, other.ID)
	refused(t, theirs, fault.ErrNotFound)
	_, nobodys := h.Get(ctx, nobody)
	require.Equal(t, strings.ReplaceAll(nobodys.Error(), string(nobody), string(other.ID)), theirs.Error(),
		"another's answers as none, to the byte")
	for _, id := range []tenant.ID{"", "acme", "usr_01h455vb4pex5vsknk084sn02q"} {
		_, err = h.Get(ctx, id)
		refused(t, err, fault.ErrInvalid, "id")
		_, err = h.Get(h.operator, id)
		refused(t, err, fault.ErrInvalid, "id")
	}
	_, err = h.Get(t.Context(), acme.ID)
	refused(t, err, fault.ErrNoScope)

	_, err = h.BySlug(ctx, "acme")
	refused(t, err, fault.ErrForbidden)
	_, err = h.BySlug(t.Context(), "acme")
	refused(t, err, fault.ErrNoScope)
	_, err = h.BySlug(h.operator, "nobody")
	refused(t, err, fault.ErrNotFound)
	for _, slug := range []string{"", "ACME", "a\x00", "\xff"} {
		_, err = h.BySlug(h.operator, slug)
		refused(t, err, fault.ErrInvalid, "slug") // on both databases, of which one takes no NUL
	}
}

func TestTheOperatorsList(t *testing.T) {
	t.Parallel()
	h := open(t)
	var all []tenant.Tenant
	for i := range 5 {
		all = append(all, h.create(t, fmt.Sprintf("T%d", i)))
	}
	suspended, err := h.Suspend(h.operator, all[3].ID, "unpaid")
	require.NoError(t, err)
	all[3] = suspended
	list := func(q tenant.Query) (got []tenant.Tenant) {
		t.Helper()
		for each, err := range h.All(h.operator, q) {
			require.NoError(t, err)
			got = append(got, each)
		}
		return got
	}
	q := tenant.Query{}
	q.Limit = 2
	require.Equal(t, all, list(q))
	q.Status = tenant.Suspended
	require.Equal(t, all[3:4], list(q))
	q.Status, q.Newest = tenant.Active, true
	require.Equal(t, []tenant.Tenant{all[4], all[2], all[1], all[0]}, list(q))

	first, err := h.List(h.operator, q)
	require.NoError(t, err)
	q.After, q.Newest = first.Next, false
	_, err = h.List(h.operator, q)
	refused(t, err, fault.ErrInvalid, "after")
	_, err = h.List(h.operator, tenant.Query{Status: "gone"})
	refused(t, err, fault.ErrInvalid, "status")
	for ctx, kind := range map[context.Context]fault.Kind{
		t.Context(): fault.ErrNoScope, tenant.NewContext(t.Context(), all[0].ID): fault.ErrForbidden,
	} {
		_, err = h.List(ctx, tenant.Query{})
		refused(t, err, kind)
	}
}
