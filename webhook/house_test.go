package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// house is the service with its worker, on a database of its own, in a tenant
// whose endpoints are functions.
type house struct {
	*webhook.Service
	worker *webhook.Worker
	db     storage.Driver
	tenant tenant.ID
	ctx    context.Context //nolint:containedctx // a test's, with its scope
	log    bytes.Buffer

	mu  sync.Mutex
	now time.Time
	// answer is what the endpoints do; nil answers 204.
	answer   func(*http.Request, received) (int, http.Header, error)
	received []received
}

// received is a request that an endpoint saw.
type received struct {
	url    string
	header http.Header
	body   string
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// RoundTrip is the network.
func (h *house) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	got := received{url: r.URL.String(), header: r.Header.Clone(), body: string(body)}
	h.mu.Lock()
	h.received = append(h.received, got)
	answer := h.answer
	h.mu.Unlock()
	status, header := http.StatusNoContent, http.Header{}
	if answer != nil {
		if status, header, err = answer(r, got); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewBufferString("SECRET BODY")), Request: r}, nil
}

func (h *house) requests() []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]received(nil), h.received...)
}

func answers(status int) func(*http.Request, received) (int, http.Header, error) {
	return func(*http.Request, received) (int, http.Header, error) { return status, nil, nil }
}

func open(t *testing.T, o *webhook.Options) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	h.db = memory.NewAt(h.clock)
	gate := tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{
		Clock: h.clock, Entropy: rand.NewPCG(1, 2), Permissions: webhook.Permissions(),
	})
	options := webhook.Options{}
	if o != nil {
		options = *o
	}
	if options.Transport == nil {
		options.Transport = h
	}
	options.Logger = slog.New(slog.NewTextHandler(&h.log, nil))
	h.Service = webhook.NewService(h.db.Webhooks(), gate, &options)
	h.worker = webhook.NewWorker(h.db.Webhooks(), gate, &options)
	h.tenant = h.tenantCalled(t, "acme")
	h.ctx = tenant.NewContext(t.Context(), h.tenant)
	return h
}

func (h *house) tenantCalled(t *testing.T, slug string) tenant.ID {
	t.Helper()
	gate := tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{Clock: h.clock})
	made, err := tenant.NewService(h.db.Tenants(), gate, nil).Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: slug, Slug: slug})
	require.NoError(t, err)
	return made.ID
}

// create makes an endpoint.
func (h *house) create(t *testing.T, types ...string) webhook.Created {
	t.Helper()
	made, err := h.Create(h.ctx, webhook.Draft{URL: "https://hooks.example.com/in", Types: types})
	require.NoError(t, err)
	return made
}

var numbered = "evt_" + "0000000000000000000000000"

// happened is an event of now.
func (h *house) happened(n int) event.Event {
	return event.Event{
		ID: event.ID(numbered + string(rune('0'+n))), Service: "order", Tenant: h.tenant, Type: event.TypeOf("order", "placed"),
		Subject: "ord_1", Version: 1, Time: h.clock(), Position: int64(n) + 1, Actor: "host", Data: json.RawMessage(`{"version":1,"a":"<&>"}`),
	}
}

// hear lets the service hear of events, as the relay does.
func (h *house) hear(t *testing.T, events ...event.Event) {
	t.Helper()
	for _, e := range events {
		require.NoError(t, h.Hear(handling(t.Context(), e), e))
	}
}

func handling(ctx context.Context, e event.Event) context.Context {
	return scope.WithDelivery(scope.System(ctx, e.Tenant), &scope.Delivery{Subscription: webhook.Subscription, Event: string(e.ID)})
}

// work does what is due now.
func (h *house) work(t *testing.T) {
	t.Helper()
	for {
		n, err := h.worker.Step(t.Context(), false)
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}

func (h *house) deliveries(t *testing.T) []webhook.Delivery {
	t.Helper()
	p, err := h.Deliveries(h.ctx, webhook.DeliveryQuery{Request: page.Request{Limit: 500}})
	require.NoError(t, err)
	return p.Items
}

func (h *house) attempts(t *testing.T) []webhook.Attempt {
	t.Helper()
	p, err := h.Attempts(h.ctx, webhook.AttemptQuery{Request: page.Request{Limit: 500}})
	require.NoError(t, err)
	return p.Items
}

// events are the types of the service's own events, in their order.
func (h *house) events(t *testing.T) (types []string) {
	t.Helper()
	all, err := h.db.Events().List(h.ctx, "webhook", page.Window{Limit: 500})
	require.NoError(t, err)
	for _, e := range all {
		types = append(types, e.Type)
	}
	return types
}
