package money

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/shopspring/decimal"

	"github.com/platforma/platforma/fault"
)

// wire is the form of a number of a currency in JSON. The number is a string:
// most readers of JSON turn numbers into binary floating point.
type wire struct {
	Number   string   `json:"number"`
	Currency Currency `json:"currency"`
}

// MarshalJSON writes {"number":"12.50","currency":"USD"}. Amount{} is
// {"number":"0","currency":""}, the same shape, and reads back as Amount{}.
func (a Amount) MarshalJSON() ([]byte, error) { return encode(a.Number(), a.currency) }

// UnmarshalJSON reads what MarshalJSON writes and refuses what NewAmount
// refuses. null leaves the amount as it is.
func (a *Amount) UnmarshalJSON(data []byte) error {
	return decode(data, a, amountLimits, func(number decimal.Decimal, c Currency) Amount {
		return Amount{number: number, currency: c}
	})
}

// MarshalJSON writes {"number":"0.07143","currency":"USD"}, the number in its
// shortest form: equal rates are equal bytes. Rate{} is
// {"number":"0","currency":""}, and reads back as Rate{}.
func (r Rate) MarshalJSON() ([]byte, error) { return encode(r.Number(), r.currency) }

// UnmarshalJSON reads what MarshalJSON writes and refuses what NewRate
// refuses. null leaves the rate as it is.
func (r *Rate) UnmarshalJSON(data []byte) error {
	limit := func(Currency) limits { return rateLimits() }
	return decode(data, r, limit, func(number decimal.Decimal, c Currency) Rate {
		return Rate{number: number, currency: c}
	})
}

// MarshalJSON writes {"number":"52.1439","currency":"USD"}, in the form of a
// Rate.
func (e Exact) MarshalJSON() ([]byte, error) { return encode(e.Number(), e.currency) }

// UnmarshalJSON reads what MarshalJSON writes and refuses what is not a plain
// number in range of a known currency. null leaves the value as it is.
func (e *Exact) UnmarshalJSON(data []byte) error {
	limit := func(Currency) limits { return exactLimits() }
	return decode(data, e, limit, func(number decimal.Decimal, c Currency) Exact {
		return Exact{number: number, currency: c}
	})
}

// encode writes a wire. Neither a number nor a currency has anything that JSON
// would write otherwise.
func encode(number string, c Currency) ([]byte, error) {
	return []byte(`{"number":"` + number + `","currency":"` + string(c) + `"}`), nil
}

// plainWire reads what encode writes, as it is written: many a list of prices is
// read, and encoding/json looks at every byte of it three times.
func plainWire(data []byte) (w wire, ok bool) {
	data, begins := bytes.CutPrefix(data, []byte(`{"number":"`))
	data, ends := bytes.CutSuffix(data, []byte(`"}`))
	number, currency, ok := bytes.Cut(data, []byte(`","currency":"`))
	if !begins || !ends || !ok || bytes.ContainsAny(number, `"\\`) {
		return w, false
	}
	w.Number = string(number)
	return w, w.Currency.UnmarshalText(currency) == nil
}

// decode reads a wire into one of the package's types: a number within the
// limits that it has in a currency, of which the type is made.
func decode[T any](
	data []byte, into *T, limit func(Currency) limits, of func(decimal.Decimal, Currency) T,
) error {
	if string(data) == "null" {
		return nil
	}
	w, ok := plainWire(data)
	if !ok {
		if err := json.Unmarshal(data, &w); err != nil {
			if errors.Is(err, fault.ErrInvalid) {
				return err
			}
			return &fault.Error{Kind: fault.ErrInvalid, Err: err}
		}
	}
	if w.Currency == "" && w.Number != "0" {
		return invalid("currency", currencyRule)
	}
	number, err := limit(w.Currency).parse(w.Number)
	if err != nil {
		return err
	}
	*into = of(number, w.Currency)
	return nil
}
