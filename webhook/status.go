package webhook

import "github.com/platforma/platforma/internal/state"

// Status is what an endpoint is.
type Status string

// The statuses of an endpoint. What is pending for one that is not active waits
// until it is.
const (
	// StatusActive: it hears of events.
	StatusActive Status = "active"
	// StatusPaused: somebody paused it. Of what happens meanwhile it never hears.
	StatusPaused Status = "paused"
	// StatusDisabled: it failed for too long, or said that it is gone.
	StatusDisabled Status = "disabled"
)

// The events of an endpoint's table.
const (
	eventPause   = "pause"
	eventResume  = "resume"
	eventDisable = "disable"
)

// Lifecycle is the table of an endpoint's statuses.
func Lifecycle() state.Machine[Status] {
	return state.Machine[Status]{
		Entity: entity, Initial: StatusActive,
		States: []Status{StatusActive, StatusPaused, StatusDisabled},
		Transitions: []state.Transition[Status]{
			{Event: eventPause, From: []Status{StatusActive}, To: StatusPaused},
			{Event: eventDisable, From: []Status{StatusActive}, To: StatusDisabled},
			{Event: eventResume, From: []Status{StatusPaused, StatusDisabled}, To: StatusActive},
		},
	}
}

// DeliveryStatus is how far a delivery has come.
type DeliveryStatus string

// The statuses of a delivery.
const (
	// DeliveryPending: it is to be tried, at its DueAt.
	DeliveryPending DeliveryStatus = "pending"
	// DeliveryDelivered: the endpoint took it.
	DeliveryDelivered DeliveryStatus = "delivered"
	// DeliveryFailed: it was given up, until somebody sends it again.
	DeliveryFailed DeliveryStatus = "failed"
)

// The events of a delivery's table.
const (
	eventDeliver = "deliver"
	eventFail    = "fail"
	eventResend  = "resend"
)

// DeliveryLifecycle is the table of a delivery's statuses.
func DeliveryLifecycle() state.Machine[DeliveryStatus] {
	return state.Machine[DeliveryStatus]{
		Entity: deliveryEntity, Initial: DeliveryPending,
		States: []DeliveryStatus{DeliveryPending, DeliveryDelivered, DeliveryFailed},
		Transitions: []state.Transition[DeliveryStatus]{
			{Event: eventDeliver, From: []DeliveryStatus{DeliveryPending}, To: DeliveryDelivered},
			{Event: eventFail, From: []DeliveryStatus{DeliveryPending}, To: DeliveryFailed},
			{
				Event: eventResend, To: DeliveryPending,
				From: []DeliveryStatus{DeliveryPending, DeliveryDelivered, DeliveryFailed},
			},
		},
	}
}
