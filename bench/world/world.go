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
	// Products is how many each tenant has besides those that are ordered.
	Products int
}

// World is a database with something in it.
type World struct {
	// Database is where it lies.
	Database peer.Database
	// Tenants are who is in it.
	Tenants []*Tenant

	facade *facade.Peer
	tidy   func(context.Context) error
	drop   func() error
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

// Close drops the database.
func (w *World) Close() error {
	return errors.Join(w.facade.Close(), w.drop())
}

// Tidy clears away what the operations so far left behind in the database, so
// that it does not slow down the next.
func (w *World) Tidy(ctx context.Context) error {
	if w.tidy == nil {
		return nil
	}
	return w.tidy(ctx)
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
