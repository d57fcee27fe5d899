package catalog

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// ruleJSON is the form of a rule in JSON.
type ruleJSON struct {
	Name   string `json:"name"`
	Region string `json:"region,omitempty"`
	Period Period `json:"period"`
	Model  any    `json:"model"`
}

// MarshalJSON writes
//
//	{"name":"instance","region":"nyc1","period":"hour","model":{"kind":"flat","rate":{"number":"0.09375","currency":"USD"}}}
func (r PricingRule) MarshalJSON() ([]byte, error) {
	out := ruleJSON{Name: r.Name, Region: r.Region, Period: r.Period}
	switch m := r.Model.(type) {
	case Flat:
		out.Model = struct {
			Kind Kind `json:"kind"`
			Flat
		}{m.Kind(), m}
	case PerUnit:
		out.Model = struct {
			Kind Kind `json:"kind"`
			PerUnit
		}{m.Kind(), m}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes. What it does not know, a kind
// or a field, it refuses with [fault.ErrInvalid] and the path: a price that is
// half understood is a wrong price.
func (r *PricingRule) UnmarshalJSON(data []byte) error {
	var f fault.Fields
	rule := decodeRule(&f, data)
	if err := f.Err("", "", ""); err != nil {
		return err
	}
	*r = rule
	return nil
}

// UnmarshalJSON reads a list of rules and names every rule that
// [PricingRule.UnmarshalJSON] refuses, as pricing[i].
func (p *Pricing) UnmarshalJSON(data []byte) error {
	var f fault.Fields
	var texts []json.RawMessage
	decodeAt(&f, "pricing", data, &texts)
	rules := make(Pricing, 0, len(texts))
	for i, text := range texts {
		rules = append(rules, decodeRule(f.At("pricing", i), text))
	}
	if err := f.Err("", "", ""); err != nil {
		return err
	}
	*p = cloneSlice(rules)
	return nil
}

func decodeRule(f *fault.Fields, data []byte) PricingRule {
	var model json.RawMessage
	in := ruleJSON{Model: &model}
	decodeAt(f, "", data, &in)
	rule := PricingRule{Name: in.Name, Region: in.Region, Period: in.Period}
	if in.Model != nil && len(model) > 0 {
		rule.Model = decodeModel(f.In("model"), model)
	}
	return rule
}

func decodeModel(f *fault.Fields, data []byte) Model {
	var head struct {
		Kind Kind `json:"kind"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		f.Add("", "must be an object with a kind")
		return nil
	}
	switch head.Kind {
	case KindFlat:
		return decodeFlat(f, data)
	case KindPerUnit:
		return decodePerUnit(f, data)
	default:
		check.OneOf(f, "kind", head.Kind, Kinds()...)
		return nil
	}
}

// The rates are read apart, so that what is wrong with one is told under its
// own path.

func decodeFlat(f *fault.Fields, data []byte) (m Flat) {
	var in struct {
		Kind Kind            `json:"kind"`
		Rate json.RawMessage `json:"rate"`
	}
	decodeAt(f, "", data, &in)
	decodeAt(f, "rate", in.Rate, &m.Rate)
	return m
}

func decodePerUnit(f *fault.Fields, data []byte) (m PerUnit) {
	var in struct {
		Kind Kind            `json:"kind"`
		Unit string          `json:"unit"`
		Rate json.RawMessage `json:"rate"`
	}
	decodeAt(f, "", data, &in)
	decodeAt(f, "rate", in.Rate, &m.Rate)
	m.Unit = in.Unit
	return m
}

// decodeAt reads one JSON value strictly, and says under its path what is wrong
// with it. Nothing leaves the target alone.
func decodeAt(f *fault.Fields, path string, data []byte, into any) {
	if len(data) == 0 {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var below *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &below) && len(below.Fields) > 0:
		in := f.In(path)
		for _, field := range below.Fields {
			in.Add(field.Path, "%s", field.Rule)
		}
	default:
		f.Add(path, "must be readable: %s", err)
	}
}
