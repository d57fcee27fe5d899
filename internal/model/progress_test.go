package model

import (
	"slices"
	"strings"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

type tenantApproval = tenant.OrderApproval

// begin starts an order's attempt and says what happened. Items that become
// nothing are done at once.
func (r *rules) begin(o *order.Order, event string) []string {
	o.Status, o.Phase = order.StatusProcessing, order.PhaseInProgress
	o.Items = slices.Clone(o.Items)
	for i := range o.Items {
		o.Items[i].Status = order.ItemProcessing
		if o.Items[i].ResourceType == "" {
			o.Items[i].Status = order.ItemProvisioned
		}
	}
	return append([]string{event}, r.complete(o)...)
}

// complete makes an order whose items are all provisioned a provisioned one.
func (r *rules) complete(o *order.Order) []string {
	if slices.ContainsFunc(o.Items, func(i order.Item) bool { return i.Status != order.ItemProvisioned }) {
		return nil
	}
	o.Status, o.Phase, o.ProvisionedAt = order.StatusProvisioned, order.PhaseAtRest, r.at(0)
	return []string{"provisioned"}
}

// cancel gives an order up.
func cancel(o *order.Order) {
	if o.Status != order.StatusPending && o.Phase != order.PhaseAtRest {
		o.Phase = order.PhaseTakingDown
	} else {
		o.Phase = order.PhaseAtRest
	}
	o.Status = order.StatusCancelled
	o.Items = slices.Clone(o.Items)
	for i := range o.Items {
		o.Items[i].Status = order.ItemCancelled
	}
}

// cancelOf cancels the open orders of a customer who was deleted.
func (r *rules) cancelOf(in *realm, id customer.ID) {
	var open []order.Order
	for _, o := range sorted(in.orders) {
		if o.CustomerID == id && (o.Status == order.StatusPending || o.Status == order.StatusProcessing) {
			open = append(open, cloned(*o))
		}
	}
	if len(open) == 0 || !r.write(in) {
		return
	}
	r.reason = "the customer was deleted"
	for _, o := range open {
		cancel(&o)
		in.saveOrder(r, in.system(), &o, []string{"cancelled"})
	}
	r.reason = ""
}

// tally is what has become of the units of an item, in the latest attempt.
type tally struct {
	up, failed int64
	reason     string
}

// report tells an order how its resources are.
func (r *rules) report(in *realm, id string) {
	o := cloned(*in.orders[id])
	attempt, live := 0, 0
	for _, res := range in.resources {
		if string(res.OrderID) == id {
			attempt = max(attempt, res.Attempt)
			if res.Status != resource.StatusTerminated {
				live++
			}
		}
	}
	items := map[order.ItemID]*tally{}
	for _, item := range o.Items {
		items[item.ID] = &tally{}
	}
	for _, res := range sorted(in.resources) {
		if string(res.OrderID) != id || res.Attempt != attempt {
			continue
		}
		t := items[res.OrderItemID]
		switch res.Status {
		case resource.StatusRunning, resource.StatusStopped, resource.StatusTerminated:
			t.up++
		case resource.StatusError:
			if t.failed++; t.failed == 1 || res.Reason < t.reason {
				t.reason = res.Reason
			}
		case resource.StatusProvisioning:
		}
	}
	var events []string
	if o.Status == order.StatusProcessing && attempt == o.Attempt {
		events = r.progress(&o, items)
	}
	late := o.Status == order.StatusFailed && attempt < o.Attempt
	if o.Phase == order.PhaseTakingDown && live == 0 && !late {
		o.Phase = order.PhaseAtRest
		events = append(events, "cleared")
	}
	if len(events) > 0 && r.write(in) {
		in.saveOrder(r, in.system(), &o, events)
	}
}

// progress leads an order on that is being provisioned.
func (r *rules) progress(o *order.Order, items map[order.ItemID]*tally) []string {
	var why []string
	for _, item := range o.Items {
		if t := items[item.ID]; t.failed > 0 {
			if reason := item.SKU + ": " + t.reason; !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
	}
	if len(why) > 0 {
		o.Status, o.Phase, o.Failure = order.StatusFailed, order.PhaseTakingDown, strings.Join(why, "; ")
		for i := range o.Items {
			item := &o.Items[i]
			switch {
			case items[item.ID].failed > 0:
				item.Status = order.ItemFailed
			case item.ResourceType != "":
				item.Status = order.ItemCancelled
			}
		}
		return []string{"failed"}
	}
	moved := false
	for i := range o.Items {
		item := &o.Items[i]
		if item.Status == order.ItemProcessing && items[item.ID].up >= item.Quantity {
			item.Status, moved = order.ItemProvisioned, true
		}
	}
	switch done := r.complete(o); {
	case done != nil:
		return done
	case moved:
		return []string{"progressed"}
	default:
		return nil
	}
}

// takeDown wants everything that was made for an order to be gone.
func (r *rules) takeDown(in *realm, o order.Order) {
	var changes []change
	for _, res := range sorted(in.resources) {
		if res.OrderID != o.ID || res.Status == resource.StatusTerminated || res.Attempt > o.Attempt {
			continue
		}
		changed := *res
		if event := r.turn(&changed, resource.DesiredTerminated); event != "" {
			changes = append(changes, change{&changed, event})
		}
	}
	if len(changes) > 0 {
		r.keep(in, changes...)
	}
}

// turn changes what a resource should be, and names what happened. One that no
// back end has heard of is terminated at once.
func (r *rules) turn(res *resource.Resource, to resource.Desired) string {
	if res.Desired == to && res.Phase != resource.PhaseFailed {
		return ""
	}
	res.Desired = to
	if res.Phase == resource.PhaseFailed {
		res.Phase, res.Tries = resource.PhaseRequested, 0
	}
	r.arrange(res)
	if to == resource.DesiredTerminated && res.Token == "" {
		r.terminated(res)
		return "terminated"
	}
	return "updated"
}
