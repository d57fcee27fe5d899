package platforma_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// TestInterleaving lets two tenants that look alike, down to their emails, keys
// and names, take turns at everything that one process has for both.
func TestInterleaving(t *testing.T) {
	t.Parallel()
	interleave(t, 20_000)
}

// mechanism is something that operations of both tenants go through.
type mechanism struct {
	name string
	open func(t *testing.T) storage.Driver
	// turn is the i-th operation, of one of the tenants. It fails where anything
	// of the other's is in the answer.
	turn func(p *pair, i int) error
	// end does what is left to do, if anything, and counts what was done.
	end func(t *testing.T, p *pair, turns int)
}

// pair is two tenants, or the one that has its turn and the other one.
type pair struct {
	*platforma.Platform
	of      [2]platformatest.Seeded
	cursors [2]page.Cursor
	// handled counts what came to the handler, and astray what came to it under a
	// wrong tenant.
	handled, astray atomic.Int64
}

func interleave(t *testing.T, turns int) {
	t.Helper()
	inMemory := func(*testing.T) storage.Driver { return memory.New() }
	for _, m := range []mechanism{
		{"one connection and its statements", func(t *testing.T) storage.Driver {
			t.Helper()
			db, err := sqlite.Open(t.Context(), sqlite.Memory, nil)
			require.NoError(t, err)
			return db
		}, (*pair).byEmail, nil},
		{"the gate's cache", inMemory, (*pair).otherUser, nil},
		{"keys of commands", inMemory, (*pair).repeat, nil},
		{"cursors of lists", inMemory, (*pair).turnPage, nil},
		{"retries and the relay", inMemory, (*pair).rename, delivered},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, m.open(t))
			var next atomic.Int64
			var group sync.WaitGroup
			failed := make([]error, 4)
			for caller := range failed {
				group.Go(func() {
					for i := int(next.Add(1)) - 1; i < turns && failed[caller] == nil; i = int(next.Add(1)) - 1 {
						failed[caller] = m.turn(p, i)
					}
				})
			}
			group.Wait()
			require.NoError(t, errors.Join(failed...))
			if m.end != nil {
				m.end(t, p, turns)
			}
			require.Zero(t, p.astray.Load())
			counttest.Logf(t, "%d operations of 2 tenants, 0 leaks", turns)
		})
	}
}

func newPair(t *testing.T, db storage.Driver) *pair {
	t.Helper()
	p := &pair{}
	var err error
	p.Platform, err = platforma.New(db, platformatest.Options())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	for i, slug := range []string{"acme", "other"} {
		p.of[i] = platformatest.Seed(t, p.Platform, slug)
		_, err := p.Customers.Create(p.as(i), customer.Draft{Name: "Grace Hopper", Email: "grace@example.com"})
		require.NoError(t, err)
		first, err := p.Customers.List(p.as(i), customer.Query{Request: page.Request{Limit: 1}})
		require.NoError(t, err)
		p.cursors[i] = first.Next
	}
	require.NoError(t, p.Settle(t.Context()))
	require.NoError(t, p.Events.Subscribe(event.Subscription{Name: "host.mirror", Services: []string{"customer"}, Handle: p.handle}))
	return p
}

// as is the context of the one whose turn it is.
func (p *pair) as(i int) context.Context {
	return tenant.AsUser(context.Background(), p.of[i%2].Tenant, p.of[i%2].User.ID)
}

// mine fails where an entity is not of the tenant whose turn it is.
func (p *pair) mine(i int, of tenant.ID, id, want any, err error) error {
	if err == nil && (of != p.of[i%2].Tenant || id != want) {
		err = fmt.Errorf("turn %d is answered with %v of %s", i, id, of)
	}
	return err
}

func (p *pair) byEmail(i int) error {
	c, err := p.Customers.ByEmail(p.as(i), "ada@example.com")
	return p.mine(i, c.TenantID, c.ID, p.of[i%2].Customer.ID, err)
}

// otherUser asks in the name of a user who has all permissions in the other
// tenant, and none in this one, and then of one who has.
func (p *pair) otherUser(i int) error {
	own, other := p.of[i%2], p.of[(i+1)%2]
	_, err := p.Customers.Get(tenant.AsUser(context.Background(), own.Tenant, other.User.ID), own.Customer.ID)
	if fault.KindOf(err) != fault.ErrForbidden {
		return fmt.Errorf("turn %d of a user of another tenant: %w", i, err)
	}
	_, err = p.Customers.Get(p.as(i), other.Customer.ID)
	if fault.KindOf(err) != fault.ErrNotFound {
		return fmt.Errorf("turn %d for another tenant's customer: %w", i, err)
	}
	c, err := p.Customers.Get(p.as(i), own.Customer.ID)
	return p.mine(i, c.TenantID, c.ID, own.Customer.ID, err)
}

// repeat repeats the creation that both tenants' first customers came from.
func (p *pair) repeat(i int) error {
	c, err := p.Customers.Create(p.as(i), customer.Draft{
		Name: "Ada Lovelace", Email: "ada@example.com", Metadata: map[string]string{"tier": "gold"}, Key: "ada",
	})
	return p.mine(i, c.TenantID, c.ID, p.of[i%2].Customer.ID, err)
}

// turnPage turns a page by its own cursor, and by the other tenant's.
func (p *pair) turnPage(i int) error {
	next := func(c page.Cursor) (page.Page[customer.Customer], error) {
		return p.Customers.List(p.as(i), customer.Query{Request: page.Request{Limit: 1, After: c}})
	}
	if _, err := next(p.cursors[(i+1)%2]); fault.KindOf(err) != fault.ErrInvalid {
		return fmt.Errorf("turn %d with another tenant's cursor: %w", i, err)
	}
	second, err := next(p.cursors[i%2])
	if err != nil || len(second.Items) != 1 {
		return errors.Join(fmt.Errorf("turn %d has %d customers", i, len(second.Items)), err)
	}
	return p.mine(i, second.Items[0].TenantID, second.Items[0].Name, "Grace Hopper", nil)
}

// rename changes a customer while others change the same one.
func (p *pair) rename(i int) error {
	name := fmt.Sprintf("Ada %d", i)
	c, err := p.Customers.Update(p.as(i), p.of[i%2].Customer.ID, customer.Change{Name: &name})
	return p.mine(i, c.TenantID, c.Name, name, err)
}

// handle is told of every customer.
func (p *pair) handle(ctx context.Context, e event.Event) error {
	p.handled.Add(1)
	by, err := scope.FromTenant(ctx)
	var c customer.Customer
	if json.Unmarshal(e.Data, &c) != nil || err != nil || by.Tenant != e.Tenant || c.TenantID != e.Tenant {
		p.astray.Add(1)
	}
	return nil
}

func delivered(t *testing.T, p *pair, turns int) {
	t.Helper()
	before := p.handled.Load()
	require.NoError(t, p.Settle(t.Context()))
	require.GreaterOrEqual(t, p.handled.Load()-before, int64(turns), "each change is told of")
	for i := range p.of {
		c, err := p.Customers.Get(p.as(i), p.of[i].Customer.ID)
		require.NoError(t, err)
		require.Equal(t, int64(turns/2)+1, c.Version, "no change is lost, and none came from elsewhere")
	}
}
