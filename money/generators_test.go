package money_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/money"
)

// anyCurrency draws currencies of 0, 2, 3 and 4 decimals.
func anyCurrency() *rapid.Generator[money.Currency] {
	return rapid.SampledFrom([]money.Currency{"JPY", "USD", "EUR", "KWD", "CLF"})
}

// plainNumber draws numbers of the grammar within limits, halves and edges
// more often than chance has them.
func plainNumber(signed bool, integers, decimals int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		whole := strings.TrimLeft(digitsOf(t, integers), "0")
		if whole == "" {
			whole = "0"
		}
		number := whole
		if fraction := digitsOf(t, decimals); fraction != "" {
			number += "." + fraction
		}
		if signed && rapid.Bool().Draw(t, "negative") {
			number = "-" + number
		}
		return number
	})
}

func digitsOf(t *rapid.T, most int) string {
	length := rapid.IntRange(0, most).Draw(t, "length")
	digit := rapid.SampledFrom([]string{"0", "5", "9", "1", "4"})
	var b strings.Builder
	for range length {
		b.WriteString(digit.Draw(t, "digit"))
	}
	return b.String()
}

func anyAmount(c money.Currency) *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		// Two digits fewer than allowed: three of them add up within range.
		number := plainNumber(true, 36-c.Decimals(), c.Decimals()).Draw(t, "number")
		a, err := money.NewAmount(number, c)
		require.NoError(t, err)
		return a
	})
}

func anyRate(c money.Currency) *rapid.Generator[money.Rate] {
	return rapid.Custom(func(t *rapid.T) money.Rate {
		r, err := money.NewRate(plainNumber(true, 18, 12).Draw(t, "number"), c)
		require.NoError(t, err)
		return r
	})
}

func anyQuantity() *rapid.Generator[money.Quantity] {
	return rapid.Custom(func(t *rapid.T) money.Quantity {
		q, err := money.NewQuantity(plainNumber(false, 18, 12).Draw(t, "number"))
		require.NoError(t, err)
		return q
	})
}

// rational reads a number with another arithmetic than the package's own.
func rational(t require.TestingT, number string) *big.Rat {
	r, ok := new(big.Rat).SetString(number)
	require.True(t, ok, number)
	return r
}

// The helpers below are for tables, where a refusal is a mistake of the test.

func amount(tb testing.TB, number string, c money.Currency) money.Amount {
	tb.Helper()
	a, err := money.NewAmount(number, c)
	require.NoError(tb, err)
	return a
}

func rate(tb testing.TB, number string, c money.Currency) money.Rate {
	tb.Helper()
	r, err := money.NewRate(number, c)
	require.NoError(tb, err)
	return r
}

func quantity(tb testing.TB, number string) money.Quantity {
	tb.Helper()
	q, err := money.NewQuantity(number)
	require.NoError(tb, err)
	return q
}
