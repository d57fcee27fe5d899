package sqlstore

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
)

// FuzzTexts holds the fast way of a map of texts against encoding/json's, there
// and back. What the fast way does not take is encoding/json's anyway.
func FuzzTexts(f *testing.F) {
	for _, text := range []string{
		"", "null", " null", "{}", "{ }", `{"a":"b"}`, `{"a": "b", "c": ""}`, `{"a":"b",}`, `{"a":"b" "c":"d"}`, `{"a":"b"}}`, `{"a","b"}`,
		`{"a":"b","a":"c"}`, `{"a":1}`, `{"a":null}`, `{"a":{}}`, `{"ключ": "значение 🦊"}`, "{\"a\":\"\xff\"}", `{"\u0061":"\n"}`, "{\"a\":\"\n\"}",
		`{"<&>":"'"}`, `{"a":"b"`, `{"a"}`, `{"a":}`, `{:"a"}`, `{,}`, `["a"]`, "{\"a\":\"b\"\t}", `{"a" : "b" , "c":"d" }`, `{"a":"b" x}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want map[string]string
		failed := json.Unmarshal([]byte(text), &want)
		got, ok := plainTexts([]byte(text))
		if !ok {
			return
		}
		require.NoError(t, failed, "only the fast way reads %q", text)
		require.Empty(t, cmp.Diff(want, got))
		wrote, ok := appendTexts(nil, got)
		if !ok {
			return
		}
		again, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, string(again), string(wrote))
	})
}

// TestTextsArePlain proves that what nearly every row holds goes the fast way.
func TestTextsArePlain(t *testing.T) {
	t.Parallel()
	for _, texts := range []map[string]string{nil, {}, {"tier": "gold", "disk_gib": "80", "note": "it's a + b = c"}} {
		wrote, ok := appendTexts(nil, texts)
		require.True(t, ok)
		got, ok := plainTexts(wrote)
		require.True(t, ok)
		require.Empty(t, cmp.Diff(texts, got))
	}
	spaced, ok := plainTexts([]byte(`{"a": "b", "c": "d"}`))
	require.True(t, ok, "as jsonb writes it")
	require.Equal(t, map[string]string{"a": "b", "c": "d"}, spaced)
}

// FuzzRates holds the fast way of rates against encoding/json's.
func FuzzRates(f *testing.F) {
	for _, text := range []string{
		"", "null", "[]", `[{"rule":"instance","period":"hour","unit":"vcpus","rate":{"number":"0.07143","currency":"USD"}}]`,
		`[{"rule":"a","period":"once","rate":{"number":"1","currency":"KWD"}},{"rule":"b","period":"month","rate":{"number":"0","currency":""}}]`,
		`[{"rule":"a","period":"once","rate":{"number":"1e5","currency":"USD"}}]`, `[{"rule":"\u0061","period":"once","rate":{"number":"1","currency":"USD"}}]`,
		`[{"period":"once","rule":"a","rate":{"number":"1","currency":"USD"}}]`, `[{"rule":"a","period":"once","rate":{"number":"1","currency":"USD"}},]`,
		`[{"rule":"a","period":"once","rate":{"number":"1","currency":"USD"}}] x`, `[{"rule":"a","period":"once","rate":{"number":"1","currency":"XXX"}}]`,
		`[{"rule":"a","period":"once","rate":{"number":"-01.50","currency":"USD"}}]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := plainRates([]byte(text))
		if !ok {
			return
		}
		var want []order.Rate
		require.NoError(t, json.Unmarshal([]byte(text), &want), "only the fast way reads %q", text)
		require.Equal(t, want, got)
	})
}

// TestRatesArePlain proves that what is stored goes the fast way.
func TestRatesArePlain(t *testing.T) {
	t.Parallel()
	rate, err := money.NewRate("0.07143", "USD")
	require.NoError(t, err)
	rates := []order.Rate{{Rule: "instance", Period: "hour", Unit: "vcpus", Rate: rate}, {Rule: "setup", Period: "once", Rate: rate}}
	text, err := json.Marshal(rates)
	require.NoError(t, err)
	got, ok := plainRates(text)
	require.True(t, ok)
	require.Equal(t, rates, got)
}
