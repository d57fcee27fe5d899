package sqlstore

import (
	"encoding/json"
	"fmt"
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

// shelf are products with their regions and rules, as they are read.
type shelf struct {
	gathering[catalog.Product, catalog.ID]
}

func (s *shelf) add(r productRow, v Values, regions int) error {
	into := s.of(r.ID)
	*into = catalog.Product{
		ID: r.ID, TenantID: r.TenantID, Name: r.Name, SKU: r.SKU, Category: r.Category, Specs: r.Specs,
		Pricing: into.Pricing, Status: r.Status, ProvisioningTemplateID: r.ProvisioningTemplateID,
		Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	if err := json.Unmarshal(v.Bytes(regions), &into.Regions); err != nil {
		return fmt.Errorf("a product's regions cannot be read: %w", err)
	}
	return nil
}

func (s *shelf) put(r pricingRuleRow, line int) {
	into := s.of(r.ProductID)
	into.Pricing = placed(into.Pricing, line, catalog.PricingRule{
		Name: r.Name, Region: r.Region, Period: r.Period, Model: r.Model.Model,
	})
}

func (s *shelf) entities(newest bool) []catalog.Product {
	return s.sorted(newest, func(p *catalog.Product) catalog.ID { return p.ID })
}
