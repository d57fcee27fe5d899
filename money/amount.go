// Package money holds exact amounts, rates and quantities.
//
// An [Amount] is what is charged, in the decimals of its currency. A [Rate] is
// what a price rule holds, in up to 12 decimals: 0.07143 USD an hour. A rate
// times a [Quantity] is an [Exact], which adds up without loss and is rounded
// to an Amount once, by [Exact.Round] and nowhere else:
//
//	hourly, err := money.NewRate("0.07143", "USD")
//	hours, err := money.NewQuantity("730")
//	amount, err := hourly.Times(hours).Round() // 52.14 USD
//
// All values are immutable and safe for concurrent use. Compare them with
// Equal or Cmp, not with ==. Every refusal is a fault.ErrInvalid.
package money

import "github.com/shopspring/decimal"

// Amount is an amount of money: exactly as many decimals as its currency has,
// and up to 38 digits in all, so below 10^(38-decimals) on both sides of zero.
// It may be negative. The zero value is nothing, in no currency; it mixes with
// no other amount.
type Amount struct {
	number   decimal.Decimal
	currency Currency
}

// amountDigits is how many digits an amount may have: what PostgreSQL's and
// everybody else's decimals of 128 bits hold.
const amountDigits = 38

func amountLimits(c Currency) limits {
	return limits{integers: amountDigits - c.Decimals(), decimals: c.Decimals()}
}

// NewAmount reads a plain decimal number such as "12.5" or "-3". It refuses
// more decimals than the currency has rather than to round them, exponents,
// plus signs, spaces, anything out of range, and an unknown currency.
func NewAmount(number string, c Currency) (Amount, error) {
	if !c.Valid() {
		return Amount{}, invalid("currency", currencyRule)
	}
	parsed, err := amountLimits(c).parse(number)
	if err != nil {
		return Amount{}, err
	}
	return Amount{number: parsed, currency: c}, nil
}

// FromMinor returns an amount given in the currency's smallest unit: 1250
// cents are 12.50 USD. It refuses an unknown currency.
func FromMinor(units int64, c Currency) (Amount, error) {
	if !c.Valid() {
		return Amount{}, invalid("currency", currencyRule)
	}
	number := decimal.New(units, -int32(c.Decimals()))
	return Amount{number: number.Normalize(), currency: c}, nil
}

// Zero returns nothing, in a currency: the start of a sum. Of an unknown
// currency it is Amount{}.
func Zero(c Currency) Amount {
	if !c.Valid() {
		return Amount{}
	}
	return Amount{currency: c}
}

// Currency returns the amount's currency, "" for Amount{}.
func (a Amount) Currency() Currency { return a.currency }

// Number returns the number with exactly the currency's decimals: "12.50".
func (a Amount) Number() string {
	return a.number.StringFixed(int32(a.currency.Decimals()))
}

// String returns the number and the currency: "12.50 USD".
func (a Amount) String() string { return described(a.Number(), a.currency) }

// Minor returns the amount in the currency's smallest unit, 1250 for
// 12.50 USD; ok is false where that does not fit.
func (a Amount) Minor() (units int64, ok bool) {
	shifted := a.number.Shift(int32(a.currency.Decimals())).BigInt()
	if !shifted.IsInt64() {
		return 0, false
	}
	return shifted.Int64(), true
}

// Exact returns the amount as an exact number, to be added to others before
// they are rounded.
func (a Amount) Exact() Exact { return Exact(a) }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return a.number.Sign() }

// IsZero says whether the amount is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.number.IsZero() }
