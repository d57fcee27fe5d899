package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma/audit"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// states draws the state machine of an entity.
func states(entity string) (string, error) {
	machines := map[string]interface{ Mermaid() string }{
		"tenant":   tenant.Lifecycle(),
		"user":     tenant.UserLifecycle(),
		"product":  catalog.Lifecycle(),
		"order":    order.Lifecycle(),
		"item":     order.ItemLifecycle(),
		"resource": resource.Lifecycle(),
		"cluster":  resource.ClusterLifecycle(),
		"instance": resource.InstanceLifecycle(),
		"network":  resource.NetworkLifecycle(),
		"endpoint": webhook.Lifecycle(),
		"delivery": webhook.DeliveryLifecycle(),
	}
	machine, ok := machines[entity]
	if !ok {
		return "", fmt.Errorf("%q has no states", entity)
	}
	return "```mermaid\n" + machine.Mermaid() + "```", nil
}

// permissions lists the operations that a role can be granted, by service.
func permissions() string {
	var b strings.Builder
	b.WriteString("| service | operations |\n|---|---|\n")
	for _, of := range []struct {
		service string
		all     []tenant.Permission
	}{
		{"tenant", tenant.Permissions()},
		{"customer", customer.Permissions()},
		{"catalog", catalog.Permissions()},
		{"order", order.Permissions()},
		{"resource", resource.Permissions()},
		{"webhook", webhook.Permissions()},
		{"audit", audit.Permissions()},
	} {
		var names []string
		for _, p := range of.all {
			names = append(names, "`"+string(p)+"`")
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "| %s | %s |\n", of.service, strings.Join(names, ", "))
	}
	return b.String()
}
