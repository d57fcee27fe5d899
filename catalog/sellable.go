package catalog

import (
	"fmt"
	"slices"

	"github.com/platforma/platforma/fault"
)

// sellable names everything that keeps a product from being sold. What is
// sold has a region (unless it is a service, which stands in none), a price
// wherever it is sold, and all that is needed to make it and to charge for it.
func (p Product) sellable(f *fault.Fields) {
	if len(p.Regions) == 0 && p.Category != CategoryService {
		f.Add("regions", "must name where the product is sold")
	}
	if len(p.Pricing) == 0 {
		f.Add("pricing", "must have a rule")
	} else {
		p.pricedWhereSold(f)
	}
	for i, rule := range p.Pricing {
		if m, ok := rule.Model.(PerUnit); ok && !p.Specs.has(m.Unit) {
			f.Add(fmt.Sprintf("pricing[%d].model.unit", i), "must be an attribute that the product has, %s is 0", m.Unit)
		}
	}
	p.makeable(f)
}

func (p Product) pricedWhereSold(f *fault.Fields) {
	for i, region := range p.Regions {
		if !p.Pricing.prices(region) {
			f.Add(fmt.Sprintf("regions[%d]", i), "must have a price: no rule applies in %s", region)
		}
	}
	if len(p.Regions) == 0 && p.Category == CategoryService && !p.Pricing.prices("") {
		f.Add("pricing", "must have a rule without a region, for the product is sold everywhere")
	}
}

// makeable names what a provisioner would miss.
func (p Product) makeable(f *fault.Fields) {
	if p.Specs.ResourceType == "" {
		return
	}
	if p.ProvisioningTemplateID == "" {
		f.Add("provisioning_template_id", "must be given for a %s", p.Specs.ResourceType)
	}
	if p.Category != CategoryCompute {
		return
	}
	for _, name := range []string{vcpus, memoryGiB} {
		if !p.Specs.has(name) {
			f.Add("specs."+name, "must be positive for a %s, or configurable", p.Specs.ResourceType)
		}
	}
}

// has says whether an item has some of an attribute, or can choose some.
func (s ProductSpecs) has(attribute string) bool {
	if _, configurable := s.Configurable[attribute]; configurable {
		return true
	}
	amount, ok := s.amount(attribute)
	return ok && !amount.IsZero()
}

// soldIn says whether a product may be sold in a region.
func (p Product) soldIn(region string) bool {
	if len(p.Regions) == 0 {
		return p.Category == CategoryService
	}
	return slices.Contains(p.Regions, region)
}
