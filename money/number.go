package money

import (
	"strings"

	"github.com/shopspring/decimal"
)

// limits bounds the numbers of a type: the most digits before and after the
// decimal point. Within them no text, sum or product can grow without end.
type limits struct {
	integers int
	decimals int
}

// parse reads a plain decimal number within the limits. Its grammar is
//
//	-?(0|[1-9][0-9]*)(\.[0-9]+)?
//
// which knows no exponent, no plus sign, no leading zero and no NaN, so that
// an amount has one way to be written. The decimals count as they are written,
// zeros included. The text is bounded before anything is computed from it:
// "1e999999999" would otherwise be ten bytes that fill the memory.
func (l limits) parse(text string) (decimal.Decimal, error) {
	if len(text) > len("-.")+l.integers+l.decimals {
		return decimal.Decimal{}, l.refused()
	}
	whole, fraction, point := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	switch {
	case !digits(whole), len(whole) > 1 && whole[0] == '0', point && !digits(fraction):
		return decimal.Decimal{}, invalid("number", `must be a plain decimal number such as "12.5"`)
	case len(whole) > l.integers, len(fraction) > l.decimals:
		return decimal.Decimal{}, l.refused()
	}
	number, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, invalid("number", "must be a decimal number")
	}
	return number.Normalize(), nil
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// fit returns a computed number, unless it is outside the limits. Every number
// of the package is kept normalized (no trailing zeros, one zero), so that
// equal values are equal in memory too.
func (l limits) fit(number decimal.Decimal) (decimal.Decimal, error) {
	number = number.Normalize()
	if number.IsZero() {
		return number, nil
	}
	exponent := int(number.Exponent())
	if number.NumDigits()+exponent > l.integers || exponent < -l.decimals {
		return decimal.Decimal{}, l.refused()
	}
	return number, nil
}

func (l limits) refused() error {
	return invalid("number", "must have at most %d digits before the decimal point and %d after it",
		l.integers, l.decimals)
}

// plain writes a number in its shortest form without an exponent: "0.07143".
// Not decimal's String, whose form hangs on variables that any package of the
// host can set. As many places are asked for as there are: nothing is rounded.
func plain(number decimal.Decimal) string {
	return number.StringFixed(max(0, -number.Exponent()))
}

// described writes a number with its currency, if it has one.
func described(number string, c Currency) string {
	if c == "" {
		return number
	}
	return number + " " + string(c)
}
