package entpeer

import (
	"time"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
)

func orderOf(m *ent.Order) order.Order {
	o := order.Order{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, CustomerID: m.CustomerID, Status: m.Status, Phase: m.Phase,
		Attempt: m.Attempt, TotalAmount: m.TotalAmount, Currency: m.Currency, Metadata: m.Metadata, Failure: m.Failure,
		ApprovedBy: m.ApprovedBy, ApprovedAt: utc(m.ApprovedAt), CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(),
		ProvisionedAt: utc(m.ProvisionedAt), Items: make([]order.Item, len(m.Edges.Items)),
	}
	for at, i := range m.Edges.Items {
		o.Items[at] = order.Item{
			ID: i.ID, ProductID: i.ProductID, SKU: i.Sku, Name: i.Name, Quantity: i.Quantity, Region: i.Region,
			Configuration: i.Configuration, ResourceType: i.ResourceType, Rates: i.Rates, Snapshot: []byte(i.Snapshot),
			Amount: i.Amount, Status: i.Status,
		}
	}
	return o
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

func productOf(m *ent.Product) catalog.Product {
	p := catalog.Product{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, Name: m.Name, SKU: m.Sku, Category: m.Category, Specs: m.Specs,
		Status: m.Status, ProvisioningTemplateID: m.ProvisioningTemplateID,
		CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(),
	}
	for _, r := range m.Edges.Regions {
		p.Regions = append(p.Regions, r.ID)
	}
	for _, r := range m.Edges.Pricing {
		p.Pricing = append(p.Pricing, catalog.PricingRule{Name: r.ID, Region: r.Region, Period: r.Period, Model: r.Model.Model})
	}
	return p
}

// AsOrder implements [peer.Peer].
func (p *Peer) AsOrder(answer any) order.Order {
	if o, made := answer.(order.Order); made {
		return o
	}
	return orderOf(answer.(*ent.Order)) //nolint:forcetypeassert // its own answer
}

// AsOrders implements [peer.Peer].
func (p *Peer) AsOrders(answer any) (orders []order.Order, more bool) {
	for _, m := range answer.([]*ent.Order) { //nolint:forcetypeassert // its own answer
		orders = append(orders, orderOf(m))
	}
	return orders[:min(len(orders), peer.ListSize)], len(orders) > peer.ListSize
}

// AsCustomer implements [peer.Peer].
func (p *Peer) AsCustomer(answer any) customer.Customer {
	m := answer.(*ent.Customer) //nolint:forcetypeassert // its own answer
	return customer.Customer{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, Name: m.Name, Email: m.Email, Company: m.Company,
		BillingAddress: m.BillingAddress, PaymentMethod: m.PaymentMethod, Metadata: m.Metadata,
		CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(), DeletedAt: utc(m.DeletedAt),
	}
}
