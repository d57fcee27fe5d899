package sqlitepeer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

const (
	getProduct = `SELECT id, tenant_id, version, name, sku, category, specs, status, provisioning_template_id, created_at, updated_at
		FROM catalog_products WHERE tenant_id = $1 AND id = $2`

	getRegions = `SELECT region FROM catalog_product_regions WHERE tenant_id = $1 AND product_id = $2 ORDER BY line`

	getRules = `SELECT name, region, period, model FROM catalog_pricing_rules WHERE tenant_id = $1 AND product_id = $2 ORDER BY line`

	takenSKU = `SELECT count(*) FROM catalog_products WHERE tenant_id = $1 AND sku IN (SELECT value FROM json_each($2))`

	addProduct = `INSERT INTO main.catalog_products (tenant_id, id, version, name, sku, category, specs, status,
			provisioning_template_id, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

	addRegion = `INSERT INTO main.catalog_product_regions (tenant_id, product_id, region, line) VALUES ($1, $2, $3, $4)`

	addRule = `INSERT INTO main.catalog_pricing_rules (tenant_id, product_id, line, name, region, currency, period, model)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	addProductTerm = `INSERT INTO main.catalog_terms (tenant_id, key, value, id) VALUES ($1, $2, $3, $4)`

	addProductEvent = `INSERT INTO main.catalog_outbox (tenant_id, id, position, type, subject, version, time, actor, reason,
			correlation_id, causation_id, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

	headOfCatalog = `INSERT INTO main.catalog_streams (tenant_id, position) VALUES ($1, $2)
		ON CONFLICT (tenant_id) DO UPDATE SET position = position + excluded.position RETURNING position`
)

var errTaken = errors.New("a SKU is taken")

// Order reads the customer and the products, and stores the order.
func (p *Peer) Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error) {
	if _, err := p.customer(ctx, getCustomer, tenant, string(d.Customer)); err != nil {
		return nil, err
	}
	products, err := p.products(ctx, tenant, d)
	if err != nil {
		return nil, err
	}
	placement, err := p.rules.Draw(tenant, d, products) //nolint:contextcheck // prices are computed in memory
	if err != nil {
		return nil, err
	}
	return placement.Order, p.Place(ctx, placement)
}

// products reads the products of a draft on one snapshot.
func (p *Peer) products(ctx context.Context, tenant scope.TenantID, d order.Draft) (all []catalog.Product, err error) {
	if ctx, err = as(ctx, catalogs, tenant); err != nil {
		return nil, err
	}
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Commit()) }()
	for _, item := range d.Items {
		product, err := p.product(ctx, tx, string(tenant), string(item.Product))
		if err != nil {
			return nil, err
		}
		all = append(all, product)
	}
	return all, nil
}

func (p *Peer) product(ctx context.Context, tx *sql.Tx, tenant, id string) (product catalog.Product, err error) {
	read := func(text string) *sql.Stmt { return tx.StmtContext(ctx, p.reads[text]) }
	var specs []byte
	var created, updated int64
	row := read(getProduct).QueryRowContext(ctx, tenant, id) //nolint:sqlclosecheck // the statement ends with the transaction
	if err := row.Scan((*string)(&product.ID), (*string)(&product.TenantID),
		&product.Version, &product.Name, &product.SKU, (*string)(&product.Category), &specs, (*string)(&product.Status),
		&product.ProvisioningTemplateID, &created, &updated); err != nil {
		return product, err
	}
	product.CreatedAt, product.UpdatedAt = moment(created), moment(updated)
	if err := each(ctx, read(getRegions), func(rows *sql.Rows) error {
		var region string
		err := rows.Scan(&region)
		product.Regions = append(product.Regions, region)
		return err
	}, tenant, id); err != nil {
		return product, err
	}
	if err := each(ctx, read(getRules), func(rows *sql.Rows) error {
		var rule catalog.PricingRule
		var model []byte
		if err := rows.Scan(&rule.Name, &rule.Region, (*string)(&rule.Period), &model); err != nil {
			return err
		}
		var err error
		rule.Model, err = catalog.ParseModel(model)
		product.Pricing = append(product.Pricing, rule)
		return err
	}, tenant, id); err != nil {
		return product, err
	}
	return product, json.Unmarshal(specs, &product.Specs)
}

func each(ctx context.Context, s *sql.Stmt, row func(*sql.Rows) error, args ...any) (err error) {
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Import asks once whether a SKU is taken, and then makes one transaction a
// step.
func (p *Peer) Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	products, events, err := p.rules.Stock(tenant, drafts)
	if err != nil {
		return err
	}
	skus := make([]string, len(products))
	for i, n := range products {
		skus[i] = n.Product.SKU
	}
	text, err := json.Marshal(skus)
	if err != nil {
		return err
	}
	reading, err := as(ctx, catalogs, tenant)
	if err != nil {
		return err
	}
	var taken int64
	if err := p.reads[takenSKU].QueryRowContext(reading, string(tenant), string(text)).Scan(&taken); err != nil {
		return err
	}
	if taken > 0 {
		return errTaken
	}
	for from := 0; from < len(products); from += peer.ImportStep {
		to := min(from+peer.ImportStep, len(products))
		if err := p.write(ctx, catalogs, tenant, func(ctx context.Context) error {
			return p.importStep(ctx, products[from:to], events[from:to])
		}); err != nil {
			return fmt.Errorf("from product %d on: %w", from, err)
		}
	}
	return nil
}

func (p *Peer) importStep(ctx context.Context, products []catalog.New, events []event.Event) error {
	for _, n := range products {
		if err := p.addProduct(ctx, n); err != nil {
			return err
		}
	}
	return p.publish(ctx, headOfCatalog, addProductEvent, events)
}

func (p *Peer) addProduct(ctx context.Context, n catalog.New) error {
	made, tenant, id := n.Product, string(n.Product.TenantID), string(n.Product.ID)
	specs, err := json.Marshal(made.Specs)
	if err != nil {
		return err
	}
	if err := p.exec(ctx, addProduct, tenant, id, made.Version, made.Name, made.SKU, string(made.Category), string(specs),
		string(made.Status), made.ProvisioningTemplateID, made.CreatedAt.UnixMicro(), made.UpdatedAt.UnixMicro()); err != nil {
		return err
	}
	for line, region := range made.Regions {
		if err := p.exec(ctx, addRegion, tenant, id, region, line); err != nil {
			return err
		}
	}
	for line, rule := range made.Pricing {
		model, err := json.Marshal(rule.Model)
		if err != nil {
			return err
		}
		if err := p.exec(ctx, addRule, tenant, id, line, rule.Name, rule.Region, string(rule.Model.Currency()), string(rule.Period),
			string(model)); err != nil {
			return err
		}
	}
	for _, t := range n.Terms {
		if err := p.exec(ctx, addProductTerm, tenant, t.Key, t.Value, id); err != nil {
			return err
		}
	}
	return nil
}
