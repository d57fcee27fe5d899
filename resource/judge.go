package resource

import (
	"fmt"
	"slices"
)

// judge turns what was seen of a resource into the outcome of its action under
// way. Where that is not decided yet, the result is [Accepted]; where the
// action is known not to have happened, [Retry].
func judge(r Resource, seen Observation) Outcome {
	o := Outcome{ExternalID: seen.ExternalID, Network: seen.Network, Reason: seen.Reason}
	if seen.Exists && !slices.Contains(Lifecycle().States, seen.Status) {
		return Outcome{Result: Unknown, Reason: fmt.Sprintf("the provisioner reports the status %q", seen.Status)}
	}
	status := seen.Status
	if !seen.Exists {
		o, status = Outcome{Reason: seen.Reason}, StatusTerminated
	}
	switch r.Action {
	case ActionCreate:
		o.Result = created(r.Phase, seen.Exists, status)
		o.stopped = status == StatusStopped
	case ActionStart:
		o.Result = switched(r.Phase, status, StatusRunning)
	case ActionStop:
		o.Result = switched(r.Phase, status, StatusStopped)
	case ActionTerminate:
		o.Result = removed(r.Phase, status)
	}
	if o.Result == Failed && o.Reason == "" {
		o.Reason = "the back end reports the status " + string(status)
	}
	return o
}

func created(p Phase, exists bool, status Status) Result {
	switch {
	case !exists:
		return missed(p)
	case status == StatusRunning || status == StatusStopped:
		return Done
	case status == StatusProvisioning:
		return Accepted
	default:
		return Failed
	}
}

func switched(p Phase, status, wanted Status) Result {
	switch status {
	case wanted:
		return Done
	case StatusProvisioning:
		return Accepted
	case StatusRunning, StatusStopped:
		return missed(p)
	default:
		return Failed
	}
}

func removed(p Phase, status Status) Result {
	switch status {
	case StatusTerminated:
		return Done
	case StatusProvisioning:
		return Accepted
	default:
		return missed(p)
	}
}

// missed is the result where nothing of the action is to be seen: a back end
// that accepted it has not come to it yet, else it did not happen.
func missed(p Phase) Result {
	if p == PhaseAccepted {
		return Accepted
	}
	return Retry
}
