package gormpeer

import (
	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func modelOfOrder(o order.Order) *orderModel {
	m := &orderModel{
		TenantID: o.TenantID, ID: o.ID, Version: o.Version, CustomerID: o.CustomerID, Status: o.Status, Phase: o.Phase,
		Attempt: o.Attempt, TotalAmount: o.TotalAmount, Currency: o.Currency, Metadata: metadata{o.Metadata}, Failure: o.Failure,
		ApprovedBy: o.ApprovedBy, ApprovedAt: momentOf(o.ApprovedAt),
		CreatedAt: moment{o.CreatedAt}, UpdatedAt: moment{o.UpdatedAt}, ProvisionedAt: momentOf(o.ProvisionedAt),
		Items: make([]itemModel, len(o.Items)),
	}
	for line, i := range o.Items {
		m.Items[line] = itemModel{
			TenantID: o.TenantID, OrderID: o.ID, ID: i.ID, Line: line, ProductID: i.ProductID, SKU: i.SKU, Name: i.Name,
			Quantity: i.Quantity, Region: i.Region, Configuration: metadata{i.Configuration}, ResourceType: i.ResourceType,
			Rates: document[[]order.Rate]{i.Rates}, Snapshot: string(i.Snapshot), Amount: i.Amount, Status: i.Status,
		}
	}
	return m
}

func (m *orderModel) order() order.Order {
	o := order.Order{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, CustomerID: m.CustomerID, Status: m.Status, Phase: m.Phase,
		Attempt: m.Attempt, TotalAmount: m.TotalAmount, Currency: m.Currency, Metadata: m.Metadata.of, Failure: m.Failure,
		ApprovedBy: m.ApprovedBy, ApprovedAt: m.ApprovedAt.optional(),
		CreatedAt: m.CreatedAt.Time, UpdatedAt: m.UpdatedAt.Time, ProvisionedAt: m.ProvisionedAt.optional(),
		Items: make([]order.Item, len(m.Items)),
	}
	for at, i := range m.Items {
		o.Items[at] = order.Item{
			ID: i.ID, ProductID: i.ProductID, SKU: i.SKU, Name: i.Name, Quantity: i.Quantity, Region: i.Region,
			Configuration: i.Configuration.of, ResourceType: i.ResourceType, Rates: i.Rates.of, Snapshot: []byte(i.Snapshot),
			Amount: i.Amount, Status: i.Status,
		}
	}
	return o
}

func modelOfProduct(p catalog.Product) *productModel {
	m := &productModel{
		TenantID: p.TenantID, ID: p.ID, Version: p.Version, Name: p.Name, SKU: p.SKU, Category: p.Category,
		Specs:  document[catalog.ProductSpecs]{p.Specs},
		Status: p.Status, ProvisioningTemplateID: p.ProvisioningTemplateID,
		CreatedAt: moment{p.CreatedAt}, UpdatedAt: moment{p.UpdatedAt},
	}
	for line, region := range p.Regions {
		m.Regions = append(m.Regions, regionModel{TenantID: p.TenantID, ProductID: p.ID, Region: region, Line: line})
	}
	for line, r := range p.Pricing {
		m.Pricing = append(m.Pricing, ruleModel{
			TenantID: p.TenantID, ProductID: p.ID, Line: line, Name: r.Name, Region: r.Region, Currency: r.Model.Currency(),
			Period: r.Period, Model: document[price]{price{r.Model}},
		})
	}
	return m
}

func (m *productModel) product() catalog.Product {
	p := catalog.Product{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, Name: m.Name, SKU: m.SKU, Category: m.Category, Specs: m.Specs.of,
		Status: m.Status, ProvisioningTemplateID: m.ProvisioningTemplateID,
		CreatedAt: m.CreatedAt.Time, UpdatedAt: m.UpdatedAt.Time,
	}
	for _, r := range m.Regions {
		p.Regions = append(p.Regions, r.Region)
	}
	for _, r := range m.Pricing {
		p.Pricing = append(p.Pricing, catalog.PricingRule{Name: r.Name, Region: r.Region, Period: r.Period, Model: r.Model.of.Model})
	}
	return p
}

func modelsOfTerms(tenant scope.TenantID, id string, terms []page.Term) []termModel {
	models := make([]termModel, len(terms))
	for i, t := range terms {
		models[i] = termModel{TenantID: tenant, Key: t.Key, Value: t.Value, ID: id}
	}
	return models
}

func modelsOfEvents(events []event.Event) []eventModel {
	models := make([]eventModel, len(events))
	for i, e := range events {
		models[i] = eventModel{
			TenantID: e.Tenant, ID: e.ID, Type: e.Type, Subject: e.Subject, Version: e.Version, Time: moment{e.Time},
			Actor: e.Actor, Reason: e.Reason, CorrelationID: e.Correlation, CausationID: e.Causation,
			Data: string(e.Data),
		}
	}
	return models
}

// AsOrder implements [peer.Peer].
func (p *Peer) AsOrder(answer any) order.Order {
	return answer.(*orderModel).order() //nolint:forcetypeassert // its own answer
}

// AsOrders implements [peer.Peer].
func (p *Peer) AsOrders(answer any) (orders []order.Order, more bool) {
	models := answer.([]orderModel) //nolint:forcetypeassert // its own answer
	for i := range models {
		orders = append(orders, models[i].order())
	}
	return orders[:min(len(orders), peer.ListSize)], len(orders) > peer.ListSize
}

// AsCustomer implements [peer.Peer].
func (p *Peer) AsCustomer(answer any) customer.Customer {
	m := answer.(*customerModel) //nolint:forcetypeassert // its own answer
	return customer.Customer{
		ID: m.ID, TenantID: m.TenantID, Version: m.Version, Name: m.Name, Email: m.Email, Company: m.Company,
		BillingAddress: m.BillingAddress.of, PaymentMethod: m.PaymentMethod.of, Metadata: m.Metadata.of,
		CreatedAt: m.CreatedAt.Time, UpdatedAt: m.UpdatedAt.Time, DeletedAt: m.DeletedAt.optional(),
	}
}
