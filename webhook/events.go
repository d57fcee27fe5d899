package webhook

import "github.com/platforma/platforma/event"

// The names of an endpoint's events, as in
// "platforma.webhook.endpoint.created.v1".
const (
	EventCreated = "endpoint.created"
	EventUpdated = "endpoint.updated"
	// EventRotated: the endpoint has another secret.
	EventRotated = "endpoint.rotated"
	EventPaused  = "endpoint.paused"
	EventResumed = "endpoint.resumed"
	// EventDisabled: the endpoint failed for too long, or said that it is gone;
	// Reason says which.
	EventDisabled = "endpoint.disabled"
	EventDeleted  = "endpoint.deleted"
	// EventPing is sent by [Service.Ping], to one endpoint; it is no event of the
	// service's, and nobody else hears of it.
	EventPing = "endpoint.ping"
)

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{Service: service, Name: EventCreated, Data: Endpoint{}, When: "An endpoint was created."},
		{Service: service, Name: EventUpdated, Data: Endpoint{}, When: "It was changed."},
		{Service: service, Name: EventRotated, Data: Endpoint{}, When: "It has another secret."},
		{Service: service, Name: EventPaused, Data: Endpoint{}, When: "It hears of nothing until it is resumed."},
		{Service: service, Name: EventResumed, Data: Endpoint{}, When: "It is active again."},
		{
			Service: service, Name: EventDisabled, Data: Endpoint{},
			When: "It failed for too long, or said that it is gone; `reason` says which.",
		},
		{Service: service, Name: EventDeleted, Data: Endpoint{}, When: "It was deleted; `deleted_at` is set."},
	}
}
