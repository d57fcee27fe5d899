package order

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	id, err := ParseID("ord_01jqzv7h3vfey8mgd6g2p9x4ta")
	require.NoError(t, err)
	require.Equal(t, ID("ord_01jqzv7h3vfey8mgd6g2p9x4ta"), id)
	_, err = ParseItemID("item_01jqzv7h3vfey8mgd6g2p9x4ta")
	require.NoError(t, err)
	for _, text := range []string{"", "ord_", string(ada), "item_01jqzv7h3vfey8mgd6g2p9x4ta"} {
		_, err := ParseID(text)
		require.ErrorIs(t, err, fault.ErrInvalid, text)
		require.ErrorIs(t, new(ID).UnmarshalText([]byte(text)), fault.ErrInvalid, text)
	}
	for _, text := range []string{"", "item_", string(ada), "ord_01jqzv7h3vfey8mgd6g2p9x4ta"} {
		_, err := ParseItemID(text)
		require.ErrorIs(t, err, fault.ErrInvalid, text)
		require.ErrorIs(t, new(ItemID).UnmarshalText([]byte(text)), fault.ErrInvalid, text)
	}
}

// The names are given by the data model: whoever reads events reads these.
const document = `{
	"id":"ord_01jqzv7h3vfey8mgd6g2p9x4ta","tenant_id":"ten_01jqzv7h3vfey8mgd6g2p9x4ta",
	"customer_id":"cust_01jqzv7h3vfey8mgd6g2p9x4ta","status":"provisioned","phase":"at_rest","attempt":2,
	"items":[{
		"id":"item_01jqzv7h3vfey8mgd6g2p9x4ta","product_id":"prod_01jqzv7h3vfey8mgd6g2p9x4tb","sku":"vm-small",
		"name":"Small","quantity":3,"region":"nyc1","configuration":{"disk_gib":"80"},
		"resource_type":"virtual_machine",
		"rates":[{"rule":"disk","period":"month","unit":"disk_gib","rate":{"number":"0.1","currency":"USD"}}],
		"snapshot":{"any":"text"},"amount":"24.00","status":"provisioned"
	}],
	"total_amount":"24.00","currency":"USD","metadata":{"cart":"7f3a"},
	"approved_by":"usr_01jqzv7h3vfey8mgd6g2p9x4ta","approved_at":"2026-05-04T12:00:00Z",
	"version":5,"created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z",
	"provisioned_at":"2026-05-04T12:00:00Z"
}`

func TestTheJSONOfAnOrder(t *testing.T) {
	t.Parallel()
	var o Order
	require.NoError(t, json.Unmarshal([]byte(document), &o))
	text, err := json.Marshal(o)
	require.NoError(t, err)
	require.JSONEq(t, document, string(text))
	require.Equal(t, "24.00 USD", o.Total().String())
	require.Equal(t, int64(3), o.Resources())

	text, err = json.Marshal(fixture())
	require.NoError(t, err)
	require.Contains(t, string(text), `"provisioned_at":null`)
	require.NotContains(t, string(text), "approved_")
	require.NotContains(t, string(text), "failure")
	require.Equal(t, int64(3), fixture().Resources(), "an item without a resource type asks for none")
	require.Equal(t, money.Amount{}, Order{TotalAmount: "much", Currency: "USD"}.Total())
}

func TestAnItemKeepsWhatWasSold(t *testing.T) {
	t.Parallel()
	rate, err := money.NewRate("0.07143", "USD")
	require.NoError(t, err)
	amount, err := money.NewAmount("0.14", "USD")
	require.NoError(t, err)
	sold := catalog.Snapshot{
		Line: catalog.Line{
			ProductID: vmSmall, ProductVersion: 4, SKU: "vm-small", Name: "Small <1>", Quantity: 2, Region: "nyc1",
			Configuration: map[string]string{"disk_gib": "80"}, Amount: amount,
			Charges: []catalog.Charge{{Rule: "instance", Kind: catalog.KindFlat, Period: catalog.PeriodHour, Quantity: 2, Rate: rate}},
		},
		Category: catalog.CategoryCompute, Specs: catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine},
		ProvisioningTemplateID: "vm-small", At: noon,
	}
	i, err := newItem("item_01jqzv7h3vfey8mgd6g2p9x4ta", sold)
	require.NoError(t, err)
	text, err := json.Marshal(sold)
	require.NoError(t, err)
	require.Equal(t, Item{
		ID: "item_01jqzv7h3vfey8mgd6g2p9x4ta", ProductID: vmSmall, SKU: "vm-small", Name: "Small <1>", Quantity: 2,
		Region: "nyc1", Configuration: map[string]string{"disk_gib": "80"}, ResourceType: catalog.TypeVirtualMachine,
		Rates: []Rate{{Rule: "instance", Period: catalog.PeriodHour, Rate: rate}}, Snapshot: text, Amount: "0.14",
		Status: ItemPending,
	}, i)

	again, err := i.Sold()
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(sold, again))

	inEvent, err := json.Marshal(i)
	require.NoError(t, err)
	require.Contains(t, string(inEvent), string(text), "an event holds the snapshot byte for byte")

	i.Snapshot = json.RawMessage(`{"quantity":"many"}`)
	_, err = i.Sold()
	require.ErrorIs(t, err, fault.ErrInvalid)
}
