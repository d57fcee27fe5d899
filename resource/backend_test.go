package resource

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// backend is a provisioner whose objects are a map. It keeps the contract: one
// action for a token, one object for a resource.
type backend struct {
	mu      sync.Mutex
	objects map[ID]Status
	tokens  map[string]bool
	calls   []string
	// apply and observe, if set, answer instead; done does what is asked.
	apply   func(ctx context.Context, r Request) (Outcome, error)
	observe func(r Request) (Observation, error)
}

func newBackend() *backend { return &backend{objects: map[ID]Status{}, tokens: map[string]bool{}} }

func (b *backend) Apply(ctx context.Context, r Request) (Outcome, error) {
	b.mu.Lock()
	b.calls = append(b.calls, fmt.Sprintf("%s %d", r.Action, r.Attempt))
	apply := b.apply
	b.mu.Unlock()
	if apply != nil {
		return apply(ctx, r)
	}
	return b.done(r), nil
}

func (b *backend) done(r Request) Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tokens[r.Token] {
		b.tokens[r.Token] = true
		switch r.Action {
		case ActionCreate, ActionStart:
			b.objects[r.Desired.ID] = StatusRunning
		case ActionStop:
			b.objects[r.Desired.ID] = StatusStopped
		case ActionTerminate:
			delete(b.objects, r.Desired.ID)
		}
	}
	return Outcome{Result: Done, ExternalID: "vm/" + string(r.Desired.ID), Network: &NetworkInfo{MAC: "52:54:00:12:34:56"}}
}

func (b *backend) Observe(_ context.Context, r Request) (Observation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, "observe "+string(r.Action))
	if b.observe != nil {
		return b.observe(r)
	}
	status, ok := b.objects[r.Desired.ID]
	if !ok {
		return Observation{}, nil
	}
	return Observation{Exists: true, Status: status, ExternalID: "vm/" + string(r.Desired.ID)}, nil
}

// called are the calls since the last time.
func (b *backend) called() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := b.calls
	b.calls = nil
	return calls
}

// answers lets the back end answer every call so, without doing anything.
func (b *backend) answers(o Outcome, err error) {
	b.apply = func(context.Context, Request) (Outcome, error) { return o, err }
}
