package catalog_test

import (
	"encoding/json"
	"fmt"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
)

func ExamplePricingRule() {
	rate, err := money.NewRate("0.07143", "USD")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := json.Marshal(catalog.PricingRule{
		Name: "cpu", Period: catalog.PeriodHour, Model: catalog.PerUnit{Unit: "vcpus", Rate: rate},
	})
	fmt.Println(string(text))

	var rules catalog.Pricing
	err = json.Unmarshal([]byte(`[{"name":"cpu","period":"hour","model":{"kind":"guess"}}]`), &rules)
	fmt.Println(err)
	// Output:
	// {"name":"cpu","period":"hour","model":{"kind":"per_unit","unit":"vcpus","rate":{"number":"0.07143","currency":"USD"}}}
	// invalid: pricing[0].model.kind must be one of flat, per_unit
}

func ExampleSnapshot_Rerate() {
	// What an order's item kept, years later.
	text := `{
		"product_id": "prod_01jc0000000000000000000001", "product_version": 3, "sku": "vm-small", "name": "Small machine",
		"quantity": 3, "region": "nyc1", "charges": [], "exact": {"number":"0.21429","currency":"USD"},
		"amount": {"number":"0.21","currency":"USD"}, "category": "compute", "specs": {"vcpus":"2","memory_gib":"4"},
		"pricing": [{"name":"instance","period":"hour","model":{"kind":"flat","rate":{"number":"0.07143","currency":"USD"}}}],
		"at": "2026-03-01T12:00:00Z"}`
	var kept catalog.Snapshot
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		fmt.Println(err)
		return
	}
	again, err := kept.Rerate()
	fmt.Println(again.Explain(), err)
	// Output:
	// 3 × vm-small (Small machine) in nyc1
	//   instance: 0.07143 USD an hour × 3 = 0.21429 USD
	//   together 0.21429 USD, rounded half to even: 0.21 USD <nil>
}
