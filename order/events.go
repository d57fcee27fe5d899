package order

import "github.com/platforma/platforma/event"

// The names of an order's events, as in "platforma.order.placed.v1".
const (
	// EventPlaced: the order is there. Where it needs no approval, EventStarted
	// follows with the same version.
	EventPlaced = "placed"
	// EventStarted: the order's resources are wanted, for its Attempt. Each retry
	// starts it again.
	EventStarted = "started"
	// EventProgressed: an item was provisioned, others are still under way.
	EventProgressed = "progressed"
	// EventProvisioned: every item is provisioned.
	EventProvisioned = "provisioned"
	// EventFailed: an item failed; the order's resources are to be taken down.
	EventFailed = "failed"
	// EventCancelled: the order's resources are to be taken down.
	EventCancelled = "cancelled"
	// EventCleared: a failed or cancelled order has no resource left.
	EventCleared = "cleared"
)

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{Service: service, Name: EventPlaced, Data: Order{}, When: "An order was placed."},
		{
			Service: service, Name: EventStarted, Data: Order{},
			When: "Its resources are wanted, for its `attempt`: in the step of `placed` where no approval is asked for, " +
				"else when it is approved; and with each retry.",
		},
		{Service: service, Name: EventProgressed, Data: Order{}, When: "An item was provisioned, others are still under way."},
		{
			Service: service, Name: EventProvisioned, Data: Order{},
			When: "Every item is provisioned; where there is nothing to provision, in the step of `started`.",
		},
		{
			Service: service, Name: EventFailed, Data: Order{},
			When: "An item could not be provisioned; what there is of the order is taken down.",
		},
		{Service: service, Name: EventCancelled, Data: Order{}, When: "It was given up; what there is of it is taken down."},
		{Service: service, Name: EventCleared, Data: Order{}, When: "Nothing is left of a failed or cancelled order."},
	}
}
