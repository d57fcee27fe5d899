package order

import (
	"encoding/json"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/money"
)

// ItemID names an item of an order: "item_" and 26 characters.
type ItemID string

const itemPrefix = "item"

// ParseItemID refuses what is not an item's id with [fault.ErrInvalid].
func ParseItemID(text string) (ItemID, error) { return ItemID(text), id.Parse(itemPrefix, text) }

// UnmarshalText is [ParseItemID] for decoders.
func (i *ItemID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseItemID(string(text))
	return err
}

// Item is a line of an order: some units of one product, as the product and
// its price were when the order was placed. Whatever becomes of the product,
// nothing of an item but its status changes.
type Item struct {
	ID        ItemID     `json:"id"`
	ProductID catalog.ID `json:"product_id"`
	SKU       string     `json:"sku"`
	Name      string     `json:"name"`
	// Quantity counts units; each becomes one resource.
	Quantity int64 `json:"quantity"`
	// Region is where the units are wanted; empty where the product has none.
	Region string `json:"region"`
	// Configuration is what the customer chose of what the product leaves open.
	Configuration map[string]string `json:"configuration,omitempty"`
	// ResourceType is what each unit becomes. Empty: nothing is provisioned, and
	// the item is done when the order starts.
	ResourceType catalog.ResourceType `json:"resource_type,omitempty"`
	// Rates are the rates of the item's charges.
	Rates []Rate `json:"rates"`
	// Snapshot is the product and the price with its breakdown, the exact bytes
	// that explain the amount years later; see [Item.Sold].
	Snapshot json.RawMessage `json:"snapshot"`
	// Amount is what the item adds to the order's total, in its currency.
	Amount string     `json:"amount"`
	Status ItemStatus `json:"status"`
}

// Rate is the rate of one of an item's charges.
type Rate struct {
	// Rule is the name of the product's pricing rule.
	Rule string `json:"rule"`
	// Period is what the rate is charged for.
	Period catalog.Period `json:"period"`
	// Unit is what is counted; empty where the rate is for the item as such.
	Unit string     `json:"unit,omitempty"`
	Rate money.Rate `json:"rate"`
}

// Sold reads the snapshot: what was sold, with its specs after configuration.
// It fails with [fault.ErrInvalid] on a snapshot that the catalog did not make.
func (i Item) Sold() (catalog.Snapshot, error) {
	var sold catalog.Snapshot
	if err := json.Unmarshal(i.Snapshot, &sold); err != nil {
		return catalog.Snapshot{}, &fault.Error{Entity: itemPrefix, ID: string(i.ID), Kind: fault.ErrInvalid, Err: err}
	}
	return sold, nil
}

// newItem makes an item of what the catalog sold.
func newItem(id ItemID, sold catalog.Snapshot) (Item, error) {
	text, err := json.Marshal(sold)
	if err != nil {
		return Item{}, &fault.Error{Kind: fault.ErrInvalid, Err: err}
	}
	item := Item{
		ID: id, ProductID: sold.ProductID, SKU: sold.SKU, Name: sold.Name, Quantity: sold.Quantity,
		Region: sold.Region, Configuration: sold.Configuration, ResourceType: sold.Specs.ResourceType,
		Rates: make([]Rate, len(sold.Charges)), Snapshot: text, Amount: sold.Amount.Number(),
		Status: ItemLifecycle().Initial,
	}
	for i, c := range sold.Charges {
		item.Rates[i] = Rate{Rule: c.Rule, Period: c.Period, Unit: c.Unit, Rate: c.Rate}
	}
	return item, nil
}
