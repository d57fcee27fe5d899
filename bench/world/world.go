// Package world makes what the benchmarks work in: tenants with customers,
// products and thousands of orders, all made by PLATFORMA itself.
package world

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/facade"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// Size is how much there is; a zero field is a default.
type Size struct {
	// Tenants is how many there are; 0 is 10.
	Tenants int
	// Orders is how many each tenant has, of three items each; 0 is 1,000.
	Orders int
	// Customers is how many each tenant has; 0 is 50.
	Customers int
	// Products is how many each tenant has besides those that are ordered; 0 is
	// 1,000.
	Products int
}

// World is a database with something in it.
type World struct {
	// Database is where it lies.
	Database peer.Database
	// Tenants are who is in it.
	Tenants []*Tenant

	facade *facade.Peer
	place  place
}

// place is where worlds lie.
type place interface {
	// copy makes a copy of a database that nobody is connected to.
	copy(ctx context.Context, of peer.Database) (peer.Database, error)
	// open opens PLATFORMA on a database.
	open(ctx context.Context, d peer.Database) (peer.Peer, error)
	// drop removes a database.
	drop(ctx context.Context, d peer.Database) error
}

// Tenant is one of a world's tenants.
type Tenant struct {
	ID scope.TenantID
	// Orders are all ids of its first orders, the oldest first.
	Orders []order.ID
	// Emails are its customers', as they would be typed in.
	Emails []string
	// Pages are where pages of its orders begin.
	Pages []peer.Position
	// Drafts are orders to be placed.
	Drafts []order.Draft

	customers []customer.ID
	products  []catalog.ID
	templates []*template
	ids       *ids
}

// build makes a world in an empty database, and leaves nobody connected to it.
func build(ctx context.Context, at place, d peer.Database, size Size) (w *World, err error) {
	w = &World{Database: d, place: at}
	defer func() {
		if err != nil {
			err = errors.Join(err, at.drop(context.WithoutCancel(ctx), d))
		}
	}()
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	err = errors.Join(w.fill(ctx, size), w.facade.Close())
	w.facade = nil
	return w, err
}

func (w *World) connect(ctx context.Context) error {
	opened, err := w.place.open(ctx, w.Database)
	if err != nil {
		return err
	}
	w.facade = opened.(*facade.Peer) //nolint:forcetypeassert // it opens nothing else
	return nil
}

// Copy makes another world like this one, to be worked in. This one must be as
// it was built.
func (w *World) Copy(ctx context.Context) (*World, error) {
	d, err := w.place.copy(ctx, w.Database)
	if err != nil {
		return nil, err
	}
	c := &World{Database: d, Tenants: w.Tenants, place: w.place}
	if err := c.connect(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close drops the database.
func (w *World) Close() error {
	var err error
	if w.facade != nil {
		err = w.facade.Close()
	}
	return errors.Join(err, w.place.drop(context.Background(), w.Database))
}

// fill makes the tenants.
func (w *World) fill(ctx context.Context, size Size) error {
	if size.Tenants == 0 {
		size.Tenants = 10
	}
	if size.Orders == 0 {
		size.Orders = 1000
	}
	if size.Customers == 0 {
		size.Customers = 50
	}
	if size.Products == 0 {
		size.Products = 1000
	}
	w.Tenants = make([]*Tenant, size.Tenants)
	return each(size.Tenants, 4, func(i int) (err error) {
		w.Tenants[i], err = w.settle(ctx, fmt.Sprintf("tenant-%d", i), size)
		return err
	})
}

// Awaiting makes more orders that await their approval, evenly for all tenants,
// and returns them in turn.
func (w *World) Awaiting(ctx context.Context, n int) ([]peer.Placement, error) {
	made := make([]peer.Placement, n)
	return made, each(n, 8, func(i int) error {
		made[i] = w.Tenants[i%len(w.Tenants)].Placement()
		return w.facade.Place(ctx, made[i])
	})
}

// each does something for 0, 1, …, n-1, several at once, up to the first error.
func each(n, workers int, do func(int) error) error {
	var mu sync.Mutex
	var failed error
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, failed == nil && next <= n
	}
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := do(i); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return failed
}
