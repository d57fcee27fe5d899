package money_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestNewAmountHasTheCurrencysDecimals(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", 36)
	for _, row := range []struct {
		text     string
		currency money.Currency
		number   string
	}{
		{"12.5", "USD", "12.50"}, {"12", "USD", "12.00"}, {"0", "USD", "0.00"}, {"-0", "USD", "0.00"},
		{"-0.00", "USD", "0.00"}, {"-3.07", "USD", "-3.07"}, {"0.01", "USD", "0.01"},
		{"1500", "JPY", "1500"}, {"-7", "JPY", "-7"}, {"0", "JPY", "0"},
		{"1.2", "KWD", "1.200"}, {"0.001", "KWD", "0.001"},
		{nines + ".99", "USD", nines + ".99"}, {"-" + nines + "99", "JPY", "-" + nines + "99"},
	} {
		a := amount(t, row.text, row.currency)
		require.Equal(t, row.number, a.Number())
		require.Equal(t, row.number+" "+string(row.currency), a.String())
		require.Equal(t, row.currency, a.Currency())
	}
}

func TestNewAmountRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text     string
		currency money.Currency
		field    string
	}{
		{"", "USD", "number"}, {".", "USD", "number"}, {"-", "USD", "number"}, {".5", "USD", "number"},
		{"5.", "USD", "number"}, {"+5", "USD", "number"}, {"--5", "USD", "number"}, {"05", "USD", "number"},
		{"-00", "USD", "number"}, {"1e3", "USD", "number"}, {"1E3", "USD", "number"}, {"1e999999999", "USD", "number"},
		{"NaN", "USD", "number"}, {"Infinity", "USD", "number"}, {"0x10", "USD", "number"}, {"1_000", "USD", "number"},
		{"1,000", "USD", "number"}, {"1,5", "USD", "number"}, {" 1", "USD", "number"}, {"1 ", "USD", "number"},
		{"1.2.3", "USD", "number"}, {"1.-2", "USD", "number"}, {"１２", "USD", "number"}, {"1\x00", "USD", "number"},
		{"12.345", "USD", "number"}, {"12.500", "USD", "number"}, {"1.0", "JPY", "number"}, {"1.0000", "KWD", "number"},
		{"1" + strings.Repeat("0", 36), "USD", "number"}, {"1" + strings.Repeat("0", 38), "JPY", "number"},
		{strings.Repeat("9", 1<<20), "USD", "number"},
		{"1", "", "currency"}, {"1", "usd", "currency"}, {"1", "XXX", "currency"},
	} {
		a, err := money.NewAmount(row.text, row.currency)
		require.ErrorIs(t, err, fault.ErrInvalid, "%.50q", row.text)
		require.Equal(t, money.Amount{}, a)
		var refusal *fault.Error
		require.ErrorAs(t, err, &refusal)
		require.Len(t, refusal.Fields, 1)
		require.Equal(t, row.field, refusal.Fields[0].Path, "%.50q", row.text)
	}
}

func TestAmountInMinorUnits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		units    int64
		currency money.Currency
		number   string
	}{
		{1250, "USD", "12.50"}, {-1, "USD", "-0.01"}, {0, "USD", "0.00"}, {1250, "JPY", "1250"}, {1250, "KWD", "1.250"},
		{math.MaxInt64, "USD", "92233720368547758.07"}, {math.MinInt64, "JPY", "-9223372036854775808"},
	} {
		a, err := money.FromMinor(row.units, row.currency)
		require.NoError(t, err)
		require.Equal(t, row.number, a.Number())
		require.Equal(t, amount(t, row.number, row.currency), a, "one value, one form in memory")
		units, ok := a.Minor()
		require.True(t, ok)
		require.Equal(t, row.units, units)
	}
	_, err := money.FromMinor(1, "usd")
	require.ErrorIs(t, err, fault.ErrInvalid)
	for _, number := range []string{"92233720368547758.08", "-92233720368547758.09", strings.Repeat("9", 36)} {
		_, ok := amount(t, number, "USD").Minor()
		require.False(t, ok, number)
	}
}

