package peer

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/clock"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/words"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Actor is who acts in all peers' events: the host.
const Actor = "host"

// Rules are what an application knows besides its database. They are safe for
// concurrent use.
type Rules struct {
	clock clock.Clock
	ids   *id.Source
	desk  *desk
}

// NewRules returns the rules, with ids and times of their own.
func NewRules() *Rules {
	return &Rules{ids: id.NewSource(nil, rand.NewPCG(rand.Uint64(), rand.Uint64())), desk: newDesk()}
}

// Event says that something happened to an aggregate; data is the whole of it
// after the change.
func (r *Rules) Event(
	service, name string, tenant scope.TenantID, subject string, version int64, at time.Time, data any,
) (event.Event, error) {
	text, err := json.Marshal(data)
	return event.Event{
		ID: event.ID(r.ids.New(event.Prefix)), Service: service, Tenant: tenant, Type: event.TypeOf(service, name),
		Subject: subject, Version: version, Time: at, Actor: Actor, Data: text,
	}, err
}

// Approve lets a pending order start: it changes the order, which then needs
// to be stored, and returns what happened. Any other order is fault.ErrState.
// The items may be shared with whoever else read the order; they are replaced.
func (r *Rules) Approve(o *order.Order) (event.Event, error) {
	if o.Status != order.StatusPending {
		return event.Event{}, fault.New(fault.ErrState, "only a pending order can be approved")
	}
	now := r.clock.Now()
	o.Status, o.Phase = order.StatusProcessing, order.PhaseInProgress
	o.ApprovedBy, o.ApprovedAt = Actor, &now
	o.Version++
	o.UpdatedAt = now
	o.Items = slices.Clone(o.Items)
	for i := range o.Items {
		o.Items[i].Status = order.ItemProcessing
		if o.Items[i].ResourceType == "" {
			o.Items[i].Status = order.ItemProvisioned
		}
	}
	return r.Event("order", order.EventStarted, o.TenantID, string(o.ID), o.Version, now, *o)
}

// Draw makes the order of a draft, which waits for its approval, and prices it
// by the products that were read for it.
func (r *Rules) Draw(tenant scope.TenantID, d order.Draft, products []catalog.Product) (Placement, error) {
	quote, sold, err := r.desk.price(tenant, d, products)
	if err != nil {
		return Placement{}, err
	}
	now := r.clock.Now()
	o := order.Order{
		ID: order.ID(r.ids.New("ord")), TenantID: tenant, CustomerID: d.Customer,
		Status: order.StatusPending, Phase: order.PhaseAwaitingApproval, Attempt: 1, Items: make([]order.Item, len(sold)),
		TotalAmount: quote.Total.Number(), Currency: quote.Currency, Metadata: maps.Clone(d.Metadata), Version: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	for i, s := range sold {
		if o.Items[i], err = item(order.ItemID(r.ids.New("item")), s); err != nil {
			return Placement{}, err
		}
	}
	placed, err := r.Event("order", order.EventPlaced, tenant, string(o.ID), o.Version, now, o)
	return Placement{o, event.Commit{Events: []event.Event{placed}, Terms: OrderTerms(o), At: now}}, err
}

func item(id order.ItemID, sold catalog.Snapshot) (order.Item, error) {
	text, err := json.Marshal(sold)
	i := order.Item{
		ID: id, ProductID: sold.ProductID, SKU: sold.SKU, Name: sold.Name, Quantity: sold.Quantity,
		Region: sold.Region, Configuration: sold.Configuration, ResourceType: sold.Specs.ResourceType,
		Rates: make([]order.Rate, len(sold.Charges)), Snapshot: text, Amount: sold.Amount.Number(), Status: order.ItemPending,
	}
	for at, c := range sold.Charges {
		i.Rates[at] = order.Rate{Rule: c.Rule, Period: c.Period, Unit: c.Unit, Rate: c.Rate}
	}
	return i, err
}

// OrderTerms are what an order is found by: its products and its metadata, and,
// while it is open, its customer and products as open.
func OrderTerms(o order.Order) []page.Term {
	products := make([]string, len(o.Items))
	for i, item := range o.Items {
		products[i] = string(item.ProductID)
	}
	slices.Sort(products)
	products = slices.Compact(products)
	open := o.Status == order.StatusPending || o.Status == order.StatusProcessing
	terms := make([]page.Term, 0, 1+2*len(products)+len(o.Metadata))
	if open {
		terms = append(terms, page.Term{Key: "open", Value: string(o.CustomerID)})
	}
	for _, product := range products {
		terms = append(terms, page.Term{Key: "product", Value: product})
		if open {
			terms = append(terms, page.Term{Key: "open", Value: product})
		}
	}
	for key, value := range o.Metadata {
		terms = append(terms, page.Term{Key: "metadata." + key, Value: value})
	}
	return terms
}

// Stock makes the products of drafts, with what they are found by and an event
// for each.
func (r *Rules) Stock(tenant scope.TenantID, drafts []catalog.Draft) ([]catalog.New, []event.Event, error) {
	now := r.clock.Now()
	products := make([]catalog.New, len(drafts))
	events := make([]event.Event, len(drafts))
	for i, d := range drafts {
		p := catalog.Product{
			ID: catalog.ID(r.ids.New("prod")), TenantID: tenant, Name: d.Name, SKU: d.SKU, Category: d.Category,
			Specs: d.Specs, Pricing: d.Pricing, Regions: d.Regions, Status: catalog.StatusDraft,
			ProvisioningTemplateID: d.ProvisioningTemplateID, Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		products[i] = catalog.New{Product: p, Terms: productTerms(p)}
		var err error
		if events[i], err = r.Event("catalog", "created", tenant, string(p.ID), p.Version, now, p); err != nil {
			return nil, nil, err
		}
	}
	return products, events, nil
}

func productTerms(p catalog.Product) []page.Term {
	found := words.Of(p.Name, p.SKU)
	terms := make([]page.Term, 0, len(found)+len(p.Regions))
	for _, word := range found {
		terms = append(terms, page.Term{Key: "name", Value: word})
	}
	for _, region := range p.Regions {
		terms = append(terms, page.Term{Key: "region", Value: region})
	}
	return terms
}
