// Package catalog holds what a tenant sells: products with their specs, the
// prices of each region and currency, and the engine that turns them into a
// quote which explains itself.
//
// A product is made as a draft, edited, activated once it can be sold, and
// archived when it no longer is:
//
//	vm, err := p.Catalog.Create(ctx, catalog.Draft{
//		Name: "Small machine", SKU: "vm-small", Category: catalog.CategoryCompute,
//		Specs:   catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine, VCPUs: two, MemoryGiB: eight},
//		Regions: []string{"nyc1"}, ProvisioningTemplateID: "vm",
//		Pricing: []catalog.PricingRule{{Name: "instance", Period: catalog.PeriodHour, Model: catalog.Flat{Rate: rate}}},
//	})
//	vm, err = p.Catalog.Activate(ctx, vm.ID)
package catalog

import (
	"regexp"
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/words"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// ID names a product: "prod_" and 26 characters.
type ID string

const prefix = "prod"

// ParseID refuses what is not a product's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// The limits of a product.
const (
	maxName     = 200
	maxSKU      = 64
	maxWord     = 64
	maxRegions  = 200
	maxPricing  = 1000
	maxTemplate = 64
)

// Product is something that a tenant sells.
type Product struct {
	ID       ID        `json:"id"`
	TenantID tenant.ID `json:"tenant_id"`
	Name     string    `json:"name"`
	// SKU names the product in the trade; unique in the tenant, as written.
	SKU      string       `json:"sku"`
	Category Category     `json:"category"`
	Specs    ProductSpecs `json:"specs"`
	// Pricing are the rules of its price.
	Pricing Pricing `json:"pricing,omitempty"`
	// Regions are where it is sold. Without any it is sold nowhere; one of
	// [CategoryService] is then sold everywhere, for it stands in no region.
	Regions []string `json:"regions,omitempty"`
	Status  Status   `json:"status"`
	// ProvisioningTemplateID names the host's provisioner that makes it.
	ProvisioningTemplateID string    `json:"provisioning_template_id"`
	Version                int64     `json:"version"`
	CreatedAt              time.Time `json:"created_at"`
	UpdatedAt              time.Time `json:"updated_at"`
}

// Draft is a product to be created. It may be incomplete: only what is there
// must be right. [Service.Activate] asks for the rest.
type Draft struct {
	// Name is required, at most 200 characters.
	Name string `json:"name"`
	// SKU is required and unique in the tenant: letters and digits in parts
	// joined by one ".", "_" or "-", at most 64.
	SKU string `json:"sku"`
	// Category is required.
	Category Category `json:"category"`
	// Specs are checked by the category.
	Specs ProductSpecs `json:"specs"`
	// Pricing are at most 1,000 rules; those of one name, region and currency
	// are not two.
	Pricing Pricing `json:"pricing,omitempty"`
	// Regions are at most 200 machine names.
	Regions []string `json:"regions,omitempty"`
	// ProvisioningTemplateID is a machine name of at most 64 characters.
	ProvisioningTemplateID string `json:"provisioning_template_id,omitempty"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// Change is what to change of a product; a nil field stays as it is.
type Change struct {
	Name *string
	// SKU and Category can be changed in a draft only.
	SKU      *string
	Category *Category
	Specs    *ProductSpecs
	// Pricing and Regions replace all of it; an empty list removes all.
	Pricing                Pricing
	Regions                []string
	ProvisioningTemplateID *string
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// Query filters a list of products. The zero value is all of the tenant's.
type Query struct {
	page.Request
	// Category is the category wanted; empty is any.
	Category Category `json:"category,omitempty"`
	// Region is one of the product's regions; empty is any.
	Region string `json:"region,omitempty"`
	// Status is the status wanted; empty is any.
	Status Status `json:"status,omitempty"`
	// Text is how a word of the name or the SKU begins, whatever its case and
	// accents; several words must each be found. Empty is any.
	Text string `json:"text,omitempty"`
}

// check names every field that breaks a rule, in a draft and ever after.
func (p Product) check(f *fault.Fields) {
	check.Required(f, "name", p.Name, maxName)
	checkSKU(f, p.SKU)
	check.OneOf(f, "category", p.Category, Categories()...)
	p.Specs.check(f.In("specs"), p.Category)
	p.Pricing.check(f, p)
	check.Words(f, "regions", p.Regions, maxRegions, maxWord)
	if p.ProvisioningTemplateID != "" {
		check.Word(f, "provisioning_template_id", p.ProvisioningTemplateID, maxTemplate)
	}
}

var skuPattern = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

func checkSKU(f *fault.Fields, sku string) {
	switch {
	case sku == "":
		f.Add("sku", "must not be empty")
	case len(sku) > maxSKU:
		f.Add("sku", "must have at most %d characters, has %d", maxSKU, len(sku))
	case !skuPattern.MatchString(sku):
		f.Add("sku", `must be letters and digits, joined by single ".", "_" or "-"`)
	}
}

// apply makes a change, and keeps nothing of the caller's.
func (p *Product) apply(c Change) {
	set(&p.Name, c.Name)
	set(&p.SKU, c.SKU)
	set(&p.Category, c.Category)
	set(&p.ProvisioningTemplateID, c.ProvisioningTemplateID)
	if c.Specs != nil {
		p.Specs = c.Specs.clone()
	}
	if c.Pricing != nil {
		p.Pricing = cloneSlice(c.Pricing)
	}
	if c.Regions != nil {
		p.Regions = cloneSlice(c.Regions)
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// cloneSlice makes nothing of an empty slice, so that what was written and
// what is read back are equal.
func cloneSlice[S ~[]E, E any](s S) S {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}

// terms are what a product is found by: the words of its names, its regions.
func (p Product) terms() []page.Term {
	var terms []page.Term
	for _, word := range words.Of(p.Name, p.SKU) {
		terms = append(terms, page.Term{Key: "name", Value: word})
	}
	for _, region := range slices.Sorted(slices.Values(p.Regions)) {
		terms = append(terms, page.Term{Key: "region", Value: region})
	}
	return terms
}

func (q Query) check() error {
	var f fault.Fields
	if q.Category != "" {
		check.OneOf(&f, "category", q.Category, Categories()...)
	}
	if q.Region != "" {
		check.Word(&f, "region", q.Region, maxWord)
	}
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, Lifecycle().States...)
	}
	check.Text(&f, "text", q.Text, maxName)
	return f.Err("", "", "")
}

// matches are the terms that a query asks for.
func (q Query) matches() []page.Match {
	var matches []page.Match
	for _, word := range words.Of(q.Text) {
		matches = append(matches, page.Match{Term: page.Term{Key: "name", Value: word}, Prefix: true})
	}
	if q.Region != "" {
		matches = append(matches, page.Match{Term: page.Term{Key: "region", Value: q.Region}})
	}
	return matches
}
