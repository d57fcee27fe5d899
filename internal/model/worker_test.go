package model

import (
	"fmt"
	"slices"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/resource"
)

// worker does all work that there is, that which is due longest first, and
// says how many moves it made.
func (r *rules) worker() int {
	const step = 256
	for n := range step {
		in, res := r.due()
		if res == nil {
			return n
		}
		r.cause = r.asked[string(res.ID)]
		r.advance(in, *res)
		r.cause = nil
	}
	return step
}

// due is the resource whose turn it is; pauses are not waited out.
func (r *rules) due() (in *realm, next *resource.Resource) {
	for _, of := range sorted(r.tenants) {
		for _, res := range sorted(of.resources) {
			if res.DueAt != nil && (next == nil || res.DueAt.Before(*next.DueAt)) {
				in, next = of, res
			}
		}
	}
	return in, next
}

// What is to be done next with a resource, beside the actions.
const (
	rest    = ""
	observe = "observe"
)

func machine(res resource.Resource) bool {
	return res.Type == catalog.TypeVirtualMachine || res.Type == catalog.TypeContainer
}

// upNext is what is to be done next with a resource.
func upNext(res resource.Resource) string {
	switch {
	case res.Status == resource.StatusTerminated || res.Phase == resource.PhaseFailed:
		return rest
	case slices.Contains([]resource.Phase{resource.PhaseApplying, resource.PhaseAccepted, resource.PhaseUnknown}, res.Phase):
		return observe
	case res.Desired == resource.DesiredTerminated:
		return string(resource.ActionTerminate)
	case res.Status == resource.StatusProvisioning:
		return string(resource.ActionCreate)
	case res.Status == resource.StatusStopped && res.Desired == resource.DesiredRunning:
		return string(resource.ActionStart)
	case res.Status == resource.StatusRunning && res.Desired == resource.DesiredStopped:
		return string(resource.ActionStop)
	default:
		return rest
	}
}

// arrange sets phase and time by what is to be done next.
func (r *rules) arrange(res *resource.Resource) {
	switch next := upNext(*res); next {
	case rest:
		res.Action, res.Tries, res.DueAt = "", 0, nil
		if res.Phase != resource.PhaseFailed {
			res.Phase = resource.PhaseAtRest
		}
	case observe, string(res.Action):
	default:
		res.Action, res.Tries = "", 0
		res.Phase, res.DueAt = resource.PhaseRequested, r.at(0)
	}
}

// at is the time after a while.
func (r *rules) at(after time.Duration) *time.Time {
	t := r.now.Add(after)
	return &t
}

// advance makes one move.
func (r *rules) advance(in *realm, res resource.Resource) {
	next := upNext(res)
	if next == observe {
		r.look(in, res)
		return
	}
	action := resource.Action(next)
	if res.Action == action && res.Tries >= tries {
		r.settle(in, res, resource.Outcome{Result: resource.Failed, Reason: gaveUp(res.Tries, res.Reason)})
		return
	}
	if res.Action != action {
		res.Action, res.Tries = action, 0
		res.Token = fmt.Sprintf("%s/%s/%d", res.ID, action, res.Version+1)
	}
	res.Tries++
	res.Phase = resource.PhaseApplying
	r.keep(in, change{&res, "updated"})
	outcome, err := r.plant.apply(res.ID, res.Unit, action, res.Tries)
	if err != nil {
		outcome = resource.Outcome{Result: resource.Unknown, Reason: err.Error()}
	}
	r.settle(in, res, outcome)
}

func gaveUp(tries int, reason string) string {
	return fmt.Sprintf("given up after %d tries: %s", tries, reason)
}

// look finds out what came of a call, before anything else is done.
func (r *rules) look(in *realm, res resource.Resource) {
	seen, err := r.plant.observe(res.ID, res.Unit, res.Action)
	outcome := resource.Outcome{Result: resource.Unknown}
	asleep := false
	if err != nil {
		outcome.Reason = err.Error()
	} else {
		outcome, asleep = judged(res, seen)
	}
	undecided := outcome.Result == resource.Accepted || outcome.Result == resource.Unknown
	switch {
	case res.Phase == resource.PhaseAccepted && undecided:
		if r.now.Sub(*res.DueAt) >= time.Hour {
			r.settle(in, res, resource.Outcome{Result: resource.Failed, Reason: "accepted, and not finished after 1h0m0s"})
		}
	case outcome.Result == resource.Retry:
		res.Phase, res.DueAt = resource.PhaseRequested, r.at(0)
		r.arrange(&res)
		r.keep(in, change{&res, "updated"})
	case outcome.Result == resource.Done && res.Action == resource.ActionCreate && asleep:
		res.ExternalID = outcome.ExternalID
		r.done(in, res, resource.StatusStopped, "provisioned")
	default:
		if outcome.Result == resource.Unknown {
			res.Tries++
		}
		r.settle(in, res, outcome)
	}
}

// judged is what an observation says of the action under way.
func judged(res resource.Resource, seen resource.Observation) (o resource.Outcome, asleep bool) {
	// Nothing of the action is to be seen: who accepted it has not come to it.
	missed := resource.Retry
	if res.Phase == resource.PhaseAccepted {
		missed = resource.Accepted
	}
	wanted := results[res.Action]
	o.ExternalID = seen.ExternalID
	switch {
	case !seen.Exists && res.Action == resource.ActionTerminate, seen.Exists && seen.Status == wanted:
		o.Result = resource.Done
	case !seen.Exists && res.Action == resource.ActionCreate:
		o.Result = missed
	case !seen.Exists:
		o.Result, o.Reason = resource.Failed, "the back end reports the status terminated"
	case seen.Status == resource.StatusProvisioning:
		o.Result = resource.Accepted
	case res.Action == resource.ActionCreate && seen.Status == resource.StatusStopped:
		o.Result, asleep = resource.Done, true
	case res.Action == resource.ActionTerminate, seen.Status == resource.StatusRunning, seen.Status == resource.StatusStopped:
		o.Result = missed
	default:
		o.Result, o.Reason = resource.Failed, "the back end reports the status "+string(seen.Status)
	}
	return o, asleep
}

