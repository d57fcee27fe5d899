package money

import "github.com/shopspring/decimal"

// Exact is a price before it is rounded: what [Rate.Times] returns. It has up
// to 48 digits before the decimal point and 48 after it: a product of a rate
// and a quantity needs 36 and 24 at most, and can be scaled twice more by
// quantities of 12 decimals each. It may be negative. The zero value is
// nothing, in no currency.
type Exact struct {
	number   decimal.Decimal
	currency Currency
}

func exactLimits() limits { return limits{integers: 48, decimals: 48} }

// Round returns the amount to charge: rounded to the currency's decimals, a
// half to the even neighbor. It refuses a number that is out of an Amount's
// range.
func (e Exact) Round() (Amount, error) {
	return inAmount(round(e.number, e.currency), e.currency)
}

// round is the one place of the package that rounds.
func round(number decimal.Decimal, c Currency) decimal.Decimal {
	return number.RoundBank(int32(c.Decimals()))
}

// Plus returns e + d, so that the parts of a line are rounded together. It
// refuses to mix currencies, and a sum out of range.
func (e Exact) Plus(d Exact) (Exact, error) {
	if err := same(e.currency, d.currency); err != nil {
		return Exact{}, err
	}
	return inExact(e.number.Add(d.number), e.currency)
}

// Neg returns -e.
func (e Exact) Neg() Exact { return Exact{number: e.number.Neg().Normalize(), currency: e.currency} }

// Scale returns e × q: a price of one for several, or a share of it. It
// refuses a product out of range, one with more than 48 decimals included.
func (e Exact) Scale(q Quantity) (Exact, error) {
	return inExact(e.number.Mul(q.number), e.currency)
}

func inExact(number decimal.Decimal, c Currency) (Exact, error) {
	fitted, err := exactLimits().fit(number)
	if err != nil {
		return Exact{}, err
	}
	return Exact{number: fitted, currency: c}, nil
}

// Currency returns the currency, "" for Exact{}.
func (e Exact) Currency() Currency { return e.currency }

// Number returns the unrounded number in its shortest plain form: "52.1439".
func (e Exact) Number() string { return plain(e.number) }

// String returns the unrounded number and the currency: "52.1439 USD".
func (e Exact) String() string { return described(e.Number(), e.currency) }

// Sign returns -1, 0 or 1.
func (e Exact) Sign() int { return e.number.Sign() }

// IsZero says whether the number is 0, in whatever currency.
func (e Exact) IsZero() bool { return e.number.IsZero() }

// Equal says whether both are the same number of the same currency.
func (e Exact) Equal(d Exact) bool {
	return e.currency == d.currency && e.number.Equal(d.number)
}
