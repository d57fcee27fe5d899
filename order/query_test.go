package order

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/page"
)

const (
	ada     customer.ID = "cust_01jqzv7h3vfey8mgd6g2p9x4ta"
	vmSmall catalog.ID  = "prod_01jqzv7h3vfey8mgd6g2p9x4tb"
	disk    catalog.ID  = "prod_01jqzv7h3vfey8mgd6g2p9x4tc"
)

func TestQueriesThatAskForNothing(t *testing.T) {
	t.Parallel()
	require.NoError(t, Query{}.check())
	require.NoError(t, Query{
		Customer: ada, Product: vmSmall, Status: StatusFailed, From: noon, To: noon.Add(1),
		Metadata: map[string]string{"tier": "gold"},
	}.check())
	for path, q := range map[string]Query{
		"customer":      {Customer: customer.ID(vmSmall)},
		"product":       {Product: catalog.ID(ada)},
		"status":        {Status: "lost"},
		"from":          {From: noon.AddDate(9000, 0, 0)},
		"to":            {To: noon.AddDate(-3000, 0, 0)},
		"metadata.tier": {Metadata: map[string]string{"tier": "\xff"}},
	} {
		require.ErrorContains(t, q.check(), "invalid: "+path+" must ", path)
	}
	require.ErrorContains(t, Query{From: noon, To: noon}.check(), "to must be after from")
	require.ErrorContains(t, Query{Customer: "x", Status: "y"}.check(), "; status", "all fields are named at once")
}

func TestTheBoundsOfAQueryAreWholeMicroseconds(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 3600)
	q := Query{From: noon.Add(1), To: noon.Add(time.Microsecond).In(zone)}.bounds()
	require.Equal(t, noon.Add(time.Microsecond), q.From)
	require.Equal(t, noon.Add(time.Microsecond), q.To)
	require.True(t, Query{}.bounds().From.IsZero())
}

func TestWhatAnOrderIsFoundBy(t *testing.T) {
	t.Parallel()
	o := fixture()
	o.CustomerID, o.Metadata = ada, map[string]string{"tier": "gold", "cart": "7f3a"}
	o.Items[0].ProductID, o.Items[1].ProductID, o.Items[2].ProductID = disk, vmSmall, disk
	always := []page.Term{
		{Key: "metadata.cart", Value: "7f3a"}, {Key: "metadata.tier", Value: "gold"},
		{Key: "product", Value: string(vmSmall)}, {Key: "product", Value: string(disk)},
	}
	open := []page.Term{
		{Key: "open", Value: string(ada)}, {Key: "open", Value: string(vmSmall)}, {Key: "open", Value: string(disk)},
	}
	for _, s := range Lifecycle().States {
		o.Status = s
		want := always
		if s == StatusPending || s == StatusProcessing {
			want = slices.Concat(open, always)
		}
		require.ElementsMatch(t, want, o.terms(), s)
	}
	for _, m := range (Query{Product: disk, Metadata: o.Metadata}).matches() {
		require.Contains(t, o.terms(), m.Term)
		require.False(t, m.Prefix)
	}
	require.Len(t, Query{Product: disk, Metadata: o.Metadata}.matches(), 3)
	require.Empty(t, Query{Customer: ada, Status: StatusPending, From: noon}.matches())
}
