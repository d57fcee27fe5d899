package webhook_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/webhook"
)

func TestAnEventGoesToWhomItConcerns(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	all, orders := h.create(t), h.create(t, "platforma.order.*")
	h.create(t, "platforma.customer.*")
	paused := h.create(t)
	_, err := h.Pause(h.ctx, paused.ID)
	require.NoError(t, err)
	e := h.happened(0)
	h.hear(t, e)
	now := h.clock()
	want := func(of webhook.Created, id webhook.DeliveryID) webhook.Delivery {
		return webhook.Delivery{
			ID: id, TenantID: h.tenant, EndpointID: of.ID, EventID: e.ID, EventService: "order", EventType: e.Type,
			Status: webhook.DeliveryPending, DueAt: &now, Version: 1, CreatedAt: now, UpdatedAt: now,
		}
	}
	got := h.deliveries(t)
	require.Len(t, got, 2)
	require.Empty(t, cmp.Diff([]webhook.Delivery{want(all, got[0].ID), want(orders, got[1].ID)}, got))

	// What is delivered again makes nothing twice, and the relay is told so.
	err = h.Hear(handling(t.Context(), e), e)
	require.ErrorIs(t, err, event.ErrDelivered)
	require.Len(t, h.deliveries(t), 2)
	h.work(t)
	require.Len(t, h.requests(), 2)
	body, err := json.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, string(body), h.requests()[0].body)
}

func TestAnEndpointHearsOfWhatHappenedSinceItWasThere(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	before := h.happened(0)
	h.pass(time.Microsecond)
	h.create(t)
	h.hear(t, before, h.happened(1))
	got := h.deliveries(t)
	require.Len(t, got, 1)
	require.Equal(t, h.happened(1).ID, got[0].EventID)
}

func TestWithoutEndpointsNothingIsWritten(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	e := h.happened(0)
	h.hear(t, e, e) // not even the receipt
	h.create(t, "platforma.customer.*")
	h.hear(t, e)
	require.Empty(t, h.deliveries(t))
}

func TestPing(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t, "platforma.customer.*")
	h.create(t)
	d, err := h.Ping(h.ctx, made.ID)
	require.NoError(t, err)
	require.Nil(t, d.Payload)
	h.work(t)
	require.Len(t, h.requests(), 1, "it goes to one endpoint")
	got := h.requests()[0]
	require.Equal(t, string(d.EventID), got.header.Get("Webhook-Id"))
	var e event.Event
	require.NoError(t, json.Unmarshal([]byte(got.body), &e))
	require.Equal(t, "platforma.webhook.endpoint.ping.v1", e.Type)
	require.Equal(t, string(made.ID), e.Subject)
	require.Len(t, h.events(t), 2, "and is no event of the service's")
	_, err = h.Ping(h.ctx, "hook_x")
	require.ErrorIs(t, err, fault.ErrInvalid)
}
