package peer

import (
	"context"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// desk prices orders. What a price is computed from is the same for all peers,
// so all use the library's own engine: here on products that are in memory.
type desk struct{ gate *tenant.Gate }

func newDesk() *desk {
	return &desk{tenant.NewGate(open{}, &tenant.GateOptions{TTL: 24 * time.Hour})}
}

func (d *desk) price(of scope.TenantID, draft order.Draft, products []catalog.Product) (catalog.Quote, []catalog.Snapshot, error) {
	request := catalog.QuoteRequest{
		Items: make([]catalog.QuoteItem, len(draft.Items)), Currency: draft.Currency, Region: draft.Region,
	}
	for i, item := range draft.Items {
		request.Items[i] = catalog.QuoteItem(item)
	}
	engine := catalog.NewService(shelf{products: products}, d.gate, nil)
	return engine.Price(scope.System(context.Background(), of), request)
}

// shelf is a store that has what was read already.
type shelf struct {
	catalog.Store
	products []catalog.Product
}

func (s shelf) Many(context.Context, []catalog.ID) ([]catalog.Product, error) { return s.products, nil }

// open is a store of tenants who are all active.
type open struct{ tenant.Store }

func (open) Standing(context.Context, tenant.UserID) (tenant.Standing, error) {
	return tenant.Standing{Status: tenant.Active}, nil
}
