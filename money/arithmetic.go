package money

import "github.com/shopspring/decimal"

// Add returns a + b. It refuses to mix currencies, and a sum out of range.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := same(a.currency, b.currency); err != nil {
		return Amount{}, err
	}
	return inAmount(a.number.Add(b.number), a.currency)
}

// Sub returns a - b. It refuses to mix currencies, and a difference out of
// range.
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Neg returns -a.
func (a Amount) Neg() Amount {
	return Amount{number: a.number.Neg().Normalize(), currency: a.currency}
}

// Equal says whether both are the same number of the same currency. 0 USD and
// 0 EUR are not equal.
func (a Amount) Equal(b Amount) bool {
	return a.currency == b.currency && a.number.Equal(b.number)
}

// Cmp returns -1 if a < b, 0 if they are equal and 1 if a > b. It refuses to
// mix currencies.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := same(a.currency, b.currency); err != nil {
		return 0, err
	}
	return a.number.Cmp(b.number), nil
}

// Sum adds amounts that are all in one currency; of none it is Zero(c). It
// refuses an unknown currency, an amount in another one, and a sum out of
// range; the sums on the way there may be out of range.
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	if !c.Valid() {
		return Amount{}, invalid("currency", currencyRule)
	}
	total := decimal.Decimal{}
	for _, a := range amounts {
		if err := same(c, a.currency); err != nil {
			return Amount{}, err
		}
		total = total.Add(a.number)
	}
	return inAmount(total, c)
}

// inAmount makes an amount of a number that already has no more decimals than
// the currency.
func inAmount(number decimal.Decimal, c Currency) (Amount, error) {
	fitted, err := amountLimits(c).fit(number)
	if err != nil {
		return Amount{}, err
	}
	return Amount{number: fitted, currency: c}, nil
}
