package catalog

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// Option is what an item may choose for one attribute: a number in a range, or
// one of some values. An attribute of the specs that is a number takes a
// range; one of the host's own takes either.
type Option struct {
	// Min and Max bound a range; Max is 0 for a choice of values.
	Min money.Quantity `json:"min,omitzero"`
	Max money.Quantity `json:"max,omitzero"`
	// Step is what numbers grow by, from Min on. 0 is 1 where the attribute is
	// a whole number, else any.
	Step money.Quantity `json:"step,omitzero"`
	// Values are a choice: 1 to 100 distinct texts of at most 64 characters.
	Values []string `json:"values,omitempty"`
}

const (
	maxValues = 100
	maxValue  = 64
)

func (o Option) isRange() bool { return len(o.Values) == 0 }

// checkOptions names what is wrong with what an item may choose.
func (s ProductSpecs) checkOptions(f *fault.Fields, c Category) {
	if len(s.Configurable) > maxOptions {
		f.Add("configurable", "must have at most %d entries, has %d", maxOptions, len(s.Configurable))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Configurable)) {
		in := f.In("configurable." + strings.ToValidUTF8(name, "\uFFFD"))
		option, known := s.Configurable[name], s.isNumber(name)
		switch {
		case known && !c.allows(name):
			in.Add("", "must not be configurable in a product of category %s", c)
		case known && !option.isRange():
			in.Add("values", "must be empty: %s is a number and takes a range", name)
		case slices.Contains(notConfigurable(), name):
			in.Add("", "must be the name of a number in the specs, or one of the host's own")
		default:
			found := len(f.All())
			check.Word(in, "", name, maxWord)
			option.check(in, s.whole(name) != nil)
			if len(f.All()) == found {
				s.checkPreset(f, name, option)
			}
		}
	}
}

// notConfigurable are the fields of the specs that are no numbers.
func notConfigurable() []string {
	return []string{"resource_type", "gpu", "ports", "attributes", "configurable"}
}

// check names what is wrong with an option of an attribute that is a whole
// number, or need not be.
func (o Option) check(f *fault.Fields, whole bool) {
	if !o.isRange() {
		o.checkValues(f)
		return
	}
	if o.Max.IsZero() {
		f.Add("max", "must be positive, unless there are values to choose from")
		return
	}
	if o.Max.Cmp(most()) > 0 {
		f.Add("max", "must be at most %d", maxAmount)
	}
	if o.Min.Cmp(o.Max) > 0 {
		f.Add("min", "must not be above max")
	}
	for _, bound := range []struct {
		name  string
		value money.Quantity
	}{{"min", o.Min}, {"max", o.Max}, {"step", o.Step}} {
		if whole && !rational(bound.value).IsInt() {
			f.Add(bound.name, "must be a whole number")
		}
	}
}

func (o Option) checkValues(f *fault.Fields) {
	if !o.Min.IsZero() || !o.Max.IsZero() || !o.Step.IsZero() {
		f.Add("values", "must be empty where there is a range")
	}
	if len(o.Values) > maxValues {
		f.Add("values", "must have at most %d entries, has %d", maxValues, len(o.Values))
		return
	}
	for i, value := range o.Values {
		at := fmt.Sprintf("values[%d]", i)
		check.Required(f, at, value, maxValue)
		if slices.Contains(o.Values[:i], value) {
			f.Add(at, "must not be named twice")
		}
	}
}

// checkPreset checks what an item has that does not choose.
func (s ProductSpecs) checkPreset(f *fault.Fields, name string, o Option) {
	path, text, found := s.preset(name)
	if !found {
		return
	}
	if _, rule := o.choose(text, s.whole(name) != nil); rule != "" {
		f.Add(path, "%s", rule)
	}
}

// preset returns what the specs say of a configurable attribute, and where.
func (s ProductSpecs) preset(name string) (path, text string, found bool) {
	if !s.isNumber(name) {
		text, found = s.Attributes[name]
		return "attributes." + name, text, found
	}
	amount, ok := s.amount(name)
	return name, amount.String(), ok && !amount.IsZero()
}

// choose returns the plain form of what was chosen, or the rule that it broke.
func (o Option) choose(text string, whole bool) (chosen, rule string) {
	if !o.isRange() {
		if !slices.Contains(o.Values, text) {
			return "", "must be one of " + strings.Join(o.Values, ", ")
		}
		return text, ""
	}
	number, err := money.NewQuantity(text)
	if err != nil || number.Cmp(o.Min) < 0 || number.Cmp(o.Max) > 0 || !o.onStep(number, whole) {
		return "", "must be " + o.describe(whole)
	}
	return number.String(), ""
}

func (o Option) onStep(number money.Quantity, whole bool) bool {
	step := rational(o.Step)
	if o.Step.IsZero() {
		if !whole {
			return true
		}
		step.SetInt64(1)
	}
	above := new(big.Rat).Sub(rational(number), rational(o.Min))
	return above.Quo(above, step).IsInt()
}

func (o Option) describe(whole bool) string {
	kind := "a number"
	if whole {
		kind = "a whole number"
	}
	text := fmt.Sprintf("%s from %s to %s", kind, o.Min, o.Max)
	if !o.Step.IsZero() {
		text += " in steps of " + o.Step.String()
	}
	return text
}

func rational(q money.Quantity) *big.Rat {
	r, _ := new(big.Rat).SetString(q.String()) // a quantity's text is a plain number
	return r
}
