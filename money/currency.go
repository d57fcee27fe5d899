package money

import (
	"github.com/bojanz/currency"

	"github.com/platforma/platforma/fault"
)

// Currency is the code of a currency in ISO 4217, in upper case: "USD". The
// zero value "" is no currency.
//
// The codes and their decimals are those of github.com/bojanz/currency, which
// drops a currency once nobody pays in it. A host that has amounts in such a
// one adds it there, with currency.Register, before it uses this package. One
// with more than 12 decimals stays unknown.
type Currency string

// ParseCurrency returns the currency that a code names. It refuses "", lower
// case and unknown codes with a [fault.ErrInvalid] on the field "currency".
func ParseCurrency(text string) (Currency, error) {
	c := Currency(text)
	if !c.Valid() {
		return "", invalid("currency", currencyRule)
	}
	return c, nil
}

const currencyRule = "must be the code of a currency in ISO 4217, such as USD"

// Valid says whether c is a currency that ISO 4217 knows and people pay in.
// "" is not, nor are metals and codes for testing.
func (c Currency) Valid() bool {
	_, known := c.digits()
	return known
}

// Decimals returns how many decimals amounts in the currency have: 2 for USD,
// 0 for JPY, 3 for KWD. An unknown currency has 0.
func (c Currency) Decimals() int {
	decimals, _ := c.digits()
	return decimals
}

// digits asks the currency data. A host can register anything there, so the
// code's form and its decimals are looked at here as well.
func (c Currency) digits() (decimals int, known bool) {
	if len(c) != 3 {
		return 0, false
	}
	for i := range len(c) {
		if c[i] < 'A' || c[i] > 'Z' {
			return 0, false
		}
	}
	digits, known := currency.GetDigits(string(c))
	if !known || int(digits) > rateDecimals {
		return 0, false
	}
	return int(digits), true
}

// MarshalText writes the code. It refuses an unknown currency; "" is written
// as it is.
func (c Currency) MarshalText() ([]byte, error) {
	if c != "" && !c.Valid() {
		return nil, invalid("currency", currencyRule)
	}
	return []byte(c), nil
}

// UnmarshalText reads a code. It refuses an unknown currency; "" is read as
// the zero Currency.
func (c *Currency) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = ""
		return nil
	}
	parsed, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// same refuses to mix two currencies. No currency is one of its own: it mixes
// with nothing else.
func same(c, d Currency) error {
	if c == d {
		return nil
	}
	return invalid("currency", "must not be mixed: %s and %s", c.name(), d.name())
}

func (c Currency) name() string {
	if c == "" {
		return "none"
	}
	return string(c)
}

// invalid returns a refusal of one field.
func invalid(path, rule string, args ...any) error {
	var f fault.Fields
	f.Add(path, rule, args...)
	return f.Err("", "", "")
}
