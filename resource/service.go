package resource

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Service is the resource service. It is safe for concurrent use.
type Service struct {
	store     Store
	gate      *tenant.Gate
	orders    Orders
	templates []string
}

// Orders is what the service asks of the orders; [order.Service] is one.
type Orders interface {
	Get(ctx context.Context, id order.ID) (order.Order, error)
}

// Options are how a service is made; nil means the defaults.
type Options struct {
	// Orders is asked, when an order starts, whether it still is so: an event
	// that comes late makes nothing for an order that was cancelled. Nil: the
	// event is trusted.
	Orders Orders
	// Templates are the product templates that there is a provisioner for. An
	// order with another one fails at once. Nil: all are taken for known, and
	// the worker finds out.
	Templates []string
}

// NewService returns the service on a store.
func NewService(store Store, gate *tenant.Gate, o *Options) *Service {
	if o == nil {
		o = &Options{}
	}
	return &Service{store: store, gate: gate, orders: o.Orders, templates: slices.Clone(o.Templates)}
}

// Get reads a resource, also a terminated one. It costs one trip.
func (s *Service) Get(ctx context.Context, id ID) (r Resource, err error) {
	access, err := s.gate.Read(ctx, "resource.get")
	if err != nil {
		return Resource{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Resource{}, err
	}
	return s.store.Get(ctx, id)
}

// List reads a page of resources.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Resource], err error) {
	access, err := s.gate.Read(ctx, "resource.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(entity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Resource, error) { return s.store.List(ctx, q, w) },
		func(r Resource) string { return string(r.ID) })
}

// All iterates over all resources of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Resource, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Resource], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}

// Start wants a stopped virtual machine or container to run. The worker makes
// it so; of one that should run already nothing changes. Where the status does
// not allow it, it is [fault.ErrState].
func (s *Service) Start(ctx context.Context, id ID) (Resource, error) {
	return s.aim(ctx, "resource.start", id, DesiredRunning, eventStart)
}

// Stop wants a running virtual machine or container to be switched off. It
// keeps its capacity and addresses. The worker makes it so; of one that should
// be stopped already nothing changes. Where the status does not allow it, it
// is [fault.ErrState].
func (s *Service) Stop(ctx context.Context, id ID) (Resource, error) {
	return s.aim(ctx, "resource.stop", id, DesiredStopped, eventStop)
}

// Terminate wants a resource to be gone. The worker makes it so; one that no
// back end has heard of is terminated at once. A termination that was given up
// is begun anew; of one that is on its way, or done, nothing changes.
func (s *Service) Terminate(ctx context.Context, id ID) (Resource, error) {
	return s.aim(ctx, "resource.terminate", id, DesiredTerminated, eventTerminate)
}

func (s *Service) aim(ctx context.Context, operation tenant.Permission, id ID, d Desired, event string) (r Resource, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Resource{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Resource{}, err
	}
	err = aggregate.Repeat(func() error {
		if r, err = s.store.Get(ctx, id); err != nil {
			return err
		}
		name, err := r.aim(d, event, access.Now)
		if err != nil || name == "" {
			return err
		}
		return keep(ctx, s.store, &access, change{&r, name})
	})
	if err != nil {
		return Resource{}, err
	}
	return r, nil
}

// aim changes what a resource should be, if its statuses allow the event from
// where it is heading, and names what happened: nothing, where it should be so
// already.
func (r *Resource) aim(d Desired, event string, now time.Time) (string, error) {
	if event != eventTerminate && !r.runs() {
		return "", fault.New(fault.ErrState,
			"only a virtual machine or a container is started and stopped, this is a "+string(r.Type))
	}
	if r.Desired == d && r.Phase != PhaseFailed {
		return "", nil
	}
	heading := r.Status
	if heading == StatusRunning || heading == StatusStopped {
		heading = Status(r.Desired)
	}
	if _, err := Lifecycle().Next(heading, event); err != nil {
		return "", err
	}
	return r.turn(d, now)
}

// turn changes what a resource should be. One that no back end has heard of
// is terminated at once.
func (r *Resource) turn(d Desired, now time.Time) (string, error) {
	if !r.want(d, now) {
		return "", nil
	}
	if next(*r) == forget {
		return EventTerminated, r.terminated(now)
	}
	return EventUpdated, nil
}
