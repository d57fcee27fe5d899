package resource

import "github.com/platforma/platforma/internal/state"

// Status is what a resource is.
type Status string

// The statuses of a resource.
const (
	// StatusProvisioning: it is being made.
	StatusProvisioning Status = "provisioning"
	// StatusRunning: it is there and works.
	StatusRunning Status = "running"
	// StatusStopped: it is there and switched off; it keeps its capacity and
	// addresses.
	StatusStopped Status = "stopped"
	// StatusError: it could not be made or changed. It is terminated next, or
	// by its order's retry replaced.
	StatusError Status = "error"
	// StatusTerminated: it is gone, and keeps its row.
	StatusTerminated Status = "terminated"
)

// The events of a resource's table.
const (
	eventProvisioned = "provisioned"
	eventStart       = "start"
	eventStop        = "stop"
	eventFail        = "fail"
	eventTerminate   = "terminate"
)

// Lifecycle is the table of a resource's statuses.
func Lifecycle() state.Machine[Status] {
	return state.Machine[Status]{
		Entity: entity, Initial: StatusProvisioning,
		States: []Status{StatusProvisioning, StatusRunning, StatusStopped, StatusError, StatusTerminated},
		Transitions: []state.Transition[Status]{
			{Event: eventProvisioned, From: []Status{StatusProvisioning}, To: StatusRunning},
			{Event: eventStart, From: []Status{StatusStopped}, To: StatusRunning},
			{Event: eventStop, From: []Status{StatusRunning}, To: StatusStopped},
			{
				Event: eventFail, To: StatusError,
				From: []Status{StatusProvisioning, StatusRunning, StatusStopped, StatusError},
			},
			{
				Event: eventTerminate, To: StatusTerminated,
				From: []Status{StatusProvisioning, StatusRunning, StatusStopped, StatusError},
			},
		},
	}
}

// Desired is what a resource should be.
type Desired string

// What a resource should be.
const (
	DesiredRunning    Desired = "running"
	DesiredStopped    Desired = "stopped"
	DesiredTerminated Desired = "terminated"
)

// AllDesired are all of them.
func AllDesired() []Desired { return []Desired{DesiredRunning, DesiredStopped, DesiredTerminated} }

// Phase is how far the work on a resource has come.
type Phase string

// The phases of the work on a resource.
const (
	// PhaseRequested: something is to be done, and no call is under way.
	PhaseRequested Phase = "requested"
	// PhaseApplying: a call is under way. It is stored before the call; found
	// by somebody else, it says that the caller did not come back.
	PhaseApplying Phase = "applying"
	// PhaseAccepted: the back end finishes later, and is asked until it has.
	PhaseAccepted Phase = "accepted"
	// PhaseUnknown: what came of the call is not known. The back end is asked
	// before anything is done again.
	PhaseUnknown Phase = "unknown"
	// PhaseAtRest: nothing is to be done.
	PhaseAtRest Phase = "at_rest"
	// PhaseFailed: the work was given up, until somebody asks for it anew.
	PhaseFailed Phase = "failed"
)

// Phases are all of them.
func Phases() []Phase {
	return []Phase{PhaseRequested, PhaseApplying, PhaseAccepted, PhaseUnknown, PhaseAtRest, PhaseFailed}
}

// underWay says whether what a call did, or still does, has to be found out
// before anything else is done.
func (p Phase) underWay() bool {
	return p == PhaseApplying || p == PhaseAccepted || p == PhaseUnknown
}

// Action is what a provisioner does to a resource.
type Action string

// The actions.
const (
	ActionCreate    Action = "create"
	ActionStart     Action = "start"
	ActionStop      Action = "stop"
	ActionTerminate Action = "terminate"
)

// Actions are all of them.
func Actions() []Action { return []Action{ActionCreate, ActionStart, ActionStop, ActionTerminate} }
