package growth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// operation is what is looked at in a small database and in a large one.
type operation struct {
	name string
	// wide says that it goes down indexes for each of many rows to find or to
	// store.
	wide bool
	// joined says that the small database, where what it joins lies on one page,
	// joins it another way: the pages alone are compared.
	joined bool
	// before makes what the operation needs, and is not looked at.
	before func()
	run    func() error
}

// pageSize is how many orders a page has.
const pageSize = 50

func (d *database) operations(t *testing.T) []operation {
	t.Helper()
	return append(d.reads(t), append(d.writes(t), d.relays(t)...)...)
}

func (d *database) reads(t *testing.T) []operation {
	t.Helper()
	ctx, orders := d.in(t), d.driver.Orders()
	list := func(want int, q order.Query) func() error {
		q.Limit, q.Newest = pageSize, true
		return func() error {
			p, err := d.platform.Orders.List(ctx, q)
			return counted(len(p.Items), want, err)
		}
	}
	return []operation{
		{name: "get an order", run: func() error {
			o, err := d.platform.Orders.Get(ctx, d.next())
			return counted(len(o.Items), *items, err)
		}},
		{name: "list 50, the newest", wide: true, run: list(pageSize, order.Query{})},
		{name: "list 50, half-way down", wide: true, run: func() error {
			all, err := orders.List(ctx, order.Query{}, nil, page.Window{After: string(d.next()), Limit: pageSize, Newest: true})
			return counted(len(all), pageSize, err)
		}},
		{name: "list 50 by a common word", wide: true, run: list(pageSize, having("project", "apollo-4"))},
		{name: "list by a rare word", wide: true, run: list(1, having("purchase_order", "PO-2"))},
		{name: "count the failed", run: func() error {
			count, err := orders.Count(ctx, order.Query{Status: order.StatusFailed}, nil)
			return counted(int(count), 20, err)
		}},
		{name: "find a customer by email", run: func() error {
			_, err := d.platform.Customers.ByEmail(ctx, fmt.Sprintf("ADA.%d@example.com", d.size.Customers()/2))
			return err
		}},
		{name: "ask for the tenant's standing", run: func() error {
			_, err := d.driver.Tenants().Standing(ctx, "")
			return err
		}},
	}
}

func having(key, value string) order.Query {
	return order.Query{Metadata: map[string]string{key: value}}
}

// counted is an error where there is another number than was to be.
func counted(got, want int, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("there are %d, not %d", got, want)
	}
	return err
}

func (d *database) writes(t *testing.T) []operation {
	t.Helper()
	var placed order.Order
	return []operation{
		{name: "place an order", wide: true, run: func() error {
			_, err := d.platform.Orders.Place(d.in(t), d.draft)
			return err
		}},
		{name: "approve an order", wide: true, before: func() { placed = d.place(t) }, run: func() error {
			_, err := d.platform.Orders.Approve(d.in(t), placed.ID)
			return err
		}},
	}
}

func (d *database) place(t *testing.T) order.Order {
	t.Helper()
	placed, err := d.platform.Orders.Place(d.in(t), d.draft)
	require.NoError(t, err)
	return placed
}

// relays are what the relay does for each event: it comes after the writes,
// whose events it takes up.
func (d *database) relays(t *testing.T) []operation {
	t.Helper()
	operator, events := tenant.AsOperator(t.Context()), d.driver.Events()
	require.NoError(t, events.Register(operator, event.Registration{Subscription: "mirror", Services: []string{"order"}}))
	var lane event.Lane
	claim := func() error {
		lanes, err := events.Claim(operator, event.Claim{Subscription: "mirror", Service: "order", Lease: time.Minute, Limit: 10})
		if err := counted(len(lanes), 1, err); err != nil {
			return err
		}
		lane = lanes[0]
		return nil
	}
	give := func() {
		all, err := events.Read(operator, lane, lane.Position, 100)
		require.NoError(t, err)
		require.NotEmpty(t, all)
		require.NoError(t, events.Move(operator, lane, event.Movement{Position: all[len(all)-1].Position}))
	}
	return []operation{
		{name: "give an event its position", wide: true, before: func() {
			d.drain(t)
			d.place(t)
		}, run: func() error {
			stamped, err := events.Stamp(operator, event.Stamping{Service: "order", Limit: 100})
			return counted(stamped, 1, err)
		}},
		{name: "lease a lane", wide: true, joined: true, before: func() {
			if lane.Epoch > 0 {
				give()
			}
			d.place(t)
			d.drain(t)
		}, run: claim},
		{name: "read a lane's events", run: func() error {
			all, err := events.Read(operator, lane, lane.Position, 1)
			return counted(len(all), 1, err)
		}},
		{name: "move a lane and give it back", run: func() error {
			return events.Move(operator, lane, event.Movement{Position: lane.Position + 1})
		}},
	}
}

// drain gives all events their positions.
func (d *database) drain(t *testing.T) {
	t.Helper()
	for {
		stamped, err := d.driver.Events().Stamp(tenant.AsOperator(t.Context()), event.Stamping{Service: "order", Limit: 1000})
		require.NoError(t, err)
		if stamped == 0 {
			return
		}
	}
}
