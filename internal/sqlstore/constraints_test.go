package sqlstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
)

// Both schemas know the state tables: what no service ever stores is refused,
// whoever tries it, and answers as a broken rule.
func TestSchemasRefuseWhatCannotBe(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db, err := sqlite.Open(t.Context(), sqlite.Memory, nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		refuses(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		refuses(t, postgrestest.Open(t))
	})
}

func refuses(t *testing.T, db storage.Driver) {
	t.Helper()
	ids := id.NewSource(nil, nil)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ctx := scope.Tenant(t.Context(), scope.TenantID(ids.New(scope.TenantPrefix)))
	refused := func(what string, try func(spoil bool) error) {
		t.Helper()
		require.NoError(t, try(false), what)
		require.Equal(t, fault.ErrInvalid, fault.KindOf(try(true)), what)
	}
	rate, err := money.NewRate("1", "USD")
	require.NoError(t, err)
	for what, spoil := range map[string]func(*catalog.Product){
		"a product's status":   func(p *catalog.Product) { p.Status = "sold" },
		"a product's category": func(p *catalog.Product) { p.Category = "compote" },
		"a rule's period":      func(p *catalog.Product) { p.Pricing[0].Period = "week" },
		"a product's version":  func(p *catalog.Product) { p.Version = 0 },
	} {
		refused(what, func(spoiled bool) error {
			p := catalog.Product{
				ID: catalog.ID(ids.New("prod")), SKU: ids.New("sku"), Category: catalog.CategoryCompute, Status: catalog.StatusDraft,
				Pricing: catalog.Pricing{{Period: catalog.PeriodDay, Model: catalog.Flat{Rate: rate}}},
				Version: 1, CreatedAt: now, UpdatedAt: now,
			}
			if spoiled {
				spoil(&p)
			}
			return db.Catalog().Create(ctx, p, event.Commit{})
		})
	}
	for what, spoil := range map[string]func(*order.Order){
		"an order's status":        func(o *order.Order) { o.Status = "lost" },
		"an order's phase":         func(o *order.Order) { o.Phase = "lost" },
		"an item's status":         func(o *order.Order) { o.Items[0].Status = "lost" },
		"a quantity":               func(o *order.Order) { o.Items[0].Quantity = 0 },
		"an attempt":               func(o *order.Order) { o.Attempt = 0 },
		"a missing moment":         func(o *order.Order) { o.Status, o.Phase = order.StatusProvisioned, order.PhaseAtRest },
		"a moment that is not due": func(o *order.Order) { o.ProvisionedAt = &now },
	} {
		refused(what, func(spoiled bool) error {
			o := order.Order{
				ID: order.ID(ids.New("ord")), Status: order.StatusPending, Phase: order.PhaseAwaitingApproval, Attempt: 1, TotalAmount: "0",
				Currency: "USD", Version: 1, CreatedAt: now, UpdatedAt: now, Items: []order.Item{{
					ID: order.ItemID(ids.New("item")), Quantity: 1, Snapshot: []byte(`{}`), Amount: "0", Status: order.ItemPending,
				}},
			}
			if spoiled {
				spoil(&o)
			}
			return db.Orders().Create(ctx, o, event.Commit{})
		})
	}
	for what, spoil := range map[string]func(*resource.Resource){
		"a resource's status":     func(r *resource.Resource) { r.Status = "lost" },
		"what it should be":       func(r *resource.Resource) { r.Desired = "lost" },
		"a resource's phase":      func(r *resource.Resource) { r.Phase = "lost" },
		"an action":               func(r *resource.Resource) { r.Action = "lose" },
		"a type":                  func(r *resource.Resource) { r.Type = "" },
		"a unit":                  func(r *resource.Resource) { r.Unit = 0 },
		"an attempt of an order":  func(r *resource.Resource) { r.Attempt = 0 },
		"tries":                   func(r *resource.Resource) { r.Tries = -1 },
		"an end of what is there": func(r *resource.Resource) { r.TerminatedAt = &now },
	} {
		refused(what, func(spoiled bool) error {
			r := resource.Resource{
				ID: resource.ID(ids.New("res")), OrderID: order.ID(ids.New("ord")), OrderItemID: order.ItemID(ids.New("item")),
				Unit: 1, Attempt: 1,
				Type: catalog.TypeVirtualMachine, Status: resource.StatusProvisioning, Desired: resource.DesiredRunning,
				Phase: resource.PhaseRequested, Version: 1, CreatedAt: now, UpdatedAt: now,
			}
			if spoiled {
				spoil(&r)
			}
			return db.Resources().Write(ctx, resource.Changes{NewResources: []resource.Resource{r}}, event.Commit{})
		})
	}
}
