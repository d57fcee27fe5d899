package world

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// templates is how many orders of a tenant are placed by the whole command; the
// others repeat them under ids of their own.
const templates = 8

// ids makes ids.
type ids struct{ *id.Source }

// settle makes a tenant whose orders all await approval.
func (w *World) settle(ctx context.Context, slug string, size Size) (*Tenant, error) {
	made, err := w.facade.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{
		Name: slug, Slug: slug,
		Settings: tenant.Settings{DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll}},
	})
	if err != nil {
		return nil, err
	}
	t := &Tenant{ID: made.ID, ids: &ids{id.NewSource(nil, rand.NewPCG(rand.Uint64(), rand.Uint64()))}}
	ctx = tenant.NewContext(ctx, t.ID)
	if err := w.register(ctx, t, size.Customers); err != nil {
		return nil, err
	}
	if err := w.stock(ctx, t, size.Products); err != nil {
		return nil, err
	}
	if err := w.order(ctx, t, size.Orders); err != nil {
		return nil, err
	}
	return t, w.turnPages(ctx, t)
}

// register makes customers, each with an address and a payment method.
func (w *World) register(ctx context.Context, t *Tenant, count int) error {
	for i := range count {
		made, err := w.facade.Customers.Create(ctx, customer.Draft{
			Name: fmt.Sprintf("Ada Lovelace %d", i), Email: fmt.Sprintf("Ada.%d@example.com", i), Company: "Analytical Engines Ltd",
			BillingAddress: customer.Address{
				Lines: []string{"12 St James's Square", "Floor 3"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB",
			},
			PaymentMethod: customer.PaymentMethod{
				Kind: customer.PaymentCard, Provider: "stripe", Token: fmt.Sprintf("pm_%08dQ", i), Brand: "Visa", LastFour: "4242",
				Expiry: "2031-04",
			},
			Metadata: map[string]string{"tier": "gold", "crm": fmt.Sprintf("0017Q%06d", i), "region": "emea"},
		})
		if err != nil {
			return err
		}
		t.customers = append(t.customers, made.ID)
		t.Emails = append(t.Emails, fmt.Sprintf("ada.%d@Example.com", i))
	}
	return nil
}

// order makes drafts, places some, and repeats what was placed.
func (w *World) order(ctx context.Context, t *Tenant, count int) error {
	for i := range 3 * templates {
		t.Drafts = append(t.Drafts, t.draft(i))
	}
	for i := range templates {
		placed, err := w.facade.Orders.Place(ctx, t.Drafts[i])
		if err != nil {
			return err
		}
		made, err := newTemplate(placed)
		if err != nil {
			return err
		}
		t.templates = append(t.templates, made)
		t.Orders = append(t.Orders, placed.ID)
	}
	for len(t.Orders) < count {
		placement := t.Placement()
		if err := w.facade.Place(ctx, placement); err != nil {
			return err
		}
		t.Orders = append(t.Orders, placement.Order.ID)
	}
	return nil
}

// draft is an order of three items: a machine, a volume, an address.
func (t *Tenant) draft(i int) order.Draft {
	kinds := len(t.products) / 3
	item := func(kind int, quantity int64, configuration map[string]string) order.ItemDraft {
		return order.ItemDraft{Product: t.products[kind*kinds+i%kinds], Quantity: quantity, Configuration: configuration}
	}
	return order.Draft{
		Customer: t.customers[i%len(t.customers)], Currency: "USD", Region: regions()[i%len(regions())],
		Items: []order.ItemDraft{
			item(0, int64(1+i%5), map[string]string{"disk_gib": "160", "image": "debian-13"}),
			item(1, 1, map[string]string{"disk_gib": "500"}),
			item(2, 1, nil),
		},
		Metadata: map[string]string{
			"channel": "console", "project": fmt.Sprintf("apollo-%d", i%7), "purchase_order": fmt.Sprintf("PO-2026-%05d", i),
		},
	}
}

// turnPages remembers where the first pages end, the newest first.
func (w *World) turnPages(ctx context.Context, t *Tenant) error {
	t.Pages = []peer.Position{{}}
	r := page.Request{Limit: peer.ListSize, Newest: true}
	for len(t.Pages) < 10 {
		p, err := w.facade.Orders.List(ctx, order.Query{Request: r})
		if err != nil {
			return err
		}
		if p.Next == "" {
			return nil
		}
		r.After = p.Next
		t.Pages = append(t.Pages, peer.Position{After: p.Items[len(p.Items)-1].ID, Cursor: p.Next})
	}
	return nil
}
