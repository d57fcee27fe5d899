package platforma

import (
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// EventTypes are all events that there are: the catalog that docs/events.md
// shows. A host can offer them to choose from.
func EventTypes() []event.Definition {
	return slices.Concat(tenant.Events(), customer.Events(), catalog.Events(), order.Events(), resource.Events(), webhook.Events())
}
