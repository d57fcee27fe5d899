package order_test

import (
	"fmt"

	"github.com/platforma/platforma/order"
)

// What may happen to a failed order.
func ExampleLifecycle() {
	table := order.Lifecycle()
	fmt.Println(table.Possible(order.StatusFailed))
	_, err := table.Next(order.StatusProvisioned, "cancel")
	fmt.Println(err)
	// Output:
	// [retry cancel]
	// order: not possible in this state: cancel is not possible from provisioned to cancelled: nothing more is possible
}
