package customer

import "github.com/platforma/platforma/event"

// The names of a customer's events, as in "platforma.customer.created.v1".
const (
	EventCreated = "created"
	EventUpdated = "updated"
	EventDeleted = "deleted"
)

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{Service: service, Name: EventCreated, Data: Customer{}, When: "A customer was created."},
		{Service: service, Name: EventUpdated, Data: Customer{}, When: "It was changed, its payment method included."},
		{Service: service, Name: EventDeleted, Data: Customer{}, When: "It was deleted; `deleted_at` is set."},
	}
}
