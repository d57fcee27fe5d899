package docs

import (
	"fmt"
	"strings"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// events lists the events of a service, and when they happen.
func events(service string) (string, error) {
	all, ok := map[string][]event.Definition{
		"tenant": tenant.Events(), "customer": customer.Events(), "catalog": catalog.Events(), "order": order.Events(),
		"resource": resource.Events(), "webhook": webhook.Events(),
	}[service]
	if !ok {
		return "", fmt.Errorf("%q has no events", service)
	}
	var b strings.Builder
	b.WriteString("| type | when |\n|---|---|\n")
	for _, d := range all {
		fmt.Fprintf(&b, "| [`%[1]s`](events/%[1]s.json) | %[2]s |\n", d.Type(), cell(d.When))
	}
	return b.String(), nil
}
