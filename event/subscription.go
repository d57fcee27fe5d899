package event

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// Handler handles an event. Its context carries the event's tenant in the
// system's scope, the correlation of the request that the event came of, and
// the delivery: the one write that the handler makes through a service stores
// the receipt, so that a redelivered event changes nothing the second time. An
// error has the event delivered again, later; nil is the end of it.
//
// Events of several tenants and services are handled at once, so a handler is
// safe for concurrent use; who may be called at once for one tenant, Concurrency
// says.
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
	// Handle handles an event. An error that is not the event's fault it returns
	// through [Postpone].
	Handle Handler
	// Concurrency is how many aggregates' events of one service and tenant are
	// handled at once, at most 100. 0 and 1 keep them all in one order, in which an
	// event that failed holds up those after it; with more, only those of the same
	// aggregate wait for it.
	Concurrency int
	// Timeout is how long Handle may take before its context ends and it has
	// failed; 0 is what the relay's options say.
	Timeout time.Duration
	// Latest has a new subscription begin with what happens from now on, instead
	// of with the first event that there is.
	Latest bool
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
	if s.Concurrency < 0 || s.Concurrency > overtakingLength {
		f.Add("concurrency", "must be from 0 to %d", overtakingLength)
	}
	if s.Timeout < 0 {
		f.Add("timeout", "must not be negative")
	}
}

// wants says whether a type is one of those wanted.
func (s Subscription) wants(eventType string) bool {
	return len(s.Types) == 0 || slices.ContainsFunc(s.Types, func(wanted string) bool {
		prefix, isPrefix := strings.CutSuffix(wanted, "*")
		return wanted == eventType || isPrefix && strings.HasPrefix(eventType, prefix)
	})
}
