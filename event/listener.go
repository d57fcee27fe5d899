package event

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// listener is a subscription at work.
type listener struct {
	Subscription

	timeout time.Duration
	counts  counts

	mu         sync.Mutex
	registered bool
}

// errSlow is why the context of a handler ends.
var errSlow = errors.New("the handler took longer than its time")

// call hands an event to the handler, in the event's tenant and for its time.
// That the event was handled before is the end of it; a panic is an error, so
// that one handler cannot stop the relay.
func (l *listener) call(ctx context.Context, tenant scope.TenantID, e Event) (err error) {
	ctx = scope.Delivering(ctx, tenant, e.Correlation, &scope.Delivery{Subscription: l.Name, Event: string(e.ID)})
	ctx, cancel := context.WithTimeoutCause(ctx, l.timeout, errSlow)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.ErrUnavailable, fmt.Sprintf("the handler panicked: %v", p))
		}
	}()
	err = l.Handle(ctx, e)
	switch {
	case err == nil, errors.Is(err, ErrDelivered):
		return nil
	case errors.Is(context.Cause(ctx), errSlow):
		return fmt.Errorf("%w of %v: %w", errSlow, l.timeout, err)
	}
	return err
}
