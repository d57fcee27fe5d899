package money_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// document holds one of each, as an entity does.
type document struct {
	Amount money.Amount `json:"amount"`
	Rate   money.Rate   `json:"rate"`
	Exact  money.Exact  `json:"exact"`
}

func TestJSONIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurrency().Draw(t, "currency")
		r := anyRate(c).Draw(t, "rate")
		want := document{
			Amount: anyAmount(c).Draw(t, "amount"), Rate: r, Exact: r.Times(anyQuantity().Draw(t, "quantity")),
		}
		text, err := json.Marshal(want)
		require.NoError(t, err)
		var got document
		require.NoError(t, json.Unmarshal(text, &got))
		require.Equal(t, want, got)
		again, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again), "equal values are equal bytes")
	})
}

func TestJSONForm(t *testing.T) {
	t.Parallel()
	r := rate(t, "0.071430", "USD")
	text, err := json.Marshal(document{amount(t, "12.5", "USD"), r, r.Times(quantity(t, "730"))})
	require.NoError(t, err)
	require.Equal(t, `{"amount":{"number":"12.50","currency":"USD"},"rate":{"number":"0.07143","currency":"USD"},`+
		`"exact":{"number":"52.1439","currency":"USD"}}`, string(text))

	text, err = json.Marshal(document{})
	require.NoError(t, err)
	require.Equal(t, 3, strings.Count(string(text), `{"number":"0","currency":""}`))
	got := document{Amount: amount(t, "1", "USD"), Rate: r}
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, document{}, got)
}

func TestJSONRefuses(t *testing.T) {
	t.Parallel()
	kept := document{Amount: amount(t, "1", "USD"), Rate: rate(t, "1", "USD")}
	kept.Exact = kept.Amount.Exact()
	for _, value := range []string{
		`{}`, `{"number":"1"}`, `{"currency":"USD"}`, `{"number":"1","currency":""}`, `{"number":"0.00","currency":""}`,
		`{"number":"1","currency":"usd"}`, `{"number":"1","currency":"XXX"}`, `{"number":1,"currency":"USD"}`,
		`{"number":"1e3","currency":"USD"}`, `{"number":"","currency":"USD"}`, `"1 USD"`, `1`, `[]`, `true`,
		`{"number":"0.` + strings.Repeat("1", 60) + `","currency":"USD"}`,
		`{"number":"` + strings.Repeat("1", 60) + `","currency":"USD"}`,
	} {
		for _, field := range []string{"amount", "rate", "exact"} {
			got := kept
			err := json.Unmarshal([]byte(`{"`+field+`":`+value+`}`), &got)
			require.ErrorIs(t, err, fault.ErrInvalid, "%s %s", field, value)
			require.Equal(t, kept, got, "a refused value changes nothing")
		}
	}
	require.ErrorIs(t, json.Unmarshal([]byte(`{"number":"1.234","currency":"USD"}`), &kept.Amount), fault.ErrInvalid)

	got := kept
	require.NoError(t, json.Unmarshal([]byte(`{"amount":null,"rate":null,"exact":null}`), &got))
	require.Equal(t, kept, got, "null leaves a value alone")
}

func ExampleAmount_MarshalJSON() {
	price, _ := money.NewAmount("12.5", "USD")
	text, err := json.Marshal(price)
	fmt.Println(string(text), err)
	// Output:
	// {"number":"12.50","currency":"USD"} <nil>
}
