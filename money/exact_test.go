package money_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestRoundIsHalfEven(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rate     string
		quantity string
		currency money.Currency
		exact    string
		want     string
	}{
		{"0.005", "1", "USD", "0.005", "0.00"},
		{"0.015", "1", "USD", "0.015", "0.02"},
		{"0.025", "1", "USD", "0.025", "0.02"},
		{"-0.005", "1", "USD", "-0.005", "0.00"},
		{"-0.015", "1", "USD", "-0.015", "-0.02"},
		{"0.005000000001", "1", "USD", "0.005000000001", "0.01"},
		{"0.014999999999", "1", "USD", "0.014999999999", "0.01"},
		{"0.5", "1", "JPY", "0.5", "0"},
		{"1.5", "1", "JPY", "1.5", "2"},
		{"2.5", "1", "JPY", "2.5", "2"},
		{"-2.5", "1", "JPY", "-2.5", "-2"},
		{"0.0005", "1", "KWD", "0.0005", "0.000"},
		{"0.0015", "1", "KWD", "0.0015", "0.002"},
		{"0.000000000001", "1", "USD", "0.000000000001", "0.00"},
		{"0.000000000001", "5000000000", "USD", "0.005", "0.00"},
		{"0.000000000001", "5000000001", "USD", "0.005000000001", "0.01"},
		{"0.000000000001", "0.000000000001", "USD", "0.000000000000000000000001", "0.00"},
		{"0.07143", "730", "USD", "52.1439", "52.14"},
		{"0.01", "2.5", "USD", "0.025", "0.02"},
		{"9.995", "1", "USD", "9.995", "10.00"},
		{"1", "0", "USD", "0", "0.00"},
		{"100", "1500", "USD", "150000", "150000.00"},
	} {
		exact := rate(t, row.rate, row.currency).Times(quantity(t, row.quantity))
		require.Equal(t, row.exact, exact.Number(), "%+v", row)
		require.Equal(t, row.exact+" "+string(row.currency), exact.String())
		got, err := exact.Round()
		require.NoError(t, err)
		require.Equal(t, row.want, got.Number(), "%+v", row)
		require.Equal(t, amount(t, row.want, row.currency), got, "%+v", row)
	}
}

// halfEven rounds with whole numbers alone: an arithmetic that shares nothing
// with the one under test.
func halfEven(x *big.Rat, decimals int) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(x, new(big.Rat).SetInt(scale))
	floor, rest := new(big.Int).DivMod(scaled.Num(), scaled.Denom(), new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(scaled.Denom()) {
	case 1:
		floor.Add(floor, big.NewInt(1))
	case 0:
		floor.Add(floor, new(big.Int).And(floor, big.NewInt(1)))
	}
	return new(big.Rat).SetFrac(floor, scale)
}

func TestRoundAgreesWithRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurrency().Draw(t, "currency")
		r, q := anyRate(c).Draw(t, "rate"), anyQuantity().Draw(t, "quantity")
		want := new(big.Rat).Mul(rational(t, r.Number()), rational(t, q.String()))
		exact := r.Times(q)
		require.Zero(t, want.Cmp(rational(t, exact.Number())), "a product is exact")
		require.Equal(t, c, exact.Currency())
		require.Equal(t, want.Sign(), exact.Sign())
		require.Equal(t, want.Sign() == 0, exact.IsZero())

		got, err := exact.Round()
		limit := rational(t, "1"+strings.Repeat("0", 38-c.Decimals()))
		rounded := halfEven(want, c.Decimals())
		if new(big.Rat).Abs(rounded).Cmp(limit) >= 0 {
			require.ErrorIs(t, err, fault.ErrInvalid)
			return
		}
		require.NoError(t, err)
		require.Equal(t, rounded.FloatString(c.Decimals()), got.Number())
		mirrored, err := exact.Neg().Round()
		require.NoError(t, err)
		require.Equal(t, got.Neg(), mirrored, "rounding knows no side")
	})
}

func TestExactSumsBeforeItRounds(t *testing.T) {
	t.Parallel()
	third := rate(t, "0.004", "USD").Times(quantity(t, "1"))
	sum, err := third.Plus(third)
	require.NoError(t, err)
	charged, err := sum.Round()
	require.NoError(t, err)
	require.Equal(t, "0.01 USD", charged.String(), "0.008 together, though 0.00 each")

	scaled, err := third.Scale(quantity(t, "3.5"))
	require.NoError(t, err)
	require.Equal(t, "0.014 USD", scaled.String())
	require.Equal(t, "12.5 USD", amount(t, "12.50", "USD").Exact().String())
	require.False(t, third.Equal(rate(t, "0.004", "EUR").Times(quantity(t, "1"))))
}

func TestExactLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurrency().Draw(t, "currency")
		r, s := anyRate(c).Draw(t, "r"), anyRate(c).Draw(t, "s")
		q := anyQuantity().Draw(t, "q")
		sum, err := r.Times(q).Plus(s.Times(q))
		require.NoError(t, err)
		again, err := s.Times(q).Plus(r.Times(q))
		require.NoError(t, err)
		require.Equal(t, sum, again)
		require.True(t, cmp.Equal(sum, again))
		if both, err := r.Add(s); err == nil {
			require.Equal(t, both.Times(q), sum, "distributive")
		}
		nothing, err := sum.Plus(sum.Neg())
		require.NoError(t, err)
		require.True(t, nothing.IsZero())
	})
}

func TestExactIsBounded(t *testing.T) {
	t.Parallel()
	small := rate(t, "0.000000000001", "USD").Times(quantity(t, "0.000000000001"))
	small, err := small.Scale(quantity(t, "0.000000000001"))
	require.NoError(t, err)
	small, err = small.Scale(quantity(t, "0.000000000001"))
	require.NoError(t, err)
	require.Equal(t, "0."+strings.Repeat("0", 47)+"1", small.Number())
	_, err = small.Scale(quantity(t, "0.1"))
	require.ErrorIs(t, err, fault.ErrInvalid)

	most := quantity(t, strings.Repeat("9", 18))
	large := rate(t, strings.Repeat("9", 18), "USD").Times(most)
	_, err = large.Scale(most)
	require.ErrorIs(t, err, fault.ErrInvalid)
	large, err = large.Scale(quantity(t, "1000000000000"))
	require.NoError(t, err, "48 digits")
	_, err = large.Plus(large)
	require.ErrorIs(t, err, fault.ErrInvalid, "49 digits")
	_, err = large.Round()
	require.ErrorIs(t, err, fault.ErrInvalid, "an amount holds 38 digits")
}

func ExampleExact_Plus() {
	compute, _ := money.NewRate("0.0333", "USD")
	license, _ := money.NewRate("0.0117", "USD")
	hour, _ := money.QuantityOf(1)

	line, _ := compute.Times(hour).Plus(license.Times(hour))
	charged, _ := line.Round()
	fmt.Println(line, charged)
	// Output:
	// 0.045 USD 0.04 USD
}
