package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// house is the service on a database of its own.
type house struct {
	*tenant.Service
	db storage.Driver
	// operator is the operator's context across tenants.
	operator context.Context //nolint:containedctx // a test's, with its scope

	mu  sync.Mutex
	now time.Time
	// live answers before a tenant is archived, liveIn is who was asked about.
	live   error
	liveIn []tenant.ID
}

// registry are operations of other services, beside the tenant's own.
var registry = []tenant.Permission{"customer.get", "order.get", "order.place"}

func open(t *testing.T) *house {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Memory, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	h := &house{db: db, operator: tenant.AsOperator(t.Context()), now: time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)}
	gate := tenant.NewGate(db.Tenants(), &tenant.GateOptions{Clock: h.clock, Permissions: append(tenant.Permissions(), registry...)})
	h.Service = tenant.NewService(db.Tenants(), gate, func(ctx context.Context) error {
		got, err := db.Tenants().Get(ctx)
		h.liveIn = append(h.liveIn, got.ID)
		return errors.Join(err, h.live)
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

func (h *house) create(t *testing.T, name string) tenant.Tenant {
	t.Helper()
	made, err := h.Create(h.operator, tenant.Draft{Name: name})
	require.NoError(t, err)
	return made
}

// in is the host's context in a new tenant.
func (h *house) in(t *testing.T) context.Context {
	t.Helper()
	return tenant.NewContext(t.Context(), h.create(t, "Acme").ID)
}

// events are the names of a tenant's events, in order.
func (h *house) events(t *testing.T, id tenant.ID) (names []string) {
	t.Helper()
	for _, e := range h.all(t, id) {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.Type, "platforma.tenant."), ".v1"))
	}
	return names
}

func (h *house) all(t *testing.T, id tenant.ID) []event.Event {
	t.Helper()
	all, err := h.db.Events().List(tenant.NewContext(t.Context(), id), "tenant", page.Window{Limit: 1000})
	require.NoError(t, err)
	return all
}

// last decodes the entity of a tenant's last event.
func last[T any](t *testing.T, h *house, id tenant.ID) (entity T) {
	t.Helper()
	all := h.all(t, id)
	require.NoError(t, json.Unmarshal(all[len(all)-1].Data, &entity))
	return entity
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
