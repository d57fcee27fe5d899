package order

import "github.com/platforma/platforma/internal/state"

// Status is the state of an order.
type Status string

// The statuses of an order.
const (
	// StatusPending orders wait for an approval.
	StatusPending Status = "pending"
	// StatusProcessing orders are being provisioned.
	StatusProcessing Status = "processing"
	// StatusProvisioned orders are delivered. They cannot be cancelled any more:
	// their resources are terminated instead.
	StatusProvisioned Status = "provisioned"
	// StatusFailed orders could not be delivered: what they had is taken down,
	// then they can be retried, or cancelled to give them up.
	StatusFailed Status = "failed"
	// StatusCancelled orders are over: what they had is taken down.
	StatusCancelled Status = "cancelled"
)

// Lifecycle is the table of an order's statuses.
func Lifecycle() state.Machine[Status] {
	return state.Machine[Status]{
		Entity: entity, Initial: StatusPending,
		States: []Status{StatusPending, StatusProcessing, StatusProvisioned, StatusFailed, StatusCancelled},
		Transitions: []state.Transition[Status]{
			{Event: "start", From: []Status{StatusPending}, To: StatusProcessing},
			{Event: "provision", From: []Status{StatusProcessing}, To: StatusProvisioned},
			{Event: "fail", From: []Status{StatusProcessing}, To: StatusFailed},
			{Event: "retry", From: []Status{StatusFailed}, To: StatusProcessing},
			{Event: "cancel", From: []Status{StatusPending, StatusProcessing, StatusFailed}, To: StatusCancelled},
		},
	}
}

// ItemStatus is the state of an order's item.
type ItemStatus string

// The statuses of an item.
const (
	// ItemPending: the order has not started.
	ItemPending ItemStatus = "pending"
	// ItemProcessing: its units are being provisioned.
	ItemProcessing ItemStatus = "processing"
	// ItemProvisioned: every unit came up, or there was nothing to provision.
	ItemProvisioned ItemStatus = "provisioned"
	// ItemFailed: a unit could not be provisioned.
	ItemFailed ItemStatus = "failed"
	// ItemCancelled: it is taken down with its order, which was cancelled or
	// failed by another item.
	ItemCancelled ItemStatus = "cancelled"
)

// ItemLifecycle is the table of an item's statuses. An item that was
// provisioned can still fail or be cancelled, as long as its order is not
// complete.
func ItemLifecycle() state.Machine[ItemStatus] {
	return state.Machine[ItemStatus]{
		Entity: "item", Initial: ItemPending,
		States: []ItemStatus{ItemPending, ItemProcessing, ItemProvisioned, ItemFailed, ItemCancelled},
		Transitions: []state.Transition[ItemStatus]{
			{Event: "start", From: []ItemStatus{ItemPending}, To: ItemProcessing},
			{Event: "provision", From: []ItemStatus{ItemProcessing}, To: ItemProvisioned},
			{Event: "fail", From: []ItemStatus{ItemProcessing, ItemProvisioned}, To: ItemFailed},
			{Event: "retry", From: []ItemStatus{ItemFailed, ItemCancelled}, To: ItemProcessing},
			{
				Event: "cancel", To: ItemCancelled,
				From: []ItemStatus{ItemPending, ItemProcessing, ItemProvisioned, ItemFailed},
			},
		},
	}
}

// Phase is an order's status in finer steps.
type Phase string

// The phases of an order.
const (
	// PhaseAwaitingApproval: a pending order waits for somebody.
	PhaseAwaitingApproval Phase = "awaiting_approval"
	// PhaseInProgress: a processing order's resources are being provisioned.
	PhaseInProgress Phase = "in_progress"
	// PhaseTakingDown: a failed or cancelled order's resources are being taken
	// down.
	PhaseTakingDown Phase = "taking_down"
	// PhaseAtRest: nothing is under way. A failed or cancelled order has no
	// resource left.
	PhaseAtRest Phase = "at_rest"
)

// Phases are the phases that an order of a status can be in; nil for a status
// that is none.
func Phases(s Status) []Phase {
	switch s {
	case StatusPending:
		return []Phase{PhaseAwaitingApproval}
	case StatusProcessing:
		return []Phase{PhaseInProgress}
	case StatusProvisioned:
		return []Phase{PhaseAtRest}
	case StatusFailed, StatusCancelled:
		return []Phase{PhaseTakingDown, PhaseAtRest}
	default:
		return nil
	}
}
