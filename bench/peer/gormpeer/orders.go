package gormpeer

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Get implements [peer.Peer].
func (p *Peer) Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	found := new(orderModel)
	err := p.read(ctx, "order", tenant, func(tx *gorm.DB) error { return readOrder(tx, found, tenant, id) })
	return found, err
}

// readOrder reads an order with its items.
func readOrder(tx *gorm.DB, found *orderModel, tenant scope.TenantID, id order.ID) error {
	return tx.Preload("Items", byLine).Where("tenant_id = ? AND id = ?", tenant, id).Take(found).Error
}

func byLine(tx *gorm.DB) *gorm.DB { return tx.Order("line") }

// List implements [peer.Peer].
func (p *Peer) List(ctx context.Context, tenant scope.TenantID, after peer.Position) (any, error) {
	var found []orderModel
	err := p.read(ctx, "order", tenant, func(tx *gorm.DB) error {
		q := tx.Preload("Items", byLine).Where("tenant_id = ?", tenant)
		if after.After != "" {
			q = q.Where("id < ?", after.After)
		}
		return q.Order("id DESC").Limit(peer.ListSize + 1).Find(&found).Error
	})
	return found, err
}

// Place implements [peer.Peer].
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	placed := modelOfOrder(placement.Order)
	return p.write(ctx, "order", placed.TenantID, func(tx *gorm.DB) error {
		if err := tx.Omit(clause.Associations).Create(placed).Error; err != nil {
			return err
		}
		if err := tx.Create(&placed.Items).Error; err != nil {
			return err
		}
		index := modelsOfTerms(placed.TenantID, string(placed.ID), placement.Commit.Terms)
		if err := ledger(tx, "order", "terms").Create(&index).Error; err != nil {
			return err
		}
		return p.publish(tx, "order", placement.Commit.Events)
	})
}

// publish stores events. On SQLite, where nobody else writes, they get their
// positions at once.
func (p *Peer) publish(tx *gorm.DB, service string, events []event.Event) error {
	models := modelsOfEvents(events)
	if p.sqlite {
		head := streamModel{TenantID: events[0].Tenant, Position: int64(len(events))}
		if err := ledger(tx, service, "streams").Clauses(
			clause.OnConflict{
				Columns:   []clause.Column{{Name: "tenant_id"}},
				DoUpdates: clause.Assignments(map[string]any{"position": gorm.Expr("position + excluded.position")}),
			},
			clause.Returning{Columns: []clause.Column{{Name: "position"}}},
		).Create(&head).Error; err != nil {
			return err
		}
		for i := range models {
			position := head.Position - int64(len(models)-1-i)
			models[i].Position = &position
		}
	}
	return ledger(tx, service, "outbox").Create(&models).Error
}

// Order implements [peer.Peer].
func (p *Peer) Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error) {
	buyer := new(customerModel)
	if err := p.one(ctx, "customer", tenant, func(db *gorm.DB) error {
		return db.Where("tenant_id = ? AND id = ? AND deleted_at IS NULL", tenant, d.Customer).Take(buyer).Error
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
	return modelOfOrder(placement.Order), p.Place(ctx, placement)
}

// products reads the products of a draft with their regions and prices.
func (p *Peer) products(ctx context.Context, tenant scope.TenantID, d order.Draft) ([]catalog.Product, error) {
	ids := make([]catalog.ID, len(d.Items))
	for i, item := range d.Items {
		ids[i] = item.Product
	}
	var found []productModel
	err := p.read(ctx, "catalog", tenant, func(tx *gorm.DB) error {
		return tx.Preload("Regions", byLine).Preload("Pricing", byLine).
			Where("tenant_id = ? AND id IN ?", tenant, ids).Order("id").Find(&found).Error
	})
	products := make([]catalog.Product, len(found))
	for i := range found {
		products[i] = found[i].product()
	}
	return products, err
}

// errChanged says that somebody else changed the order first.
var errChanged = errors.New("the order changed since it was read")

// Update implements [peer.Peer].
func (p *Peer) Update(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	found := new(orderModel)
	err := p.write(ctx, "order", tenant, func(tx *gorm.DB) error {
		if err := readOrder(tx, found, tenant, id); err != nil {
			return err
		}
		o := found.order()
		former := peer.OrderTerms(o)
		started, err := p.rules.Approve(&o)
		if err != nil {
			return err
		}
		read := found.Version
		*found = *modelOfOrder(o)
		saved := tx.Model(found).Omit(clause.Associations).Where("version = ?", read).
			Select("Version", "Status", "Phase", "ApprovedBy", "ApprovedAt", "UpdatedAt").Updates(found)
		if saved.Error != nil {
			return saved.Error
		}
		if saved.RowsAffected != 1 {
			return errChanged
		}
		if err := saveItems(tx, found); err != nil {
			return err
		}
		if err := saveTerms(tx, found, former, peer.OrderTerms(o)); err != nil {
			return err
		}
		return p.publish(tx, "order", []event.Event{started})
	})
	return found, err
}

// saveItems stores the statuses of an order's items: one statement for those
// that have the same.
func saveItems(tx *gorm.DB, o *orderModel) error {
	byStatus := map[order.ItemStatus][]order.ItemID{}
	for _, i := range o.Items {
		byStatus[i.Status] = append(byStatus[i.Status], i.ID)
	}
	for status, ids := range byStatus {
		if err := tx.Model(&itemModel{}).Where("tenant_id = ? AND order_id = ? AND id IN ?", o.TenantID, o.ID, ids).
			Update("status", status).Error; err != nil {
			return err
		}
	}
	return nil
}

// saveTerms replaces what an order is found by; terms that stay are not written
// again.
func saveTerms(tx *gorm.DB, o *orderModel, former, terms []page.Term) error {
	added, dropped := page.Replaced(former, terms)
	if len(dropped) > 0 {
		gone := modelsOfTerms(o.TenantID, string(o.ID), dropped)
		if err := ledger(tx, "order", "terms").Delete(&gone).Error; err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	index := modelsOfTerms(o.TenantID, string(o.ID), added)
	return ledger(tx, "order", "terms").Create(&index).Error
}
