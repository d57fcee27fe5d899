package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// onNetwork is a worker on the real network, which is the loopback.
func onNetwork(t *testing.T, h *house, o webhook.Options) *webhook.Worker {
	t.Helper()
	return webhook.NewWorker(h.db.Webhooks(), tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{Clock: h.clock}), &o)
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	followed := false
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/secret", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/secret", func(http.ResponseWriter, *http.Request) { followed = true })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h := open(t, &webhook.Options{AllowHTTP: true, AllowPrivate: true})
	_, err := h.Create(h.ctx, webhook.Draft{URL: server.URL + "/in"})
	require.NoError(t, err)
	h.hear(t, h.happened(0))
	_, err = onNetwork(t, h, webhook.Options{AllowHTTP: true, AllowPrivate: true}).Step(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, "answered 307, and redirects are not followed", h.attempts(t)[0].Error)
	require.False(t, followed)
}

// An endpoint that was allowed once is refused where it is dialled.
func TestTheWorkerRefusesPrivateAddresses(t *testing.T) {
	t.Parallel()
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(server.Close)
	h := open(t, &webhook.Options{AllowHTTP: true, AllowPrivate: true})
	for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		_, err := h.Create(h.ctx, webhook.Draft{URL: url})
		require.NoError(t, err)
	}
	h.hear(t, h.happened(0))
	_, err := onNetwork(t, h, webhook.Options{AllowHTTP: true}).Step(t.Context(), false)
	require.NoError(t, err)
	require.False(t, reached)
	for _, a := range h.attempts(t) {
		require.Equal(t, "the host's address is not public", a.Error)
	}
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	h := open(t, &webhook.Options{AllowHTTP: true, AllowPrivate: true})
	_, err := h.Create(h.ctx, webhook.Draft{URL: server.URL})
	require.NoError(t, err)
	h.hear(t, h.happened(0))
	_, err = onNetwork(t, h, webhook.Options{AllowHTTP: true, AllowPrivate: true}).Step(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[0].Status)
}

// Nothing of a step outlives it: no connection, and none of its goroutines.
func TestAStepLeavesNoConnection(t *testing.T) { //nolint:paralleltest // it looks at all goroutines
	before := goleak.IgnoreCurrent()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	h := open(t, &webhook.Options{AllowHTTP: true, AllowPrivate: true})
	_, err := h.Create(h.ctx, webhook.Draft{URL: server.URL})
	require.NoError(t, err)
	h.hear(t, h.happened(0), h.happened(1))
	_, err = onNetwork(t, h, webhook.Options{AllowHTTP: true, AllowPrivate: true}).Step(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[1].Status)
	server.Listener.Close()
	goleak.VerifyNone(t, before)
}
