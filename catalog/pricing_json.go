package catalog

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// The models' forms. Their rates are read apart, as texts, so that what is
// wrong with one is told under its own path.
type (
	flatJSON[R any] struct {
		Kind Kind `json:"kind"`
		Rate R    `json:"rate"`
	}
	perUnitJSON[R any] struct {
		Kind Kind   `json:"kind"`
		Unit string `json:"unit"`
		Rate R      `json:"rate"`
	}
)

// MarshalJSON writes {"kind":"flat","rate":{"number":"5","currency":"USD"}}.
func (m Flat) MarshalJSON() ([]byte, error) {
	return json.Marshal(flatJSON[money.Rate]{KindFlat, m.Rate})
}

// MarshalJSON writes
// {"kind":"per_unit","unit":"vcpus","rate":{"number":"0.07143","currency":"USD"}}.
func (m PerUnit) MarshalJSON() ([]byte, error) {
	return json.Marshal(perUnitJSON[money.Rate]{KindPerUnit, m.Unit, m.Rate})
}

// ParseModel reads what the models' MarshalJSON write. What it does not know,
// a kind or a field, it refuses with [fault.ErrInvalid] and the path: a price
// that is half understood is a wrong price.
func ParseModel(text []byte) (Model, error) {
	var f fault.Fields
	model := decodeModel(f.In("model"), text)
	return model, f.Err("", "", "")
}

// UnmarshalJSON reads the form of a rule, and refuses what it does not know as
// [ParseModel] does.
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
	var in struct {
		Name   string          `json:"name"`
		Region string          `json:"region"`
		Period Period          `json:"period"`
		Model  json.RawMessage `json:"model"`
	}
	decodeAt(f, "", data, &in)
	rule := PricingRule{Name: in.Name, Region: in.Region, Period: in.Period}
	if len(in.Model) > 0 && string(in.Model) != "null" {
		rule.Model = decodeModel(f.In("model"), in.Model)
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

func decodeFlat(f *fault.Fields, data []byte) (m Flat) {
	var in flatJSON[json.RawMessage]
	decodeAt(f, "", data, &in)
	decodeAt(f, "rate", in.Rate, &m.Rate)
	return m
}

func decodePerUnit(f *fault.Fields, data []byte) (m PerUnit) {
	var in perUnitJSON[json.RawMessage]
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
