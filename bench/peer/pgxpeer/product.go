package pgxpeer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

const (
	manyProducts = `SELECT p.id, p.tenant_id, p.version, p.name, p.sku, p.category, p.specs, p.status, p.provisioning_template_id,
			p.created_at, p.updated_at,
			ARRAY(SELECT region FROM catalog.product_regions WHERE tenant_id = $1 AND product_id = p.id ORDER BY line),
			r.names, r.regions, r.periods, r.models
		FROM catalog.products AS p, LATERAL (
			SELECT array_agg(name ORDER BY line) AS names, array_agg(region ORDER BY line) AS regions,
				array_agg(period ORDER BY line) AS periods, array_agg(model::text ORDER BY line) AS models
			FROM catalog.pricing_rules WHERE tenant_id = $1 AND product_id = p.id) AS r
		WHERE p.tenant_id = $1 AND p.id = ANY ($2) ORDER BY p.id`

	takenSKUs = `SELECT count(*) FROM catalog.products WHERE tenant_id = $1 AND sku = ANY ($2)`

	addProducts = `INSERT INTO catalog.products (tenant_id, id, version, name, sku, category, specs, status,
			provisioning_template_id, created_at, updated_at)
		SELECT $1, id, version, name, sku, category, specs::jsonb, status, template, created_at, updated_at
		FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
			$10::timestamptz[], $11::timestamptz[])
		AS p (id, version, name, sku, category, specs, status, template, created_at, updated_at)`

	addRegions = `INSERT INTO catalog.product_regions (tenant_id, product_id, region, line)
		SELECT $1, product, region, line FROM unnest($2::text[], $3::text[], $4::bigint[]) AS r (product, region, line)`

	addRules = `INSERT INTO catalog.pricing_rules (tenant_id, product_id, line, name, region, currency, period, model)
		SELECT $1, product, line, name, region, currency, period, model::jsonb
		FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
		AS r (product, line, name, region, currency, period, model)`

	addProductTerms = `INSERT INTO catalog.terms (tenant_id, key, value, id)
		SELECT $1, key, value, id FROM unnest($2::text[], $3::text[], $4::text[]) AS t (key, value, id)`

	addProductEvents = `INSERT INTO catalog.outbox (tenant_id, id, type, subject, version, time, actor, reason, correlation_id,
			causation_id, data)
		SELECT $1, id, type, subject, version, time, actor, reason, correlation, causation, data
		FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
			$10::text[], $11::text[])
		AS e (id, type, subject, version, time, actor, reason, correlation, causation, data)`
)

// Order asks for the customer, asks for the products, and stores the order:
// three trips.
func (p *Peer) Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error) {
	if _, err := p.customer(ctx, tenant, getCustomer, string(d.Customer)); err != nil {
		return nil, err
	}
	products, err := p.products(ctx, tenant, d)
	if err != nil {
		return nil, err
	}
	placement, err := p.rules.Draw(tenant, d, products)
	if err != nil {
		return nil, err
	}
	return placement.Order, p.Place(ctx, placement)
}

// products reads the products of a draft, by one statement.
func (p *Peer) products(ctx context.Context, tenant scope.TenantID, d order.Draft) ([]catalog.Product, error) {
	ids := make([]string, len(d.Items))
	for i, item := range d.Items {
		ids[i] = string(item.Product)
	}
	products := make([]catalog.Product, 0, len(ids))
	err := p.do(ctx, "catalog", tenant, statement{manyProducts, []any{string(tenant), ids}, func(rows pgx.Rows) error {
		for rows.Next() {
			read, err := readProduct(rows)
			if err != nil {
				return err
			}
			products = append(products, read)
		}
		return rows.Err()
	}})
	return products, err
}

func readProduct(rows pgx.Rows) (p catalog.Product, err error) {
	var specs pgtype.DriverBytes
	var created, updated pgtype.Timestamptz
	var names, regions, periods, models []string
	if err := rows.Scan((*string)(&p.ID), (*string)(&p.TenantID), &p.Version, &p.Name, &p.SKU, (*string)(&p.Category), &specs,
		(*string)(&p.Status), &p.ProvisioningTemplateID, &created, &updated, &p.Regions,
		&names, &regions, &periods, &models); err != nil {
		return p, err
	}
	p.CreatedAt, p.UpdatedAt = created.Time.UTC(), updated.Time.UTC()
	p.Pricing = make(catalog.Pricing, len(names))
	for i := range names {
		model, err := catalog.ParseModel([]byte(models[i]))
		if err != nil {
			return p, err
		}
		p.Pricing[i] = catalog.PricingRule{Name: names[i], Region: regions[i], Period: catalog.Period(periods[i]), Model: model}
	}
	return p, json.Unmarshal(specs, &p.Specs)
}

// Import asks once whether a SKU is taken, and then makes one trip a step.
func (p *Peer) Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	products, events, err := p.rules.Stock(tenant, drafts)
	if err != nil {
		return err
	}
	skus := make([]string, len(products))
	for i, n := range products {
		skus[i] = n.Product.SKU
	}
	var taken int64
	if err := p.do(ctx, "catalog", tenant, statement{takenSKUs, []any{string(tenant), skus}, func(rows pgx.Rows) error {
		_, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (int64, error) { return 0, row.Scan(&taken) })
		return err
	}}); err != nil {
		return err
	}
	if taken > 0 {
		return fmt.Errorf("%d SKUs: %w", taken, errTaken)
	}
	for from := 0; from < len(products); from += peer.ImportStep {
		to := min(from+peer.ImportStep, len(products))
		if err := p.importStep(ctx, tenant, products[from:to], events[from:to]); err != nil {
			return err
		}
	}
	return nil
}

var errTaken = errors.New("taken")

func (p *Peer) importStep(ctx context.Context, tenant scope.TenantID, products []catalog.New, events []event.Event) error {
	rows, err := productLists(products)
	if err != nil {
		return err
	}
	rules, err := ruleLists(products)
	if err != nil {
		return err
	}
	in := func(lists []any) []any { return slices.Insert(lists, 0, any(string(tenant))) }
	return p.do(ctx, "catalog", tenant,
		statement{sql: addProducts, args: in(rows)},
		statement{sql: addRegions, args: in(regionLists(products))},
		statement{sql: addRules, args: in(rules)},
		statement{sql: addProductTerms, args: in(termLists(products))},
		statement{sql: addProductEvents, args: in(eventLists(events))})
}
