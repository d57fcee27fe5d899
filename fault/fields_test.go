package fault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

func TestFieldsOfNothing(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	require.True(t, f.Empty())
	require.Nil(t, f.All())
	require.NoError(t, f.Err("order.place", "order", ""))
	below := f.In("address")
	require.True(t, f.Empty(), "a collector below is no offence")
	require.NoError(t, f.Err("order.place", "order", ""))
	require.NoError(t, below.Err("order.place", "order", ""))
}

func TestFieldsKnowTheirPathsAndOrder(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	address := f.In("billing_address")
	address.Add("country", "must be known")
	f.Add("name", "must not be empty")
	lines := address.At("lines", 1)
	lines.Add("", "must be one line")
	address.In("geo").Add("latitude", "must be at most %d", 90)
	items := f.In("items")
	items.Add("[3]", "must not be named twice")
	items.At("", 4).Add("quantity", "must be positive")
	f.At("prices", 0).At("tiers", 2).Add("up_to", "must rise")
	f.In("").Add("", "100% wrong")

	want := []fault.Field{
		{Path: "billing_address.country", Rule: "must be known"},
		{Path: "name", Rule: "must not be empty"},
		{Path: "billing_address.lines[1]", Rule: "must be one line"},
		{Path: "billing_address.geo.latitude", Rule: "must be at most 90"},
		{Path: "items[3]", Rule: "must not be named twice"},
		{Path: "items[4].quantity", Rule: "must be positive"},
		{Path: "prices[0].tiers[2].up_to", Rule: "must rise"},
		{Path: "", Rule: "100% wrong"},
	}
	require.Equal(t, want, f.All())
	require.Equal(t, want, address.All(), "what is found below is found above")
	require.False(t, f.Empty())

	var e *fault.Error
	require.ErrorAs(t, f.Err("order.place", "order", "ord_1"), &e)
	require.Equal(t, &fault.Error{Op: "order.place", Entity: "order", ID: "ord_1", Kind: fault.ErrInvalid, Fields: want}, e)
}
