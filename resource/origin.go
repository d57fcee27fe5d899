package resource

import "github.com/platforma/platforma/event"

// Origin is who asked for what a resource should be now: the request, and the
// event that says so. The worker acts in its name, so that all that comes of a
// request can be found by its correlation, however much later it happens.
type Origin struct {
	// Correlation is the request's, as [scope.WithCorrelation] said; empty where
	// nothing was said.
	Correlation string
	// Event is the id of the event of the resource that asked for it.
	Event string
}

// originate gives the resources of a write that have no origin the write's own:
// it is what asks for what they should be.
func originate(resources []Resource, events []event.Event) {
	for i := range resources {
		r := &resources[i]
		if r.Origin != (Origin{}) {
			continue
		}
		for _, e := range events {
			if e.Subject == string(r.ID) {
				r.Origin = Origin{Correlation: e.Correlation, Event: string(e.ID)}
				break
			}
		}
	}
}
