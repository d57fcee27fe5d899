package entpeer

import (
	"context"
	"errors"
	"slices"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent"
	entcustomer "github.com/platforma/platforma/bench/peer/entpeer/ent/customer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/product"
	"github.com/platforma/platforma/bench/peer/entpeer/ent/schema"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Find implements [peer.Peer].
func (p *Peer) Find(ctx context.Context, tenant scope.TenantID, email string) (any, error) {
	var found *ent.Customer
	err := p.read(ctx, "customer", tenant, func(tx *ent.Tx) (err error) {
		found, err = tx.Customer.Query().
			Where(entcustomer.TenantID(tenant), entcustomer.EmailKey(check.EmailKey(email)), entcustomer.DeletedAtIsNil()).Only(ctx)
		return err
	})
	return found, err
}

var errTaken = errors.New("a SKU is taken")

// Import implements [peer.Peer].
func (p *Peer) Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error {
	skus := make([]string, len(drafts))
	for i, d := range drafts {
		skus[i] = d.SKU
	}
	if err := p.read(ctx, "catalog", tenant, func(tx *ent.Tx) error {
		taken, err := tx.Product.Query().Where(product.TenantID(tenant), product.SkuIn(skus...)).Exist(ctx)
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
	children := childrenOf(stock)
	return p.write(ctx, "catalog", tenant, func(tx *ent.Tx) error {
		if err := tx.Product.MapCreateBulk(stock, func(c *ent.ProductCreate, at int) {
			n := stock[at].Product
			c.SetID(n.ID).SetTenantID(tenant).SetVersion(n.Version).SetName(n.Name).SetSku(n.SKU).SetCategory(n.Category).
				SetSpecs(n.Specs).SetStatus(n.Status).SetProvisioningTemplateID(n.ProvisioningTemplateID).
				SetCreatedAt(n.CreatedAt).SetUpdatedAt(n.UpdatedAt)
		}).Exec(ctx); err != nil {
			return err
		}
		if err := tx.Region.MapCreateBulk(children.regions, func(c *ent.RegionCreate, at int) {
			r := children.regions[at]
			c.SetID(r.of).SetTenantID(tenant).SetProductID(r.product).SetLine(r.line)
		}).Exec(ctx); err != nil {
			return err
		}
		if err := tx.Rule.MapCreateBulk(children.rules, func(c *ent.RuleCreate, at int) {
			r := children.rules[at]
			c.SetID(r.of.Name).SetTenantID(tenant).SetProductID(r.product).SetLine(r.line).SetRegion(r.of.Region).
				SetCurrency(r.of.Model.Currency()).SetPeriod(r.of.Period).SetModel(schema.Price{Model: r.of.Model})
		}).Exec(ctx); err != nil {
			return err
		}
		if err := tx.Term.MapCreateBulk(children.terms, func(c *ent.TermCreate, at int) {
			t := children.terms[at]
			c.SetID(string(t.product)).SetTenantID(tenant).SetKey(t.of.Key).SetValue(t.of.Value)
		}).Exec(ctx); err != nil {
			return err
		}
		return publish(ctx, tx, events)
	})
}

// child is something of a product, in its line.
type child[T any] struct {
	product catalog.ID
	line    int
	of      T
}

// children are all that products have.
type children struct {
	regions []child[string]
	rules   []child[catalog.PricingRule]
	terms   []child[page.Term]
}

func childrenOf(stock []catalog.New) children {
	var all children
	for _, n := range stock {
		for line, of := range n.Product.Regions {
			all.regions = append(all.regions, child[string]{n.Product.ID, line, of})
		}
		for line, of := range n.Product.Pricing {
			all.rules = append(all.rules, child[catalog.PricingRule]{n.Product.ID, line, of})
		}
		for line, of := range n.Terms {
			all.terms = append(all.terms, child[page.Term]{n.Product.ID, line, of})
		}
	}
	return all
}
