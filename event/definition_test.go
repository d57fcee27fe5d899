package event_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

func TestTypesHaveTheirVersion(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"placed": "platforma.order.placed.v1", "placed.v2": "platforma.order.placed.v2", "item.v2ed": "platforma.order.item.v2ed.v1",
		"item.placed.v12": "platforma.order.item.placed.v12",
	} {
		require.Equal(t, want, event.TypeOf("order", name))
		require.Equal(t, want, event.Definition{Service: "order", Name: name}.Type())
	}
}

func TestTheKeyOfARevision(t *testing.T) {
	t.Parallel()
	r := event.Revision{Event: placed()}
	require.Equal(t, string(r.ID), r.Key(event.HistoryQuery{}))
	key := r.Key(event.HistoryQuery{Subject: r.Subject})
	require.Equal(t, r.Position, event.PositionOf(key))
	for _, no := range []string{"", "1", "x", "-000000000000000001", "0000000000000000000", "00000000000000000042", string(r.ID)} {
		require.Zero(t, event.PositionOf(no), no)
	}
	require.Less(t, event.FirstID(time.Unix(1, 0)), event.FirstID(time.Unix(1, 1_000_000)))
}
