package interop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// TestTheStandardLibraryVerifiesWhatIsSent has the Go library of the Standard
// Webhooks project receive webhooks, before and after a secret was rotated.
func TestTheStandardLibraryVerifiesWhatIsSent(t *testing.T) {
	t.Parallel()
	var (
		mu       sync.Mutex
		verifier *standardwebhooks.Webhook
		refusals []error
		taken    int
	)
	trust := func(s webhook.Secret) {
		made, err := standardwebhooks.NewWebhook(string(s))
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		verifier = made
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			err = verifier.Verify(body, r.Header)
		}
		if err != nil {
			refusals = append(refusals, err)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		taken++
	}))
	t.Cleanup(server.Close)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
	require.NoError(t, err)
	p, err := platforma.New(db, &platforma.Options{Webhooks: &webhook.Options{AllowHTTP: true, AllowPrivate: true}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme Cloud", Slug: "acme"})
	require.NoError(t, err)
	ctx := tenant.NewContext(t.Context(), acme.ID)
	endpoint, err := p.Webhooks.Create(ctx, webhook.Draft{URL: server.URL, Types: []string{"platforma.customer.*"}})
	require.NoError(t, err)
	send := func(email string, want int) {
		t.Helper()
		_, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada <&> Lovelace 🦊", Email: email})
		require.NoError(t, err)
		require.NoError(t, p.Settle(ctx))
		mu.Lock()
		defer mu.Unlock()
		require.Empty(t, refusals)
		require.Equal(t, want, taken)
	}
	trust(endpoint.Secret)
	send("ada@example.com", 1)
	rotated, err := p.Webhooks.RotateSecret(ctx, endpoint.ID)
	require.NoError(t, err)
	send("grace@example.com", 2)
	trust(rotated)
	send("edith@example.com", 3)
}

// TestVerifyTakesWhatTheStandardLibrarySigns is the other way round.
func TestVerifyTakesWhatTheStandardLibrarySigns(t *testing.T) {
	t.Parallel()
	const secret, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
	signer, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	now := time.Unix(1614265330, 0)
	for _, body := range []string{"", "{}", `{"test": 2432232314}`, "🦊\x00"} {
		signature, err := signer.Sign(id, now, []byte(body))
		require.NoError(t, err)
		h := http.Header{}
		h.Set("Webhook-Id", id)
		h.Set("Webhook-Timestamp", "1614265330")
		h.Set("Webhook-Signature", signature)
		require.NoError(t, webhook.Verify(h, []byte(body), []webhook.Secret{secret}, 0, now))
		require.Error(t, webhook.Verify(h, []byte(body+" "), []webhook.Secret{secret}, 0, now))
	}
}
