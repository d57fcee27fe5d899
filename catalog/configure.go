package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// configure returns the specs that an item has with what it chose, and the
// choice in its plain form. Every key that cannot be chosen, every value out of
// its range, and every choice that is missing is named.
func (s ProductSpecs) configure(f *fault.Fields, chosen map[string]string) (ProductSpecs, map[string]string) {
	item := s.clone()
	item.Configurable = nil
	var plain map[string]string
	for _, key := range slices.Sorted(maps.Keys(chosen)) {
		option, known := s.Configurable[key]
		if !known {
			f.Add(strings.ToValidUTF8(key, "\uFFFD"), "must not be given: the product %s", s.offers())
			continue
		}
		value, rule := option.choose(chosen[key], s.whole(key) != nil)
		if rule != "" {
			f.Add(key, "%s", rule)
			continue
		}
		if plain == nil {
			plain = make(map[string]string, len(chosen))
		}
		plain[key] = value
		item.choose(key, value)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Configurable)) {
		_, _, preset := s.preset(key)
		if _, given := chosen[key]; !given && !preset && !s.Configurable[key].mayBeLeft() {
			f.Add(key, "must be given: the product has none of its own")
		}
	}
	return item, plain
}

// mayBeLeft says whether an item need not choose: the range begins at 0, which
// is what the item then has.
func (o Option) mayBeLeft() bool { return o.isRange() && o.Min.IsZero() }

// choose sets an attribute to a value that its option has read and allows.
func (s *ProductSpecs) choose(key, value string) {
	if exact := s.exact(key); exact != nil {
		*exact, _ = money.NewQuantity(value)
		return
	}
	if whole := s.whole(key); whole != nil {
		*whole, _ = strconv.ParseInt(value, 10, 64)
		return
	}
	if s.Attributes == nil {
		s.Attributes = map[string]string{}
	}
	s.Attributes[key] = value
}

// offers says what can be chosen.
func (s ProductSpecs) offers() string {
	if len(s.Configurable) == 0 {
		return "cannot be configured"
	}
	return "can be configured in " + strings.Join(slices.Sorted(maps.Keys(s.Configurable)), ", ")
}
