package order

import (
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
)

// move leads the order on, if the table allows it.
func (o *Order) move(event string) (err error) {
	o.Status, err = Lifecycle().Next(o.Status, event)
	return err
}

// each leads on those of some items for which the table allows it, and says
// whether there were any.
func (o *Order) each(event string, some func(Item) bool) bool {
	moved := false
	o.Items = slices.Clone(o.Items)
	for i := range o.Items {
		if !some(o.Items[i]) {
			continue
		}
		to, err := ItemLifecycle().Next(o.Items[i].Status, event)
		if err == nil {
			o.Items[i].Status, moved = to, true
		}
	}
	return moved
}

func every(Item) bool          { return true }
func provisions(i Item) bool   { return i.ResourceType != "" }
func provisioned(i Item) bool  { return i.Status == ItemProvisioned }
func resourceless(i Item) bool { return !provisions(i) }

// begin starts or retries the order, and names what happened: what has nothing
// to provision is done at once.
func (o *Order) begin(event string, now time.Time) ([]string, error) {
	if err := o.move(event); err != nil {
		return nil, err
	}
	o.Phase = PhaseInProgress
	o.each(event, every)
	o.each("provision", resourceless)
	return append([]string{EventStarted}, o.complete(now)...), nil
}

// retry begins the next attempt. What the last one made must be gone, or two
// of them would be alive at once.
func (o *Order) retry(now time.Time) ([]string, error) {
	if o.Status == StatusFailed && o.Phase != PhaseAtRest {
		return nil, fault.New(fault.ErrState, "its resources are still being taken down")
	}
	o.Attempt++
	o.Failure = ""
	return o.begin("retry", now)
}

// complete makes an order whose items are all provisioned a provisioned one.
func (o *Order) complete(now time.Time) []string {
	for _, i := range o.Items {
		if !provisioned(i) {
			return nil
		}
	}
	if o.move("provision") != nil {
		return nil
	}
	o.Phase, o.ProvisionedAt = PhaseAtRest, &now
	return []string{EventProvisioned}
}

// fail fails the order by some of its items; the others go down with it.
func (o *Order) fail(failed func(Item) bool, why string) error {
	if err := o.move("fail"); err != nil {
		return err
	}
	o.Phase, o.Failure = PhaseTakingDown, why
	o.each("fail", failed)
	o.each("cancel", func(i Item) bool { return provisions(i) && i.Status != ItemFailed })
	return nil
}

// cancel gives the order up. Of one that never started, and of one that failed
// and was cleared, nothing is left to be taken down.
func (o *Order) cancel() ([]string, error) {
	over := o.Status == StatusPending || o.Phase == PhaseAtRest
	if err := o.move("cancel"); err != nil {
		return nil, err
	}
	o.Phase = PhaseTakingDown
	if over {
		o.Phase = PhaseAtRest
	}
	o.each("cancel", every)
	return []string{EventCancelled}, nil
}