// settle is what becomes of a resource by the outcome of its action.
func (r *rules) settle(in *realm, res resource.Resource, o resource.Outcome) {
	if o.ExternalID != "" {
		res.ExternalID = o.ExternalID
	}
	switch o.Result {
	case resource.Done:
		event := map[resource.Action]string{
			resource.ActionCreate: "provisioned", resource.ActionStart: "started",
			resource.ActionStop: "stopped", resource.ActionTerminate: "terminated",
		}[res.Action]
		r.done(in, res, results[res.Action], event)
		return
	case resource.Failed:
		r.fail(in, res, o.Reason)
		return
	case resource.Accepted:
		res.Phase, res.Reason, res.DueAt = resource.PhaseAccepted, "", r.at(o.After)
		r.keep(in, change{&res, "updated"})
		return
	case resource.Retry:
		res.Phase = resource.PhaseRequested
	default:
		res.Phase = resource.PhaseUnknown
	}
	if res.Tries >= tries {
		r.fail(in, res, gaveUp(res.Tries, o.Reason))
		return
	}
	res.Reason, res.DueAt = o.Reason, r.at(o.After)
	r.arrange(&res)
	r.keep(in, change{&res, "updated"})
}

func (r *rules) done(in *realm, res resource.Resource, status resource.Status, event string) {
	if event == "terminated" {
		r.terminated(&res)
	} else {
		res.Status, res.Reason, res.Action, res.Tries, res.Phase = status, "", "", 0, resource.PhaseAtRest
		r.arrange(&res)
	}
	r.keep(in, change{&res, event})
}

func (r *rules) terminated(res *resource.Resource) {
	res.Status, res.TerminatedAt, res.Reason = resource.StatusTerminated, r.at(0), ""
	res.Desired, res.Phase = resource.DesiredTerminated, resource.PhaseAtRest
	r.arrange(res)
}

// fail gives an action up. A termination that was waiting behind it comes next.
func (r *rules) fail(in *realm, res resource.Resource, reason string) {
	failed := res.Action
	res.Status, res.Reason = resource.StatusError, reason
	res.Action, res.Phase, res.DueAt = "", resource.PhaseFailed, nil
	if res.Desired == resource.DesiredTerminated && failed != resource.ActionTerminate {
		res.Phase = resource.PhaseRequested
		r.arrange(&res)
	}
	r.keep(in, change{&res, "failed"})
}

// change is a resource that has changed, and the name of what happened.
type change struct {
	resource *resource.Resource
	event    string
}

// keep stores changed resources and all that follows from it: instances, and
// what terminated ones give back.
func (r *rules) keep(in *realm, changes ...change) {
	if r.write(in) {
		r.kept(in, in.system(), changes...)
	}
}

func (r *rules) kept(in *realm, by who, changes ...change) {
	clusters, networks, freed := map[string]bool{}, map[string]bool{}, false
	for _, c := range changes {
		res := *c.resource
		res.Version++
		res.UpdatedAt = r.now
		*c.resource = res
		before := in.resources[string(res.ID)]
		in.resources[string(res.ID)] = &res
		h := in.happened(r, by, "resource", c.event, string(res.ID), res.Version, res)
		if before.Desired != res.Desired || before.Phase == resource.PhaseFailed && res.Phase != resource.PhaseFailed {
			r.asked[string(res.ID)] = h
		}
		r.mirror(in, by, res, c.event)
		if c.event == "terminated" && res.ClusterID != "" {
			freed = true
			clusters[string(res.ClusterID)] = true
			r.giveBack(in, res, networks)
		}
	}
	if freed {
		r.saved(in, by, clusters, networks)
	}
}

// mirror leads the instance behind a machine along.
func (r *rules) mirror(in *realm, by who, res resource.Resource, event string) {
	if !machine(res) || res.Token == "" {
		return
	}
	status := map[string]resource.InstanceStatus{
		"started": resource.InstanceRunning, "stopped": resource.InstanceStopped, "terminated": resource.InstanceTerminated,
	}[event]
	if event == "provisioned" {
		i := &resource.Instance{
			ID: r.instanceOf(res), TenantID: res.TenantID, ClusterID: res.ClusterID, ResourceID: res.ID,
			ExternalID: res.ExternalID, Status: resource.InstanceStatus(res.Status), Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
		}
		in.instances[string(i.ID)] = i
		in.happened(r, by, "resource", "instance.created", string(i.ID), 1, i)
		return
	}
	for _, i := range in.instances {
		if status != "" && i.ResourceID == res.ID {
			i.Status, i.UpdatedAt = status, r.now
			i.Version++
			in.happened(r, by, "resource", "instance.updated", string(i.ID), i.Version, i)
		}
	}
}

// instanceOf is the id of a resource's instance, as the answer shows it.
func (r *rules) instanceOf(res resource.Resource) resource.InstanceID {
	for _, i := range r.found.Instances {
		if i.ResourceID == res.ID {
			return resource.InstanceID(r.learn("inst", string(i.ID)))
		}
	}
	r.complain("there is no instance of " + string(res.ID))
	return ""
}
