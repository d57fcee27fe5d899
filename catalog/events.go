package catalog

import "github.com/platforma/platforma/event"

// The names of a product's events, as in "platforma.catalog.created.v1".
const (
	EventCreated   = "created"
	EventUpdated   = "updated"
	EventActivated = "activated"
	EventArchived  = "archived"
)

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{Service: service, Name: EventCreated, Data: Product{}, When: "A product was created, by itself or in an import."},
		{Service: service, Name: EventUpdated, Data: Product{}, When: "It was changed."},
		{
			Service: service, Name: EventActivated, Data: Product{},
			When: "It is sold from now on; in an import that activates, right after `created`.",
		},
		{Service: service, Name: EventArchived, Data: Product{}, When: "It is not sold any more."},
	}
}
