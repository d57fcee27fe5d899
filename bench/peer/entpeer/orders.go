package entpeer

import (
	"context"
	"errors"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent"
	entcustomer "github.com/platforma/platforma/bench/peer/entpeer/ent/customer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/item"
	entorder "github.com/platforma/platforma/bench/peer/entpeer/ent/order"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/predicate"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/product"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/region"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/rule"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/term"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Get implements [peer.Peer].
func (p *Peer) Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	var found *ent.Order
	err := p.read(ctx, "order", tenant, func(tx *ent.Tx) (err error) {
		found, err = readOrder(ctx, tx, tenant, id)
		return err
	})
	return found, err
}

// readOrder reads an order with its items.
func readOrder(ctx context.Context, tx *ent.Tx, tenant scope.TenantID, id order.ID) (*ent.Order, error) {
	return tx.Order.Query().Where(entorder.TenantID(tenant), entorder.ID(id)).WithItems(itemsOf(tenant)).Only(ctx)
}

// itemsOf are the items of orders, in the order of their lines.
func itemsOf(tenant scope.TenantID) func(*ent.ItemQuery) {
	return func(q *ent.ItemQuery) { q.Where(item.TenantID(tenant)).Order(ent.Asc(item.FieldLine)) }
}

// List implements [peer.Peer].
func (p *Peer) List(ctx context.Context, tenant scope.TenantID, after peer.Position) (any, error) {
	var found []*ent.Order
	err := p.read(ctx, "order", tenant, func(tx *ent.Tx) (err error) {
		q := tx.Order.Query().Where(entorder.TenantID(tenant))
		if after.After != "" {
			q = q.Where(entorder.IDLT(after.After))
		}
		found, err = q.WithItems(itemsOf(tenant)).Order(ent.Desc(entorder.FieldID)).Limit(peer.ListSize + 1).All(ctx)
		return err
	})
	return found, err
}

// Place implements [peer.Peer].
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	o := placement.Order
	return p.write(ctx, "order", o.TenantID, func(tx *ent.Tx) error {
		_, err := place(ctx, tx, o)
		if err == nil {
			err = addTerms(ctx, tx, o, placement.Commit.Terms)
		}
		if err == nil {
			err = publish(ctx, tx, placement.Commit.Events)
		}
		return err
	})
}

// place stores an order with its items.
func place(ctx context.Context, tx *ent.Tx, o order.Order) (*ent.Order, error) {
	placed, err := tx.Order.Create().SetID(o.ID).SetTenantID(o.TenantID).SetVersion(o.Version).SetCustomerID(o.CustomerID).
		SetStatus(o.Status).SetPhase(o.Phase).SetAttempt(o.Attempt).SetTotalAmount(o.TotalAmount).SetCurrency(o.Currency).
		SetMetadata(o.Metadata).SetFailure(o.Failure).SetApprovedBy(o.ApprovedBy).SetNillableApprovedAt(o.ApprovedAt).
		SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetNillableProvisionedAt(o.ProvisionedAt).Save(ctx)
	if err != nil {
		return nil, err
	}
	placed.Edges.Items, err = tx.Item.MapCreateBulk(o.Items, func(c *ent.ItemCreate, line int) {
		i := o.Items[line]
		c.SetID(i.ID).SetTenantID(o.TenantID).SetOrderID(o.ID).SetLine(line).SetProductID(i.ProductID).SetSku(i.SKU).
			SetName(i.Name).SetQuantity(i.Quantity).SetRegion(i.Region).SetConfiguration(i.Configuration).
			SetResourceType(i.ResourceType).SetRates(i.Rates).SetSnapshot(string(i.Snapshot)).SetAmount(i.Amount).
			SetStatus(i.Status)
	}).Save(ctx)
	return placed, err
}

// addTerms stores what an order is found by.
func addTerms(ctx context.Context, tx *ent.Tx, o order.Order, terms []page.Term) error {
	return tx.Term.MapCreateBulk(terms, func(c *ent.TermCreate, at int) {
		c.SetID(string(o.ID)).SetTenantID(o.TenantID).SetKey(terms[at].Key).SetValue(terms[at].Value)
	}).Exec(ctx)
}

// publish stores events.
func publish(ctx context.Context, tx *ent.Tx, events []event.Event) error {
	return tx.Entry.MapCreateBulk(events, func(c *ent.EntryCreate, at int) {
		e := events[at]
		c.SetID(e.ID).SetTenantID(e.Tenant).SetType(e.Type).SetSubject(e.Subject).SetVersion(e.Version).SetTime(e.Time).
			SetActor(e.Actor).SetReason(e.Reason).SetCorrelationID(e.Correlation).SetCausationID(e.Causation).
			SetData(string(e.Data))
	}).Exec(ctx)
}

