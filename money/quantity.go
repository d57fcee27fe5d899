package money

import "github.com/shopspring/decimal"

// Quantity is how much of something is charged for, in units that the price
// names: 730 hours, 2.5 GiB. It is exact, never negative, and has up to 18
// digits before the decimal point and 12 after it. The zero value is 0.
type Quantity struct {
	number decimal.Decimal
}

func quantityLimits() limits { return limits{integers: 18, decimals: 12} }

// NewQuantity reads a plain decimal number such as "2.5". It refuses a
// negative one, exponents, spaces, and anything out of range.
func NewQuantity(number string) (Quantity, error) {
	parsed, err := quantityLimits().parse(number)
	if err != nil {
		return Quantity{}, err
	}
	return inQuantity(parsed)
}

// QuantityOf returns a count of things. It refuses a negative one, and 10^18
// and more.
func QuantityOf(count int64) (Quantity, error) {
	return inQuantity(decimal.NewFromInt(count))
}

// Add returns q + p. It refuses a sum out of range.
func (q Quantity) Add(p Quantity) (Quantity, error) {
	return inQuantity(q.number.Add(p.number))
}

// Sub returns q - p. It refuses a negative difference.
func (q Quantity) Sub(p Quantity) (Quantity, error) {
	return inQuantity(q.number.Sub(p.number))
}

// Mul returns q × p exactly. It refuses a product out of range, one with more
// than 12 decimals included: quantities are never rounded.
func (q Quantity) Mul(p Quantity) (Quantity, error) {
	return inQuantity(q.number.Mul(p.number))
}

func inQuantity(number decimal.Decimal) (Quantity, error) {
	if number.IsNegative() {
		return Quantity{}, invalid("number", "must not be negative")
	}
	fitted, err := quantityLimits().fit(number)
	if err != nil {
		return Quantity{}, err
	}
	return Quantity{number: fitted}, nil
}

// Cmp returns -1 if q < p, 0 if they are equal and 1 if q > p.
func (q Quantity) Cmp(p Quantity) int { return q.number.Cmp(p.number) }

// Equal says whether both are the same number.
func (q Quantity) Equal(p Quantity) bool { return q.number.Equal(p.number) }

// IsZero says whether q is 0.
func (q Quantity) IsZero() bool { return q.number.IsZero() }

// String returns the number in its shortest plain form: "2.5".
func (q Quantity) String() string { return plain(q.number) }

// MarshalText writes the quantity as String does; in JSON it is a string.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what NewQuantity reads.
func (q *Quantity) UnmarshalText(text []byte) error {
	parsed, err := NewQuantity(string(text))
	if err != nil {
		return err
	}
	*q = parsed
	return nil
}
