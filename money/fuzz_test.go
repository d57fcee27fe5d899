package money_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// FuzzNumbers holds the parsers against the grammar, written down a second
// time: they accept what it and the limits do, and keep the number.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{
		"0", "-0", "12.50", "-3", "0.005", "1e9", "NaN", "+1", "01", ".5", "5.", "1.0000000000001", "99999999999999999999",
		"１", "--1", "1.2.3", "-.1", strings.Repeat("9", 39), "0." + strings.Repeat("0", 12),
	} {
		f.Add(text)
	}
	grammar := regexp.MustCompile(`\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\z`)
	within := func(text string, integers, decimals int) bool {
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
		return grammar.MatchString(text) && len(whole) <= integers && len(fraction) <= decimals
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []money.Currency{"JPY", "USD", "KWD"} {
			a, err := money.NewAmount(text, c)
			require.Equal(t, within(text, 38-c.Decimals(), c.Decimals()), err == nil, "%q %s: %v", text, c, err)
			if err != nil {
				require.ErrorIs(t, err, fault.ErrInvalid)
			} else {
				require.Zero(t, rational(t, text).Cmp(rational(t, a.Number())))
				require.True(t, within(a.Number(), 38-c.Decimals(), c.Decimals()))
			}
		}
		r, err := money.NewRate(text, "USD")
		require.Equal(t, within(text, 18, 12), err == nil, "%q: %v", text, err)
		if err == nil {
			require.Zero(t, rational(t, text).Cmp(rational(t, r.Number())))
		}
		q, err := money.NewQuantity(text)
		require.Equal(t, within(text, 18, 12) && rational(t, text).Sign() >= 0, err == nil, "%q: %v", text, err)
		if err == nil {
			require.Zero(t, rational(t, text).Cmp(rational(t, q.String())))
		}
	})
}

// FuzzJSON reads anything; what is accepted is written and read back alike.
func FuzzJSON(f *testing.F) {
	f.Add(`{"number":"12.50","currency":"USD"}`)
	f.Add(`{"number":"0","currency":""}`)
	f.Add(`{"number":"1e9","currency":"EUR"}`)
	f.Add(`{"Number":"7","CURRENCY":"JPY","x":[{}]}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, text string) {
		readBack[money.Amount](t, text)
		readBack[money.Rate](t, text)
		readBack[money.Exact](t, text)
		readBack[money.Quantity](t, text)
		readBack[money.Currency](t, text)
	})
}

func readBack[T any](t *testing.T, text string) {
	t.Helper()
	var value, again T
	if json.Unmarshal([]byte(text), &value) != nil {
		return
	}
	written, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(written, &again))
	require.Equal(t, value, again)
}
