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

func TestRateNumberIsTheShortest(t *testing.T) {
	t.Parallel()
	for text, number := range map[string]string{
		"0.07143": "0.07143", "0.071430": "0.07143", "5": "5", "5.0": "5", "1500": "1500", "1500.000": "1500",
		"0": "0", "0.000": "0", "-0": "0", "-0.10": "-0.1", "0.000000000001": "0.000000000001",
		strings.Repeat("9", 18) + "." + strings.Repeat("9", 12): strings.Repeat("9", 18) + "." + strings.Repeat("9", 12),
	} {
		r := rate(t, text, "USD")
		require.Equal(t, number, r.Number(), text)
		require.Equal(t, number+" USD", r.String())
		require.Equal(t, money.Currency("USD"), r.Currency())
		require.Equal(t, rate(t, number, "USD"), r, "one value, one form in memory")
	}
	require.Equal(t, "0", money.Rate{}.String())
}

func TestNewRateRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", "+1", "01", "1.", ".1", "1e-3", "NaN", " 1", "0.0000000000001", "0.1000000000000",
		"1" + strings.Repeat("0", 18), strings.Repeat("0", 100), strings.Repeat("1", 1<<20),
	} {
		r, err := money.NewRate(text, "USD")
		require.ErrorIs(t, err, fault.ErrInvalid, "%.50q", text)
		require.Equal(t, money.Rate{}, r)
	}
	for _, c := range []money.Currency{"", "usd", "XXX"} {
		_, err := money.NewRate("1", c)
		require.ErrorIs(t, err, fault.ErrInvalid, "%q", c)
	}
}

func TestRateArithmetic(t *testing.T) {
	t.Parallel()
	sum, err := rate(t, "0.07", "USD").Add(rate(t, "0.03", "USD"))
	require.NoError(t, err)
	require.Equal(t, rate(t, "0.1", "USD"), sum)
	_, err = rate(t, "1", "USD").Add(rate(t, "1", "EUR"))
	require.ErrorIs(t, err, fault.ErrInvalid)
	_, err = rate(t, "1", "USD").Cmp(money.Rate{})
	require.ErrorIs(t, err, fault.ErrInvalid)
	_, err = rate(t, strings.Repeat("9", 18), "USD").Add(rate(t, "1", "USD"))
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.False(t, rate(t, "1", "USD").Equal(rate(t, "1", "EUR")))
	require.True(t, rate(t, "0.0", "USD").IsZero())
	require.False(t, rate(t, "0.000000000001", "USD").IsZero())
}

func TestRateLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurrency().Draw(t, "currency")
		r, s := anyRate(c).Draw(t, "r"), anyRate(c).Draw(t, "s")
		back, err := money.NewRate(r.Number(), c)
		require.NoError(t, err)
		require.Equal(t, r, back, "the text is read back")

		order, err := r.Cmp(s)
		require.NoError(t, err)
		require.Equal(t, rational(t, r.Number()).Cmp(rational(t, s.Number())), order)
		require.Equal(t, order == 0, r.Equal(s))
		require.Equal(t, order == 0, cmp.Equal(r, s))
		require.Equal(t, order == 0, r.Number() == s.Number(), "equal rates and no others have equal texts")
		require.Equal(t, -r.Sign(), r.Neg().Sign())

		sum, err := r.Add(s)
		want := new(big.Rat).Add(rational(t, r.Number()), rational(t, s.Number()))
		if err != nil {
			limit := rational(t, "1"+strings.Repeat("0", 18))
			require.GreaterOrEqual(t, want.Abs(want).Cmp(limit), 0, "refused in range: %v", err)
			return
		}
		require.Zero(t, want.Cmp(rational(t, sum.Number())))
	})
}

func ExampleRate_Times() {
	hourly, _ := money.NewRate("0.07143", "USD")
	hours, _ := money.NewQuantity("730")

	exact := hourly.Times(hours)
	charged, err := exact.Round()
	fmt.Println(exact, "is charged as", charged, err)
	// Output:
	// 52.1439 USD is charged as 52.14 USD <nil>
}
