package resource

import (
	"fmt"
	"strconv"
	"time"
)

// move is what is to be done next with a resource: an action, or one of these.
type move string

const (
	// rest: nothing.
	rest move = ""
	// observe: find out what came of the action under way.
	observe move = "observe"
	// forget: terminate it without a call, for no back end has heard of it.
	forget move = "forget"
)

// next decides. Whatever a call did, or still does, is found out before
// anything else; then its status is compared with what it should be.
func next(r Resource) move {
	switch {
	case r.Status == StatusTerminated || r.Phase == PhaseFailed:
		return rest
	case r.Phase.underWay():
		return observe
	case r.Desired == DesiredTerminated && r.Token == "":
		return forget
	case r.Desired == DesiredTerminated:
		return move(ActionTerminate)
	case r.Status == StatusProvisioning:
		return move(ActionCreate)
	case r.Status == StatusStopped && r.Desired == DesiredRunning:
		return move(ActionStart)
	case r.Status == StatusRunning && r.Desired == DesiredStopped:
		return move(ActionStop)
	default:
		return rest
	}
}

// want changes what it should be, and says whether that changed anything. What
// was given up is begun anew.
func (r *Resource) want(d Desired, now time.Time) bool {
	if r.Desired == d && r.Phase != PhaseFailed {
		return false
	}
	r.Desired, r.Origin = d, Origin{} // that of the write which stores this
	if r.Phase == PhaseFailed {
		r.Phase, r.Tries = PhaseRequested, 0
	}
	r.arrange(now)
	return true
}

// arrange sets phase and time by what is to be done next. An action that is
// still the right one keeps its place in time, and one under way is waited for.
func (r *Resource) arrange(now time.Time) {
	switch next(*r) {
	case rest:
		r.Action, r.Tries, r.DueAt = "", 0, nil
		if r.Phase != PhaseFailed {
			r.Phase = PhaseAtRest
		}
	case observe, move(r.Action):
	default:
		r.Action, r.Tries = "", 0
		r.Phase, r.DueAt = PhaseRequested, &now
	}
}

// begin is the try of an action that is stored before the call.
func (r *Resource) begin(a Action) {
	if r.Action != a {
		r.Action, r.Tries = a, 0
		r.Token = string(r.ID) + "/" + string(a) + "/" + strconv.FormatInt(r.Version+1, 10)
	}
	r.Tries++
	r.Phase = PhaseApplying
}

// terminated is what becomes of it when nothing of it is left.
func (r *Resource) terminated(now time.Time) error {
	status, err := Lifecycle().Next(r.Status, eventTerminate)
	if err != nil {
		return err
	}
	r.Status, r.TerminatedAt, r.Reason = status, &now, ""
	r.Desired, r.Phase = DesiredTerminated, PhaseAtRest
	r.arrange(now)
	return nil
}

// fail gives an action up. Where it is to be terminated, that comes next, as
// long as it is not what failed.
func (r *Resource) fail(reason string, now time.Time) error {
	status, err := Lifecycle().Next(r.Status, eventFail)
	if err != nil {
		return err
	}
	failed := r.Action
	r.Status, r.Reason = status, tidy(reason)
	r.Action, r.Phase, r.DueAt = "", PhaseFailed, nil
	if r.Desired == DesiredTerminated && failed != ActionTerminate {
		r.Phase = PhaseRequested
		r.arrange(now)
	}
	return nil
}

// gaveUp is the reason of what was tried too often.
func gaveUp(tries int, reason string) string {
	if reason == "" {
		return fmt.Sprintf("given up after %d tries", tries)
	}
	return fmt.Sprintf("given up after %d tries: %s", tries, reason)
}
