package event_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/event"
)

type request struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Key    string            `json:"-"`
}

func receipt(t require.TestingT, operation, key string, request any) event.Receipt {
	r := event.NewReceipt(operation, key, request)
	require.NotNil(t, r)
	return *r
}

func TestAReceiptIsOfOneRequest(t *testing.T) {
	t.Parallel()
	first := receipt(t, "order.place", "k1", request{Name: "a", Labels: map[string]string{"x": "1", "y": "2"}, Key: "k1"})
	require.Equal(t, "order.place", first.Operation)
	require.Equal(t, "k1", first.Key)
	require.Len(t, first.Hash, 64)
	require.Empty(t, first.Entity)

	same := receipt(t, "order.place", "k2", request{Name: "a", Labels: map[string]string{"y": "2", "x": "1"}, Key: "k2"})
	require.Equal(t, first.Hash, same.Hash, "neither a map's order nor the key is of the request")
	for _, other := range []request{{Name: "b"}, {Name: "a"}, {Name: "a", Labels: map[string]string{"x": "1"}}} {
		require.NotEqual(t, first.Hash, receipt(t, "order.place", "k1", other).Hash)
	}
}

func TestReceiptsOfTheSameRequestAreTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.Map(rapid.MapOf(rapid.String(), rapid.String()), func(m map[string]string) request { return request{Labels: m} })
		a, b := requests.Draw(t, "a"), requests.Draw(t, "b")
		copied := request{Labels: map[string]string{}}
		maps.Copy(copied.Labels, a.Labels)
		require.Equal(t, receipt(t, "o", "k", a), receipt(t, "o", "k", copied))
		if len(a.Labels) != len(b.Labels) {
			require.NotEqual(t, receipt(t, "o", "k", a), receipt(t, "o", "k", b))
		}
	})
}

func TestWithoutAKeyThereIsNoReceipt(t *testing.T) {
	t.Parallel()
	r := event.NewReceipt("order.place", "", request{Name: "a"})
	require.Nil(t, r)
	require.Nil(t, r.For("ord_1"))
}

func TestForNamesWhatTheCommandMakes(t *testing.T) {
	t.Parallel()
	r := receipt(t, "order.place", "k", request{})
	of := r.For("ord_1")
	require.Equal(t, "ord_1", of.Entity)
	require.Empty(t, r.Entity, "the receipt itself stays as it was")
	of.Entity = ""
	require.Equal(t, r, *of)
}
