package catalog

import (
	"time"

	"github.com/platforma/platforma/fault"
)

// Snapshot is what was sold: a line of a quote with all that its price and the
// thing itself came from. An order's item keeps it as the JSON that
// json.Marshal writes, which is the same, byte for byte, after it was read
// back.
type Snapshot struct {
	Line
	Category Category `json:"category"`
	// Specs are the product's with the item's choices made; nothing is
	// configurable any more.
	Specs                  ProductSpecs `json:"specs"`
	ProvisioningTemplateID string       `json:"provisioning_template_id,omitempty"`
	// Pricing are the rules that applied in the region and the currency.
	Pricing Pricing `json:"pricing"`
	// At is the time that the prices are of.
	At time.Time `json:"at"`
}

// Rerate computes the charges and the amount anew from what the snapshot
// holds. It returns a snapshot that is equal, or [fault.ErrInvalid] where the
// snapshot is none that this package made.
func (s Snapshot) Rerate() (Snapshot, error) {
	var f fault.Fields
	for i, rule := range s.Pricing {
		if !known(rule.Model) {
			f.At("pricing", i).Add("model", "must be one of the package's models")
		}
	}
	if f.Empty() {
		s.rate(&f, s.Pricing, s.Specs, s.Exact.Currency())
	}
	if err := f.Err("", "", ""); err != nil {
		return Snapshot{}, err
	}
	return s, nil
}
