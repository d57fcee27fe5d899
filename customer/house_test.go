package customer_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// house is the service on a database of its own, with the tenants that it
// needs.
type house struct {
	*customer.Service
	tenants *tenant.Service
	db      storage.Driver

	mu  sync.Mutex
	now time.Time
	// alive answers before a customer is deleted, asked is who was asked about.
	alive error
	asked []customer.ID
}

func open(t *testing.T) *house {
	t.Helper()
	return openAt(t, sqlite.Memory)
}

func openAt(t *testing.T, path string) *house {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	h := &house{db: db, now: time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)}
	gate := tenant.NewGate(db.Tenants(), &tenant.GateOptions{
		Clock: h.clock, Permissions: append(tenant.Permissions(), customer.Permissions()...),
	})
	h.tenants = tenant.NewService(db.Tenants(), gate, nil)
	h.Service = customer.NewService(db.Customers(), gate, func(_ context.Context, id customer.ID) error {
		h.asked = append(h.asked, id)
		return h.alive
	})
	return h
}

// clock moves on by a second each time.
func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Second)
	return h.now
}

// in is the host's context in a new tenant.
func (h *house) in(t *testing.T) (context.Context, tenant.ID) {
	t.Helper()
	made, err := h.tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme"})
	require.NoError(t, err)
	return tenant.NewContext(t.Context(), made.ID), made.ID
}

// user is the context of a new user of a tenant, with some permissions.
func (h *house) user(t *testing.T, of tenant.ID, name string, permissions ...tenant.Permission) context.Context {
	t.Helper()
	ctx := tenant.NewContext(t.Context(), of)
	_, err := h.tenants.CreateRole(ctx, tenant.RoleDraft{Name: name, Permissions: permissions})
	require.NoError(t, err)
	u, err := h.tenants.AddUser(ctx, tenant.UserDraft{Email: name + "@example.com", Roles: []string{name}, Active: true})
	require.NoError(t, err)
	return tenant.AsUser(t.Context(), of, u.ID)
}

func (h *house) create(t *testing.T, ctx context.Context, name, email string) customer.Customer { //nolint:revive // t comes first in a test
	t.Helper()
	c, err := h.Create(ctx, customer.Draft{Name: name, Email: email})
	require.NoError(t, err)
	return c
}

// events are the customers' events of a tenant.
func (h *house) events(t *testing.T, id tenant.ID) (names []string, all []event.Event) {
	t.Helper()
	all, err := h.db.Events().List(tenant.NewContext(t.Context(), id), "customer", page.Window{Limit: 1000})
	require.NoError(t, err)
	for _, e := range all {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.Type, "platforma.customer."), ".v1"))
	}
	return names, all
}

// told is the customer in an event.
func told(t *testing.T, e event.Event) (c customer.Customer) {
	t.Helper()
	require.NoError(t, json.Unmarshal(e.Data, &c))
	require.Equal(t, []any{string(c.ID), c.Version, c.TenantID}, []any{e.Subject, e.Version, e.Tenant})
	return c
}

// names are the names of customers in a list.
func (h *house) names(t *testing.T, ctx context.Context, q customer.Query) []string { //nolint:revive // t comes first in a test
	t.Helper()
	found := []string{}
	for c, err := range h.All(ctx, q) {
		require.NoError(t, err)
		found = append(found, c.Name)
	}
	return found
}

// refused checks an error's kind and the fields that it names.
func refused(t *testing.T, err error, kind fault.Kind, paths ...string) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Op)
	var got []string
	for _, field := range e.Fields {
		got = append(got, field.Path)
	}
	require.Equal(t, paths, got, "%v", err)
}
