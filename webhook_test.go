package platforma_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// inbox is a receiver that takes what is signed with one of its secrets.
type inbox struct {
	*httptest.Server

	mu      sync.Mutex
	secrets []webhook.Secret
	ids     []string
	refused int
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	i := &inbox{}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		i.mu.Lock()
		defer i.mu.Unlock()
		if err != nil || webhook.Verify(r.Header, body, i.secrets, 0, time.Now()) != nil {
			i.refused++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		i.ids = append(i.ids, r.Header.Get("Webhook-Id"))
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *inbox) trust(secrets ...webhook.Secret) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.secrets = secrets
}

func (i *inbox) seen() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.ids)
}

// onBothSending is onBoth for platforms that send to the loopback.
func onBothSending(t *testing.T, test func(t *testing.T, open func() *platforma.Platform)) {
	t.Helper()
	on := func(name string, begin func(t *testing.T) func() storage.Driver) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := begin(t)
			test(t, func() *platforma.Platform {
				o := platformatest.Options()
				o.Webhooks = &webhook.Options{AllowHTTP: true, AllowPrivate: true}
				return newPlatform(t, db(), o)
			})
		})
	}
	on("sqlite", func(t *testing.T) func() storage.Driver {
		t.Helper()
		path := filepath.Join(t.TempDir(), "cloud.db")
		return func() storage.Driver {
			db, err := sqlite.Open(context.Background(), path, nil)
			require.NoError(t, err)
			return db
		}
	})
	on("postgres", func(t *testing.T) func() storage.Driver {
		t.Helper()
		database := postgrestest.New(t)
		return func() storage.Driver { return postgrestest.OpenAt(t, database, nil) }
	})
	on("memory", func(*testing.T) func() storage.Driver {
		db := memory.New()
		return func() storage.Driver { return db }
	})
}

func TestWebhooksTellOfEverything(t *testing.T) {
	t.Parallel()
	onBothSending(t, func(t *testing.T, open func() *platforma.Platform) {
		p := open()
		acme, other := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		all, few, theirs := newInbox(t), newInbox(t), newInbox(t)
		create := func(ctx context.Context, to *inbox, types ...string) webhook.Created {
			made, err := p.Webhooks.Create(ctx, webhook.Draft{URL: to.URL, Types: types})
			require.NoError(t, err)
			to.trust(made.Secret)
			return made
		}
		first := create(ctx, all)
		create(ctx, few, "platforma.customer.*")
		create(tenant.NewContext(t.Context(), other.Tenant), theirs)
		grace, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: "grace@example.com"})
		require.NoError(t, err)
		_, err = p.Resources.Stop(ctx, firstResource(ctx, t, p))
		require.NoError(t, err)
		require.NoError(t, p.Settle(ctx))

		var want []string
		for e, err := range p.Events.All(ctx, platforma.EventQuery{}) {
			require.NoError(t, err)
			if !e.Time.Before(first.CreatedAt) {
				want = append(want, string(e.ID))
			}
		}
		require.ElementsMatch(t, want, all.seen())
		require.Len(t, few.seen(), 1)
		require.Len(t, theirs.seen(), 1, "that their own endpoint was created")
		require.Zero(t, all.refused+few.refused+theirs.refused)
		for d, err := range p.Webhooks.AllDeliveries(ctx, webhook.DeliveryQuery{}) {
			require.NoError(t, err)
			require.Equal(t, webhook.DeliveryDelivered, d.Status)
		}

		// A secret that changes, and a receiver that learns it late.
		made, err := p.Webhooks.RotateSecret(ctx, first.ID)
		require.NoError(t, err)
		_, err = p.Customers.Update(ctx, grace.ID, customer.Change{Company: new("Navy")})
		require.NoError(t, err)
		require.NoError(t, p.Settle(ctx))
		require.Len(t, all.seen(), len(want)+2)
		all.trust(made)
		_, err = p.Webhooks.Ping(ctx, first.ID)
		require.NoError(t, err)
		require.NoError(t, p.Settle(ctx))
		require.Len(t, all.seen(), len(want)+3)
		require.NoError(t, p.Webhooks.Delete(ctx, first.ID))
		require.NoError(t, p.Settle(ctx))
	})
}

// Two processes send each delivery once.
func TestWebhooksOfTwoProcesses(t *testing.T) {
	t.Parallel()
	onBothSending(t, func(t *testing.T, open func() *platforma.Platform) {
		one, two := open(), open()
		made, err := one.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "acme", Slug: "acme"})
		require.NoError(t, err)
		ctx := tenant.NewContext(t.Context(), made.ID)
		to := newInbox(t)
		endpoint, err := one.Webhooks.Create(ctx, webhook.Draft{URL: to.URL, Types: []string{"platforma.customer.*"}})
		require.NoError(t, err)
		to.trust(endpoint.Secret)
		const count = 40
		var group sync.WaitGroup
		for n, p := range []*platforma.Platform{one, two} {
			group.Go(func() {
				for i := range count / 2 {
					_, err := p.Customers.Create(ctx, customer.Draft{Name: "C", Email: string(rune('a'+n)) + string(rune('a'+i)) + "@example.com"})
					if err != nil {
						t.Error(err)
					}
				}
				if err := p.Settle(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		require.NoError(t, one.Settle(ctx))
		seen := to.seen()
		require.Len(t, seen, count)
		slices.Sort(seen)
		require.Len(t, slices.Compact(seen), count)
	})
}

func TestRunSendsWebhooks(t *testing.T) {
	t.Parallel()
	onBothSending(t, func(t *testing.T, open func() *platforma.Platform) {
		p := open()
		made, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "acme", Slug: "acme"})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		to := newInbox(t)
		of := tenant.NewContext(t.Context(), made.ID)
		endpoint, err := p.Webhooks.Create(of, webhook.Draft{URL: to.URL, Types: []string{"platforma.customer.*"}})
		require.NoError(t, err)
		to.trust(endpoint.Secret)
		_, err = p.Customers.Create(of, customer.Draft{Name: "Ada", Email: "ada@example.com"})
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(to.seen()) == 1 }, 30*time.Second, time.Millisecond)
		cancel()
		require.NoError(t, <-ended)
	})
}

func firstResource(ctx context.Context, t *testing.T, p *platforma.Platform) resource.ID {
	t.Helper()
	all, err := p.Resources.List(ctx, resource.Query{})
	require.NoError(t, err)
	return all.Items[0].ID
}
