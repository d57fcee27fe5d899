package money

import "github.com/shopspring/decimal"

// Rate is the price of one unit, as a price rule holds it: up to 18 digits
// before the decimal point and 12 after it, whatever its currency's own
// decimals. It may be negative. The zero value is nothing, in no currency.
type Rate struct {
	number   decimal.Decimal
	currency Currency
}

const (
	rateIntegers = 18
	rateDecimals = 12
)

func rateLimits() limits { return limits{integers: rateIntegers, decimals: rateDecimals} }

// NewRate reads a plain decimal number such as "0.07143". It refuses
// exponents, plus signs, spaces, anything out of range, and an unknown
// currency.
func NewRate(number string, c Currency) (Rate, error) {
	if !c.Valid() {
		return Rate{}, invalid("currency", currencyRule)
	}
	parsed, err := rateLimits().parse(number)
	if err != nil {
		return Rate{}, err
	}
	return Rate{number: parsed, currency: c}, nil
}

// Currency returns the rate's currency, "" for Rate{}.
func (r Rate) Currency() Currency { return r.currency }

// Number returns the number in its shortest plain form: "0.07143". Equal rates
// have equal texts, and NewRate reads the text back to an equal rate.
func (r Rate) Number() string { return plain(r.number) }

// String returns the number and the currency: "0.07143 USD".
func (r Rate) String() string { return described(r.Number(), r.currency) }

// Sign returns -1, 0 or 1.
func (r Rate) Sign() int { return r.number.Sign() }

// IsZero says whether the rate is 0, in whatever currency.
func (r Rate) IsZero() bool { return r.number.IsZero() }

// Equal says whether both are the same number of the same currency.
func (r Rate) Equal(s Rate) bool {
	return r.currency == s.currency && r.number.Equal(s.number)
}

// Cmp returns -1 if r < s, 0 if they are equal and 1 if r > s. It refuses to
// mix currencies.
func (r Rate) Cmp(s Rate) (int, error) {
	if err := same(r.currency, s.currency); err != nil {
		return 0, err
	}
	return r.number.Cmp(s.number), nil
}

// Add returns r + s. It refuses to mix currencies, and a sum out of range.
func (r Rate) Add(s Rate) (Rate, error) {
	if err := same(r.currency, s.currency); err != nil {
		return Rate{}, err
	}
	fitted, err := rateLimits().fit(r.number.Add(s.number))
	if err != nil {
		return Rate{}, err
	}
	return Rate{number: fitted, currency: r.currency}, nil
}

// Neg returns -r.
func (r Rate) Neg() Rate { return Rate{number: r.number.Neg().Normalize(), currency: r.currency} }

// Times returns what a quantity costs at this rate, exactly. It cannot fail:
// the product of any rate and any quantity is in the range of Exact.
func (r Rate) Times(q Quantity) Exact {
	return Exact{number: r.number.Mul(q.number).Normalize(), currency: r.currency}
}
