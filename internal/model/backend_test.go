package model

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/resource"
)

// conduct is how a back end does an action.
type conduct int

// The conducts. Each is about one action of one resource, over all its tries.
const (
	// prompt: it is done at once.
	prompt conduct = iota
	// later: it is accepted, and done when it was looked at twice.
	later
	// laterBroken: it is accepted, and found broken; a termination is done.
	laterBroken
	// busyOnce: the first try does nothing, the second is prompt.
	busyOnce
	// busy: no try does anything.
	busy
	// refusing: it fails for good.
	refusing
	// silent: it is done, but the call fails.
	silent
	// lost: the first call fails and does nothing, the second is prompt.
	lost
	// deaf: every call fails and does nothing, and so does every look at what is
	// not there.
	deaf
	// asleep: it is done, and found switched off.
	asleep
	conducts
)

// object is what the back end has of a resource.
type object struct {
	status resource.Status
	// becomes is what it is after two more looks.
	becomes resource.Status
	looks   int
}

// plant is a back end as such: what it is told to be like, and what it has made.
// The model has one of its own.
type plant struct {
	conduct map[resource.Action]conduct
	objects map[resource.ID]*object
	// odd has the conduct apply to every second unit of an item only.
	odd bool
}

func newPlant() *plant {
	return &plant{conduct: map[resource.Action]conduct{}, objects: map[resource.ID]*object{}}
}

var results = map[resource.Action]resource.Status{
	resource.ActionCreate: resource.StatusRunning, resource.ActionStart: resource.StatusRunning,
	resource.ActionStop: resource.StatusStopped, resource.ActionTerminate: resource.StatusTerminated,
}

func (p *plant) how(unit int, a resource.Action) conduct {
	if p.odd && unit%2 == 0 {
		return prompt
	}
	return p.conduct[a]
}

var errSilence = errors.New("no answer")

// apply does an action, the first time or once more.
func (p *plant) apply(id resource.ID, unit int, a resource.Action, attempt int) (resource.Outcome, error) {
	how := p.how(unit, a)
	done := resource.Outcome{Result: resource.Done, ExternalID: "vm-" + string(id)}
	switch how {
	case later, laterBroken:
		o := p.objects[id]
		if o == nil {
			o = &object{status: resource.StatusProvisioning}
			p.objects[id] = o
		}
		o.looks, o.becomes = 2, results[a]
		if how == laterBroken && a != resource.ActionTerminate {
			o.becomes = resource.StatusError
		}
		return resource.Outcome{Result: resource.Accepted, ExternalID: "vm-" + string(id)}, nil
	case busyOnce, busy:
		if how == busy || attempt == 1 {
			return resource.Outcome{Result: resource.Retry, Reason: "busy", After: time.Minute}, nil
		}
	case refusing:
		return resource.Outcome{Result: resource.Failed, Reason: "no " + string(a) + " today"}, nil
	case lost:
		if attempt == 1 {
			return resource.Outcome{}, errSilence
		}
	case deaf:
		return resource.Outcome{}, errSilence
	case silent, asleep:
		p.objects[id] = &object{status: results[a]}
		if how == asleep && a == resource.ActionCreate {
			p.objects[id].status = resource.StatusStopped
		}
		return resource.Outcome{}, errSilence
	default: // prompt
	}
	p.objects[id] = &object{status: results[a]}
	return done, nil
}

// observe looks at what there is.
func (p *plant) observe(id resource.ID, unit int, a resource.Action) (resource.Observation, error) {
	o := p.objects[id]
	if o == nil && p.how(unit, a) == deaf {
		return resource.Observation{}, errSilence
	}
	if o == nil || o.status == resource.StatusTerminated {
		return resource.Observation{}, nil
	}
	seen := resource.Observation{Exists: true, Status: o.status, ExternalID: "vm-" + string(id)}
	if o.looks > 0 {
		seen.Status = resource.StatusProvisioning
		if o.looks--; o.looks == 0 {
			o.status = o.becomes
		}
	}
	return seen, nil
}

// backEnd is a plant as a provisioner.
type backEnd struct {
	mu    sync.Mutex
	plant *plant
}

func (b *backEnd) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.plant.apply(r.Desired.ID, r.Desired.Unit, r.Action, r.Attempt)
}

func (b *backEnd) Observe(_ context.Context, r resource.Request) (resource.Observation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.plant.observe(r.Desired.ID, r.Desired.Unit, r.Action)
}

// watching is the name of the host's own subscription.
const watching = "model.watches"

// watched are the services whose events it wants.
var watched = []string{"customer", "order", "resource"}

// watcher is a host that listens to events, and can be told to fail at those of
// a type.
type watcher struct {
	mu      sync.Mutex
	failing string
	heard   []event.Event
}

var errNotNow = fault.New(fault.ErrUnavailable, "the watcher is told to fail")

func (w *watcher) handle(_ context.Context, e event.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Type == w.failing {
		return errNotNow
	}
	w.heard = append(w.heard, e)
	return nil
}