// Order implements [peer.Peer].
func (p *Peer) Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error) {
	if err := p.read(ctx, "customer", tenant, func(tx *ent.Tx) error {
		_, err := tx.Customer.Query().
			Where(entcustomer.TenantID(tenant), entcustomer.ID(d.Customer), entcustomer.DeletedAtIsNil()).Only(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	products, err := p.products(ctx, tenant, d)
	if err != nil {
		return nil, err
	}
	placement, err := p.rules.Draw(tenant, d, products) //nolint:contextcheck // it computes
	if err != nil {
		return nil, err
	}
	return placement.Order, p.Place(ctx, placement)
}

// products reads the products of a draft with their regions and prices.
func (p *Peer) products(ctx context.Context, tenant scope.TenantID, d order.Draft) ([]catalog.Product, error) {
	ids := make([]catalog.ID, len(d.Items))
	for i, item := range d.Items {
		ids[i] = item.Product
	}
	var found []*ent.Product
	err := p.read(ctx, "catalog", tenant, func(tx *ent.Tx) (err error) {
		found, err = tx.Product.Query().Where(product.TenantID(tenant), product.IDIn(ids...)).
			WithRegions(func(q *ent.RegionQuery) { q.Where(region.TenantID(tenant)).Order(ent.Asc(region.FieldLine)) }).
			WithPricing(func(q *ent.RuleQuery) { q.Where(rule.TenantID(tenant)).Order(ent.Asc(rule.FieldLine)) }).
			Order(ent.Asc(product.FieldID)).All(ctx)
		return err
	})
	products := make([]catalog.Product, len(found))
	for i, f := range found {
		products[i] = productOf(f)
	}
	return products, err
}

// errChanged says that somebody else changed the order first.
var errChanged = errors.New("the order changed since it was read")

// Update implements [peer.Peer].
func (p *Peer) Update(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	var o order.Order
	err := p.write(ctx, "order", tenant, func(tx *ent.Tx) error {
		found, err := readOrder(ctx, tx, tenant, id)
		if err != nil {
			return err
		}
		o = orderOf(found)
		former := peer.OrderTerms(o)
		started, err := p.rules.Approve(&o)
		if err != nil {
			return err
		}
		saved, err := tx.Order.Update().
			Where(entorder.TenantID(tenant), entorder.ID(id), entorder.Version(found.Version)).
			SetVersion(o.Version).SetStatus(o.Status).SetPhase(o.Phase).SetApprovedBy(o.ApprovedBy).
			SetNillableApprovedAt(o.ApprovedAt).SetUpdatedAt(o.UpdatedAt).Save(ctx)
		if err != nil {
			return err
		}
		if saved != 1 {
			return errChanged
		}
		if err := saveItems(ctx, tx, o); err != nil {
			return err
		}
		if err := saveTerms(ctx, tx, o, former, peer.OrderTerms(o)); err != nil {
			return err
		}
		return publish(ctx, tx, []event.Event{started})
	})
	return o, err
}

// saveItems stores the statuses of an order's items: one statement for those
// that have the same.
func saveItems(ctx context.Context, tx *ent.Tx, o order.Order) error {
	byStatus := map[order.ItemStatus][]order.ItemID{}
	for _, i := range o.Items {
		byStatus[i.Status] = append(byStatus[i.Status], i.ID)
	}
	for status, ids := range byStatus {
		if err := tx.Item.Update().Where(item.TenantID(o.TenantID), item.OrderID(o.ID), item.IDIn(ids...)).
			SetStatus(status).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// saveTerms replaces what an order is found by; terms that stay are not written
// again.
func saveTerms(ctx context.Context, tx *ent.Tx, o order.Order, former, terms []page.Term) error {
	added, dropped := page.Replaced(former, terms)
	if len(dropped) > 0 {
		var gone []predicate.Term
		for _, t := range dropped {
			gone = append(gone, term.And(term.Key(t.Key), term.Value(t.Value)))
		}
		if _, err := tx.Term.Delete().
			Where(term.TenantID(o.TenantID), term.ID(string(o.ID)), term.Or(gone...)).Exec(ctx); err != nil {
			return err
		}
	}
	if len(added) > 0 {
		return addTerms(ctx, tx, o, added)
	}
	return nil
}