func TestZeroAmounts(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0.00 USD", money.Zero("USD").String())
	require.Equal(t, amount(t, "0", "USD"), money.Zero("USD"))
	require.Equal(t, money.Amount{}, money.Zero("nonsense"))
	require.Equal(t, "0", money.Amount{}.String())
	require.True(t, money.Zero("USD").IsZero())
	require.False(t, amount(t, "-0.01", "USD").IsZero())
	require.False(t, money.Zero("USD").Equal(money.Zero("EUR")), "nothing in one currency is not nothing in another")
	require.False(t, money.Zero("USD").Equal(money.Amount{}))
	require.Equal(t, []int{-1, 0, 1}, []int{
		amount(t, "-0.01", "USD").Sign(), money.Zero("USD").Sign(), amount(t, "0.01", "USD").Sign(),
	})
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	dollar := amount(t, "1", "USD")
	for _, other := range []money.Amount{amount(t, "1", "EUR"), money.Zero("EUR"), {}} {
		_, err := dollar.Add(other)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = other.Sub(dollar)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = dollar.Cmp(other)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = money.Sum("USD", dollar, other)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = dollar.Exact().Plus(other.Exact())
		require.ErrorIs(t, err, fault.ErrInvalid)
	}
	_, err := money.Sum("", money.Amount{})
	require.ErrorIs(t, err, fault.ErrInvalid)
	none, err := money.Sum("USD")
	require.NoError(t, err)
	require.Equal(t, money.Zero("USD"), none)
}

func TestAmountsDoNotOverflow(t *testing.T) {
	t.Parallel()
	most := amount(t, strings.Repeat("9", 36)+".99", "USD")
	cent := amount(t, "0.01", "USD")
	_, err := most.Add(cent)
	require.ErrorIs(t, err, fault.ErrInvalid)
	_, err = most.Neg().Sub(cent)
	require.ErrorIs(t, err, fault.ErrInvalid)
	_, err = money.Sum("USD", most, cent)
	require.ErrorIs(t, err, fault.ErrInvalid)

	down, err := most.Sub(cent)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("9", 36)+".98", down.Number())
	total, err := money.Sum("USD", most, cent, cent.Neg())
	require.NoError(t, err, "only the sum itself must be in range")
	require.Equal(t, most, total)
}

func TestAmountsAreAGroup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := anyCurrency().Draw(t, "currency")
		a := anyAmount(currency).Draw(t, "a")
		b := anyAmount(currency).Draw(t, "b")
		c := anyAmount(currency).Draw(t, "c")
		add := func(a, b money.Amount) money.Amount {
			sum, err := a.Add(b)
			require.NoError(t, err)
			return sum
		}
		require.Equal(t, add(a, b), add(b, a), "commutative")
		require.Equal(t, add(add(a, b), c), add(a, add(b, c)), "associative")
		require.Equal(t, a, add(a, money.Zero(currency)), "zero")
		require.Equal(t, money.Zero(currency), add(a, a.Neg()), "inverse")
		difference, err := a.Sub(b)
		require.NoError(t, err)
		require.Equal(t, a, add(difference, b), "subtraction undoes addition")
		total, err := money.Sum(currency, a, b, c)
		require.NoError(t, err)
		require.Equal(t, add(add(a, b), c), total)

		want := new(big.Rat).Add(rational(t, a.Number()), rational(t, b.Number()))
		require.Equal(t, want.FloatString(currency.Decimals()), add(a, b).Number(), "as rationals do")
		order, err := a.Cmp(b)
		require.NoError(t, err)
		require.Equal(t, rational(t, a.Number()).Cmp(rational(t, b.Number())), order)
		require.Equal(t, order == 0, a.Equal(b))
		require.Equal(t, order == 0, cmp.Equal(a, b))
		require.Equal(t, difference.Sign(), order)
	})
}

func TestAmountTextIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := anyCurrency().Draw(t, "currency")
		text := plainNumber(true, 38-currency.Decimals(), currency.Decimals()).Draw(t, "text")
		a, err := money.NewAmount(text, currency)
		require.NoError(t, err)
		require.Zero(t, rational(t, text).Cmp(rational(t, a.Number())), "the same number")
		back, err := money.NewAmount(a.Number(), currency)
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

func ExampleNewAmount() {
	price, err := money.NewAmount("12.5", "USD")
	fmt.Println(price, err)

	_, err = money.NewAmount("12.345", "USD")
	fmt.Println(err)
	// Output:
	// 12.50 USD <nil>
	// invalid: number must have at most 36 digits before the decimal point and 2 after it
}

func ExampleSum() {
	one, _ := money.NewAmount("19.99", "EUR")
	two, _ := money.NewAmount("5.01", "EUR")
	total, err := money.Sum("EUR", one, two)
	fmt.Println(total, err)

	three, _ := money.NewAmount("1", "USD")
	_, err = money.Sum("EUR", one, two, three)
	fmt.Println(err)
	// Output:
	// 25.00 EUR <nil>
	// invalid: currency must not be mixed: EUR and USD
}
