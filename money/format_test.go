package money_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/money"
)

func TestAmountFormat(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		number   string
		currency money.Currency
		locale   string
		want     string
	}{
		{"1234.5", "EUR", "en", "€1,234.50"},
		{"1234.5", "EUR", "de-DE", "1.234,50\u00a0€"},
		{"-1234.5", "USD", "en-US", "-$1,234.50"},
		{"1234567", "JPY", "ja", "￥1,234,567"},
		{"1234567.89", "INR", "en-IN", "₹12,34,567.89"},
		{"0.001", "KWD", "en", "KWD\u00a00.001"},
		{"1", "USD", "", "$1.00"},
		{"1", "USD", "_US", "$1.00"},
		{"1", "USD", "zz-ZZ", "$1.00"},
		{"1", "USD", "not a locale", "$1.00"},
	} {
		require.Equal(t, row.want, amount(t, row.number, row.currency).Format(row.locale), "%+v", row)
	}
	require.Equal(t, "0", money.Amount{}.Format("en"))
	require.Equal(t, "$"+strings.Repeat("999,", 11)+"999.99", amount(t, strings.Repeat("9", 36)+".99", "USD").Format("en"))
}

func TestAmountFormatAlwaysShowsTheNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := anyCurrency().Draw(t, "currency")
		a := anyAmount(currency).Draw(t, "amount")
		locale := rapid.OneOf(
			rapid.SampledFrom([]string{"en", "de", "fr-CH", "es-419", "sr-Latn", "", "-", "_US", "--US"}), rapid.String(),
		).Draw(t, "locale")
		require.NotEmpty(t, a.Format(locale))
	})
}

func ExampleAmount_Format() {
	a, _ := money.NewAmount("1234.5", "EUR")
	fmt.Printf("%q\n", a.Format("en"))
	fmt.Printf("%q\n", a.Format("nl"))
	// Output:
	// "€1,234.50"
	// "€\u00a01.234,50"
}
