package money_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/bojanz/currency"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// TestMain does what a host may do to the currency data: add one that is no
// longer paid in, which is welcome, and three that cannot work here.
func TestMain(m *testing.M) {
	currency.Register("BGN", currency.Definition{NumericCode: "975", Digits: 2})
	currency.Register("usd", currency.Definition{NumericCode: "840", Digits: 2})
	currency.Register("U2D", currency.Definition{Digits: 2})
	currency.Register("ETH", currency.Definition{Digits: 18})
	os.Exit(m.Run())
}

func TestCurrencyIsACodeInUse(t *testing.T) {
	t.Parallel()
	for code, decimals := range map[string]int{
		"JPY": 0, "KRW": 0, "ISK": 0, "USD": 2, "EUR": 2, "HUF": 2, "KWD": 3, "TND": 3, "CLF": 4, "BGN": 2,
	} {
		c, err := money.ParseCurrency(code)
		require.NoError(t, err, code)
		require.Equal(t, money.Currency(code), c)
		require.True(t, c.Valid(), code)
		require.Equal(t, decimals, c.Decimals(), code)
	}
	for _, code := range []string{
		"", "usd", "Usd", "US", "USDT", " USD", "USD ", "XXX", "XTS", "XAU", "ABC", "ÜSD", "U\x00D", "DEM", "BTC", "ETH", "U2D",
	} {
		c, err := money.ParseCurrency(code)
		require.ErrorIs(t, err, fault.ErrInvalid, "%q", code)
		require.Empty(t, c)
		require.False(t, money.Currency(code).Valid(), "%q", code)
		require.Zero(t, money.Currency(code).Decimals(), "%q", code)
	}
}

func TestCurrencyInJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []money.Currency{"", "USD", "JPY"} {
		text, err := json.Marshal(c)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%q", string(c)), string(text))
		back := money.Currency("EUR")
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, c, back)
	}
	kept := money.Currency("EUR")
	for _, text := range []string{`"usd"`, `"XXX"`, `" "`, `"USD "`} {
		require.ErrorIs(t, json.Unmarshal([]byte(text), &kept), fault.ErrInvalid, text)
		require.Equal(t, money.Currency("EUR"), kept)
	}
	_, err := json.Marshal(money.Currency("usd"))
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func ExampleParseCurrency() {
	yen, err := money.ParseCurrency("JPY")
	fmt.Println(yen, yen.Decimals(), err)

	_, err = money.ParseCurrency("jpy")
	fmt.Println(err)
	// Output:
	// JPY 0 <nil>
	// invalid: currency must be the code of a currency in ISO 4217, such as USD
}
