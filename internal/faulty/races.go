package faulty

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
)

// raceFaults go wrong only when two do the same at once: what is checked first
// and written then can be checked by both before either writes.
func raceFaults() []Fault {
	checked := "the version is compared before the write, not in it: two that come at once both win"
	keyed := "the receipt is looked up before the write, not stored uniquely: two that come at once both win"
	return []Fault{
		{Name: "Customers.Save has two winners", What: checked, plant: func(d *database) { twoWinners(d.customerSaver()) }},
		{Name: "Orders.Save has two winners", What: checked, plant: func(d *database) { twoWinners(d.orderSaver()) }},
		{Name: "Tenants.SaveUser has two winners", What: checked, plant: func(d *database) { twoWinners(d.userSaver()) }},
		{Name: "Resources.Write has two winners", What: checked, plant: func(d *database) {
			write, at := d.Resources.Write, newMeeting()
			d.Resources.Write = func(ctx context.Context, changes resource.Changes, c event.Commit) error {
				name := ""
				if len(changes.Clusters) > 0 {
					name = fmt.Sprint(changes.Clusters[0].ID, changes.Clusters[0].Version)
				}
				met := name != "" && at.meets(name)
				err := write(ctx, changes, c)
				if met && fault.KindOf(err) == fault.ErrConflict {
					return nil
				}
				return err
			}
		}},
		{Name: "Customers.Create has two winners of a key", What: keyed, plant: func(d *database) {
			create, at := d.Customers.Create, newMeeting()
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				met := c.Receipt != nil && at.meets(c.Receipt.Key)
				err := create(ctx, e, c)
				if met && fault.KindOf(err) == fault.ErrExists {
					c.Receipt = nil
					return create(ctx, e, c)
				}
				return err
			}
		}},
		{Name: "Orders.Create has two winners of a key", What: keyed, plant: func(d *database) {
			create, at := d.Orders.Create, newMeeting()
			d.Orders.Create = func(ctx context.Context, o order.Order, c event.Commit) error {
				met := c.Receipt != nil && at.meets(c.Receipt.Key)
				err := create(ctx, o, c)
				if met && fault.KindOf(err) == fault.ErrExists {
					c.Receipt = nil
					return create(ctx, o, c)
				}
				return err
			}
		}},
		{Name: "Orders.SaveMany has two winners of a delivery", What: "the delivery is looked up before the write, not stored uniquely", plant: func(d *database) {
			save, at := d.Orders.SaveMany, newMeeting()
			d.Orders.SaveMany = func(ctx context.Context, all []order.Saved, c event.Commit) error {
				met := c.Delivery != nil && at.meets(c.Delivery.Event)
				err := save(ctx, all, c)
				if met && fault.KindOf(err) == fault.ErrExists {
					return nil
				}
				return err
			}
		}},
		{Name: "Customers.Create has two winners of an email", What: "the email is looked up before the write: two that come at once both get it", plant: func(d *database) {
			create, at := d.Customers.Create, newMeeting()
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				met := at.meets(e.Email)
				err := create(ctx, e, c)
				if met && c.Receipt == nil && c.Delivery == nil && fault.KindOf(err) == fault.ErrExists {
					e.Email = string(e.ID) + e.Email
					return create(ctx, e, c)
				}
				return err
			}
		}},
	}
}

func twoWinners[E any](s saver[E]) {
	save, at := *s.save, newMeeting()
	*s.save = func(ctx context.Context, e E, c event.Commit) error {
		met := len(c.Events) > 0 && at.meets(fmt.Sprint(c.Events[0].Subject, *s.version(&e)))
		err := save(ctx, e, c)
		if met && fault.KindOf(err) == fault.ErrConflict {
			return nil // the other's is there, and this one's gone
		}
		return err
	}
}

// meeting is where those who do the same wait a moment for each other: a window
// between check and write that is wide enough to be hit.
type meeting struct {
	mu      sync.Mutex
	waiting map[string]chan struct{}
}

func newMeeting() *meeting { return &meeting{waiting: map[string]chan struct{}{}} }

// meets waits for another who does the same, and says whether one came.
func (m *meeting) meets(what string) bool {
	m.mu.Lock()
	other, met := m.waiting[what]
	if met {
		delete(m.waiting, what)
		close(other)
		m.mu.Unlock()
		return true
	}
	own := make(chan struct{})
	m.waiting[what] = own
	m.mu.Unlock()
	select {
	case <-own:
		return true
	case <-time.After(30 * time.Millisecond):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting[what] == own {
		delete(m.waiting, what)
		return false
	}
	return true // who came at the last moment
}

// copyOf is a value that shares nothing with another.
func copyOf[T any](v T) T {
	copied, _ := edited(reflect.ValueOf(v), func(*struct{ never bool }) {}).Interface().(T) // it is of the same type
	return copied
}

// remembered is a map that many use at once.
type remembered[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

func remember[K comparable, V any]() *remembered[K, V] { return &remembered[K, V]{all: map[K]V{}} }

func (r *remembered[K, V]) get(k K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.all[k]
	return v, ok
}

func (r *remembered[K, V]) set(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[k] = v
}

// drop forgets what is about a key.
func (r *remembered[K, V]) drop(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, k)
}

func reversed[T any](all []T) []T {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}
