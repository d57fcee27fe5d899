package main

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// watch listens to all events, and tells of those that a person wants to hear
// of while waiting for an order.
type watch struct {
	screen *screen

	mu sync.Mutex
	// heard counts the events of this run by tenant and type.
	heard map[tenant.ID]map[string]int
}

func newWatch(s *screen) *watch {
	return &watch{screen: s, heard: map[tenant.ID]map[string]int{}}
}

func (w *watch) subscription() event.Subscription {
	return event.Subscription{Name: "quickstart", Handle: w.handle}
}

// handle is called by several lanes at once. It changes nothing, so an event
// that comes twice is told twice and does no harm.
func (w *watch) handle(_ context.Context, e event.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heard[e.Tenant] == nil {
		w.heard[e.Tenant] = map[string]int{}
	}
	w.heard[e.Tenant][e.Type]++
	switch e.Service {
	case "order":
		return w.tellOrder(e)
	case "resource":
		return w.tellResource(e)
	default:
		return nil
	}
}

// of is how many events of a type a tenant had in this run.
func (w *watch) of(t tenant.ID, eventType string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard[t][eventType]
}

func (w *watch) tellOrder(e event.Event) error {
	var o order.Order
	if err := json.Unmarshal(e.Data, &o); err != nil {
		return err
	}
	done := 0
	for _, item := range o.Items {
		if item.Status == order.ItemProvisioned {
			done++
		}
	}
	w.screen.printf("  order %-12s %d of %d items provisioned", shortType(e), done, len(o.Items))
	return nil
}

func (w *watch) tellResource(e event.Event) error {
	var r resource.Resource
	happened := shortType(e)
	if strings.Contains(happened, ".") {
		return nil // of a cluster, a network, an instance
	}
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return err
	}
	switch {
	case happened == resource.EventFailed:
		w.screen.printf("    %s has failed: %s", r.Name, r.Reason)
	case happened != resource.EventRequested && happened != resource.EventUpdated:
		w.screen.printf("    %s is %s", r.Name, r.Status)
	case r.Phase == resource.PhaseUnknown:
		w.screen.printf("    %s is looked for: %s", r.Name, r.Reason)
	case r.Phase == resource.PhaseRequested && r.Reason != "":
		w.screen.printf("    %s is asked for again: %s", r.Name, r.Reason)
	}
	return nil
}

// shortType is the middle of "platforma.order.placed.v1".
func shortType(e event.Event) string {
	name := strings.TrimPrefix(e.Type, "platforma."+e.Service+".")
	return strings.TrimSuffix(name, ".v1")
}
