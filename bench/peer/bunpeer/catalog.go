package bunpeer

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/scope"
)

// Find implements [peer.Peer].
func (p *Peer) Find(ctx context.Context, tenant scope.TenantID, email string) (any, error) {
	found := new(customerModel)
	query := func(db bun.IDB) *bun.SelectQuery {
		return db.NewSelect().Model(found).ModelTableExpr("? AS c", p.tables.customers).
			Where("c.tenant_id = ?", tenant).Where("c.email_key = ?", check.EmailKey(email)).Where("c.deleted_at IS NULL")
	}
	if p.sqlite {
		return found, query(p.reader).Scan(ctx)
	}
	return found, p.read(ctx, "customer", tenant, func(ctx context.Context, tx bun.Tx) error { return query(tx).Scan(ctx) })
}

var errTaken = errors.New("a SKU is taken")

// Import implements [peer.Peer].
func (p *Peer) Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	skus := make([]string, len(drafts))
	for i, d := range drafts {
		skus[i] = d.SKU
	}
	if err := p.read(ctx, "catalog", tenant, func(ctx context.Context, tx bun.Tx) error {
		taken, err := tx.NewSelect().Model((*productModel)(nil)).ModelTableExpr("? AS p", p.tables.products).
			Where("p.tenant_id = ?", tenant).Where("p.sku IN (?)", bun.List(skus)).Exists(ctx)
		if err == nil && taken {
			err = errTaken
		}
		return err
	}); err != nil {
		return err
	}
	for step := range slices.Chunk(drafts, peer.ImportStep) {
		if err := p.importStep(ctx, tenant, step); err != nil {
			return err
		}
	}
	return nil
}

// importStep stores the products of one step, a statement for each table.
func (p *Peer) importStep(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	stock, events, err := p.rules.Stock(tenant, drafts)
	if err != nil {
		return err
	}
	var products []*productModel
	var regions []regionModel
	var rules []ruleModel
	var terms []termModel
	for _, n := range stock {
		m := modelOfProduct(n.Product)
		products = append(products, m)
		regions = append(regions, m.Regions...)
		rules = append(rules, m.Pricing...)
		terms = append(terms, modelsOfTerms(tenant, string(m.ID), n.Terms)...)
	}
	return p.write(ctx, "catalog", tenant, func(ctx context.Context, tx bun.Tx) error {
		for _, rows := range []struct {
			models any
			count  int
			table  bun.Ident
		}{
			{&products, len(products), p.tables.products},
			{&regions, len(regions), p.tables.regions},
			{&rules, len(rules), p.tables.rules},
			{&terms, len(terms), p.tables.productTerms},
		} {
			if rows.count == 0 {
				continue
			}
			if _, err := tx.NewInsert().Model(rows.models).ModelTableExpr("?", rows.table).Exec(ctx); err != nil {
				return err
			}
		}
		return p.publish(ctx, tx, p.tables.productEvents, p.tables.productStreams, events)
	})
}
