package gormpeer

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/scope"
)

// Find implements [peer.Peer].
func (p *Peer) Find(ctx context.Context, tenant scope.TenantID, email string) (any, error) {
	found := new(customerModel)
	err := p.one(ctx, "customer", tenant, func(db *gorm.DB) error {
		return db.Where("tenant_id = ? AND email_key = ? AND deleted_at IS NULL", tenant, check.EmailKey(email)).
			Take(found).Error
	})
	return found, err
}

// one runs a single query, which on SQLite needs no transaction.
func (p *Peer) one(ctx context.Context, service string, tenant scope.TenantID, query func(*gorm.DB) error) error {
	if p.sqlite {
		return query(p.reader.WithContext(ctx))
	}
	return p.read(ctx, service, tenant, query)
}

var errTaken = errors.New("a SKU is taken")

// Import implements [peer.Peer].
func (p *Peer) Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	skus := make([]string, len(drafts))
	for i, d := range drafts {
		skus[i] = d.SKU
	}
	if err := p.one(ctx, "catalog", tenant, func(db *gorm.DB) error {
		var taken []string
		err := db.Model(&productModel{}).Where("tenant_id = ? AND sku IN ?", tenant, skus).Limit(1).Pluck("sku", &taken).Error
		if err == nil && len(taken) > 0 {
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
	return p.write(ctx, "catalog", tenant, func(tx *gorm.DB) error {
		if err := tx.Omit(clause.Associations).Create(&products).Error; err != nil {
			return err
		}
		if len(regions) > 0 {
			if err := tx.Create(&regions).Error; err != nil {
				return err
			}
		}
		if len(rules) > 0 {
			if err := tx.Create(&rules).Error; err != nil {
				return err
			}
		}
		if len(terms) > 0 {
			if err := ledger(tx, "catalog", "terms").Create(&terms).Error; err != nil {
				return err
			}
		}
		return p.publish(tx, "catalog", events)
	})
}
