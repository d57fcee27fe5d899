package event

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// Handler handles an event. Its context carries the event's tenant in the
// system's scope, the correlation of the request that the event came of, and
// the delivery: the one write that the handler makes through a service stores
// the receipt, so that a redelivered event changes nothing the second time. An
// error has the event delivered again, later; nil is the end of it.
type Handler func(ctx context.Context, e Event) error

// Subscription is a durable interest in events. Each has its own cursor in
// every tenant, begins with the first event, and sees each service's events of
// a tenant in order, at least once.
type Subscription struct {
	// Name is the subscription's durable name: under another it begins anew.
	// Lower-case letters, digits and single ".", "_", "-"; at most 64.
	Name string
	// Services are the services whose events are wanted; empty is all.
	Services []string
	// Types are the types wanted; one that ends in "*" is a prefix. Empty is
	// all.
	Types []string
	// Handle handles an event.
	Handle Handler
}

// nameLength is how long a subscription's name may be.
const nameLength = 64

func (s Subscription) check(f *fault.Fields, services []string) {
	check.Word(f, "name", s.Name, nameLength)
	for i, service := range s.Services {
		if !slices.Contains(services, service) {
			f.Add(fmt.Sprintf("services[%d]", i), "must be one of %s", strings.Join(services, ", "))
		}
	}
	if s.Handle == nil {
		f.Add("handle", "must not be nil")
	}
}

// wants says whether a type is one of those wanted.
func (s Subscription) wants(eventType string) bool {
	return len(s.Types) == 0 || slices.ContainsFunc(s.Types, func(wanted string) bool {
		prefix, isPrefix := strings.CutSuffix(wanted, "*")
		return wanted == eventType || isPrefix && strings.HasPrefix(eventType, prefix)
	})
}

// handle calls the handler. That the event was handled before is the end of
// it; a panic is an error, so that one handler cannot stop the relay.
func (s Subscription) handle(ctx context.Context, e Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.ErrUnavailable, fmt.Sprintf("the handler panicked: %v", p))
		}
	}()
	err = s.Handle(ctx, e)
	if errors.Is(err, ErrDelivered) {
		return nil
	}
	return err
}
