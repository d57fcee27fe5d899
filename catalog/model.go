package catalog

import (
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// Model is how a rule computes its price. It is one of [Flat] and [PerUnit],
// as values; more will come.
type Model interface {
	// Kind is the model's name in JSON.
	Kind() Kind
	// Currency is the currency of the model's rates.
	Currency() money.Currency

	// check names what is wrong with the model in a product.
	check(f *fault.Fields, p Product)
	// charge prices a number of things with the same specs.
	charge(specs ProductSpecs, quantity int64) (Charge, error)
}

// Kind names a model.
type Kind string

// The kinds of models.
const (
	KindFlat    Kind = "flat"
	KindPerUnit Kind = "per_unit"
)

// Kinds are all there are.
func Kinds() []Kind { return []Kind{KindFlat, KindPerUnit} }

// Flat costs the same whatever the item's size: rate × quantity.
type Flat struct {
	// Rate is the price of one item, not negative.
	Rate money.Rate
}

// PerUnit costs by the item's size: rate × units × quantity.
type PerUnit struct {
	// Unit is the attribute that is counted: a number in the product's specs,
	// or one of the host's own that can be configured in a range.
	Unit string
	// Rate is the price of one unit, not negative.
	Rate money.Rate
}

// Kind is KindFlat.
func (Flat) Kind() Kind { return KindFlat }

// Kind is KindPerUnit.
func (PerUnit) Kind() Kind { return KindPerUnit }

// Currency is the rate's.
func (m Flat) Currency() money.Currency { return m.Rate.Currency() }

// Currency is the rate's.
func (m PerUnit) Currency() money.Currency { return m.Rate.Currency() }

func (m Flat) check(f *fault.Fields, _ Product) { checkRate(f, "rate", m.Rate) }

func (m PerUnit) check(f *fault.Fields, p Product) {
	option, configurable := p.Specs.Configurable[m.Unit]
	counted := p.Specs.isNumber(m.Unit) && p.Category.allows(m.Unit)
	if !counted && (!configurable || !option.isRange()) {
		f.Add("unit", "must be a number in the product's specs, or one that can be configured in a range")
	}
	checkRate(f, "rate", m.Rate)
}

func checkRate(f *fault.Fields, path string, r money.Rate) {
	switch {
	case r.Currency() == "":
		f.Add(path, "must be given, in a currency")
	case r.Sign() < 0:
		f.Add(path, "must not be negative")
	}
}

func (m Flat) charge(_ ProductSpecs, quantity int64) (Charge, error) {
	count, err := money.QuantityOf(quantity)
	return Charge{Kind: KindFlat, Quantity: quantity, Rate: m.Rate, Exact: m.Rate.Times(count)}, err
}

func (m PerUnit) charge(specs ProductSpecs, quantity int64) (Charge, error) {
	units, ok := specs.amount(m.Unit)
	if !ok {
		var f fault.Fields
		f.Add("", "must have a number of %s", m.Unit)
		return Charge{}, f.Err("", "", "")
	}
	count, err := money.QuantityOf(quantity)
	if err != nil {
		return Charge{}, err
	}
	exact, err := m.Rate.Times(units).Scale(count)
	return Charge{
		Kind: KindPerUnit, Unit: m.Unit, Units: units, Quantity: quantity, Rate: m.Rate, Exact: exact,
	}, err
}
