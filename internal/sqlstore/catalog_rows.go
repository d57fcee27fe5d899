package sqlstore

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/scope"
)

type productRow struct {
	bun.BaseModel `bun:"table:products,alias:p"`

	TenantID               scope.TenantID       `bun:"tenant_id,pk"`
	ID                     catalog.ID           `bun:"id,pk"`
	Version                int64                `bun:"version"`
	Name                   string               `bun:"name"`
	SKU                    string               `bun:"sku"`
	Category               catalog.Category     `bun:"category"`
	Specs                  catalog.ProductSpecs `bun:"specs,type:jsonb"`
	Status                 catalog.Status       `bun:"status"`
	ProvisioningTemplateID string               `bun:"provisioning_template_id"`
	CreatedAt              time.Time            `bun:"created_at"`
	UpdatedAt              time.Time            `bun:"updated_at"`
}

// productRegionRow is a region of a product; Line is its place, from 0.
type productRegionRow struct {
	bun.BaseModel `bun:"table:product_regions,alias:g"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	ProductID catalog.ID     `bun:"product_id,pk"`
	Region    string         `bun:"region,pk"`
	Line      int            `bun:"line"`
}

// pricingRuleRow is a rule of a product's price; Line is its place, from 0.
type pricingRuleRow struct {
	bun.BaseModel `bun:"table:pricing_rules,alias:r"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	ProductID catalog.ID     `bun:"product_id,pk"`
	Line      int            `bun:"line,pk"`
	Name      string         `bun:"name"`
	Region    string         `bun:"region"`
	Currency  money.Currency `bun:"currency"`
	Period    catalog.Period `bun:"period"`
	Model     modelJSON      `bun:"model,type:jsonb"`
}

// modelJSON is a model in a column.
type modelJSON struct{ catalog.Model }

func (m modelJSON) MarshalJSON() ([]byte, error) { return json.Marshal(m.Model) }

func (m *modelJSON) UnmarshalJSON(text []byte) (err error) {
	m.Model, err = catalog.ParseModel(text)
	return err
}

func rowOfProduct(as Principal, p catalog.Product) *productRow {
	return &productRow{
		TenantID: as.Tenant, ID: p.ID, Version: p.Version, Name: p.Name, SKU: p.SKU, Category: p.Category, Specs: p.Specs,
		Status: p.Status, ProvisioningTemplateID: p.ProvisioningTemplateID, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

func rowOfRule(as Principal, of catalog.ID, line int, r catalog.PricingRule) *pricingRuleRow {
	return &pricingRuleRow{
		TenantID: as.Tenant, ProductID: of, Line: line, Name: r.Name, Region: r.Region, Currency: r.Model.Currency(),
		Period: r.Period, Model: modelJSON{r.Model},
	}
}

// shelf are products with their regions and rules, as they are read, in
// whatever order.
type shelf struct {
	products []productRow
	regions  [][]string // of the products, at their places
	rules    []pricingRuleRow
}

func (s *shelf) add(p productRow, v Values, regions int) error {
	var list []string
	if err := json.Unmarshal(v.Bytes(regions), &list); err != nil {
		return fmt.Errorf("a product's regions cannot be read: %w", err)
	}
	s.products, s.regions = append(s.products, p), append(s.regions, list)
	return nil
}

// entities returns the products by their ids, each with its rules line by line.
func (s *shelf) entities(newest bool) []catalog.Product {
	slices.SortFunc(s.rules, func(x, y pricingRuleRow) int { return cmp.Compare(x.Line, y.Line) })
	rules := map[catalog.ID]catalog.Pricing{}
	for _, r := range s.rules {
		rules[r.ProductID] = append(rules[r.ProductID], catalog.PricingRule{
			Name: r.Name, Region: r.Region, Period: r.Period, Model: r.Model.Model,
		})
	}
	var all []catalog.Product
	for i, r := range s.products {
		all = append(all, catalog.Product{
			ID: r.ID, TenantID: r.TenantID, Name: r.Name, SKU: r.SKU, Category: r.Category, Specs: r.Specs,
			Pricing: rules[r.ID], Regions: s.regions[i], Status: r.Status, ProvisioningTemplateID: r.ProvisioningTemplateID,
			Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		})
	}
	slices.SortFunc(all, func(x, y catalog.Product) int { return strings.Compare(string(x.ID), string(y.ID)) })
	if newest {
		slices.Reverse(all)
	}
	return all
}
