package scope

import (
	"sync/atomic"

	"github.com/platforma/platforma/fault"
)

// Delivery is one event being handed to one subscription. The first write that
// the handler makes through a service stores it as a receipt, in the same
// atomic step, so that a redelivered event changes nothing the second time.
type Delivery struct {
	// Subscription is the durable name of the subscription.
	Subscription string
	// Event is the event's id.
	Event string

	taken atomic.Bool
}

// Take hands the delivery to a write. A handler may make one write: the second
// Take fails with [fault.ErrState], for a crash between the two would lose the
// second. Take of nil is nil.
func (d *Delivery) Take() (*Delivery, error) {
	if d == nil {
		return nil, nil //nolint:nilnil // no delivery is not an error
	}
	if d.taken.Swap(true) {
		return nil, fault.New(fault.ErrState,
			"an event handler makes one write; a second belongs into a handler of the first one's event")
	}
	return d, nil
}

// Release gives back a delivery whose write did not happen, so that the
// handler's retry of it can take it again.
func (d *Delivery) Release() {
	if d != nil {
		d.taken.Store(false)
	}
}
