package resource

import (
	"context"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// Provisioner makes resources in a back end: a hypervisor, another provider's
// API, a script. The host implements it, one for each product template. It
// must be safe for concurrent use.
//
// For one resource there is one action at a time, but a call can come twice:
// a process can die between a call and the storing of what came of it, and a
// call that timed out may still be on its way. So a back end must
//
//   - do an action once for a [Request.Token], however often it is applied, and
//     say of a repeat what it said the first time, or what has come of it since;
//   - never have two objects for one resource ([Request.Desired].ID);
//   - make nothing more of a resource that it has terminated, should a create
//     of it still arrive.
//
// A call has a deadline in its context, and in its scope the correlation of the
// request that asked for what the resource should be. An error, a panic or a missed deadline
// says that nothing is known of what the back end did.
type Provisioner interface {
	// Apply does an action, or begins it. Of an object that is not there,
	// ActionTerminate is [Done]; it can be asked for a resource whose creation
	// failed or is not known, and removes whatever there is of it.
	Apply(ctx context.Context, r Request) (Outcome, error)
	// Observe says what there is of the resource, and changes nothing. It is
	// called when the outcome of r.Action was [Accepted] or is not known. An
	// object that is not there is Exists false and no error.
	Observe(ctx context.Context, r Request) (Observation, error)
}

// Request is what a provisioner is asked.
type Request struct {
	// Token names the action of the resource: the same over all its tries, in
	// Apply and in Observe, and never that of another action.
	Token string
	// Action is what is to be done.
	Action Action
	// Desired is the resource as it is stored: specs, name, region, cluster, the
	// address handed out, and the ExternalID once the back end has said one. It
	// is the provisioner's own copy.
	Desired Resource
	// Attempt counts the tries of this action, from 1. In Observe it is that of
	// the last try.
	Attempt int
}

// Result is what came of an action.
type Result string

// The results. The zero Result is [Unknown].
const (
	// Done: it is as it should be.
	Done Result = "done"
	// Accepted: the back end has begun and finishes later. It is observed from
	// now on, until the object is as it should be, is in StatusError, or the
	// worker's patience ends.
	Accepted Result = "accepted"
	// Retry: nothing was done, and another try may succeed.
	Retry Result = "retry"
	// Failed: nothing more will come of it; another try would fail too.
	Failed Result = "failed"
	// Unknown: it may have been done or not. It is observed before it is tried
	// again.
	Unknown Result = "unknown"
)

// Outcome is what a provisioner says of an action.
type Outcome struct {
	Result Result
	// ExternalID is the back end's own name of the object, at most 200
	// characters; empty: as it was.
	ExternalID string
	// Network is what the back end adds to the resource's network; nil is
	// nothing. The address handed out and its network stay.
	Network *NetworkInfo
	// Reason is why it has to be tried again or failed, for people. It is
	// stored and shown: no secrets.
	Reason string
	// After is when to try again or to observe, from now on; 0 leaves it to the
	// worker.
	After time.Duration

	// stopped: what was created was found switched off.
	stopped bool
}

// Observation is what a provisioner sees of a resource.
type Observation struct {
	// Exists is whether there is an object; the rest is about it.
	Exists bool
	// Status is StatusProvisioning while an action is under way, StatusRunning,
	// StatusStopped, StatusError if it is broken for good, or StatusTerminated.
	Status Status
	// ExternalID, Network and Reason are as in [Outcome].
	ExternalID string
	Network    *NetworkInfo
	Reason     string
}

// maxReason is how many characters of a reason are kept.
const maxReason = 500

// maxExternalID is how long a back end's name of an object may be.
const maxExternalID = 200

// checkWord says which field of a back end's word cannot be stored.
func checkWord(externalID string, network *NetworkInfo) error {
	var f fault.Fields
	check.Text(&f, "external_id", externalID, maxExternalID)
	if network != nil {
		network.check(f.In("network"))
	}
	return f.Err("", "", "")
}
