package platforma_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// dying is a back end whose process ends in the middle of the first call: what
// came of it is not known.
type dying struct{ end context.CancelFunc }

func (d dying) Apply(context.Context, resource.Request) (resource.Outcome, error) {
	d.end()
	return resource.Outcome{Result: resource.Unknown}, nil
}

func (d dying) Observe(context.Context, resource.Request) (resource.Observation, error) {
	return resource.Observation{}, context.Canceled
}

// unwilling is a back end that makes nothing.
type unwilling struct{ dying }

func (unwilling) Apply(ctx context.Context, r resource.Request) (resource.Outcome, error) {
	if s, err := scope.From(ctx); s.Correlation != "failing" {
		return resource.Outcome{Result: resource.Done}, err // as the test does not want it
	}
	if r.Action != resource.ActionCreate {
		return resource.Outcome{Result: resource.Done}, nil
	}
	return resource.Outcome{Result: resource.Failed, Reason: "not today"}, nil
}

// chronicle is all that happened in a tenant.
type chronicle struct {
	of   tenant.ID
	seen map[event.ID]bool
}

// next are the events since the last time.
func (c chronicle) next(t *testing.T, p *platforma.Platform) []event.Event {
	t.Helper()
	var fresh []event.Event
	ctx, all := tenant.NewContext(t.Context(), c.of), platforma.EventQuery{Request: page.Request{Limit: page.MaxLimit}}
	for e, err := range p.Events.All(ctx, all) {
		require.NoError(t, err)
		if !c.seen[e.ID] {
			fresh = append(fresh, e)
		}
	}
	for _, e := range fresh {
		c.seen[e.ID] = true
	}
	return fresh
}

// follows requires that all events carry a request's correlation, and that what
// nobody did by hand names the event that it came of.
func (c chronicle) follows(t *testing.T, p *platforma.Platform, correlation string, types ...string) {
	t.Helper()
	found := map[string]bool{}
	for _, e := range c.next(t, p) {
		found[e.Type] = true
		require.Equal(t, correlation, e.Correlation, "%s by %s", e.Type, e.Actor)
		switch e.Actor {
		case "system":
			require.True(t, c.seen[event.ID(e.Causation)], "%s came of %q, which never happened", e.Type, e.Causation)
		default:
			require.Empty(t, e.Causation, "%s", e.Type)
		}
	}
	for _, of := range types {
		require.True(t, found[of], "there is no %s", of)
	}
}

// What came of a request can be found by its correlation, however much later it
// happens, whoever does it, and whatever ends in between.
func TestCorrelationRunsThrough(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		with := func(back resource.Provisioner) *platforma.Platform {
			o := platformatest.Options()
			if back != nil {
				o.Provisioners[platformatest.Template] = back
			}
			return newPlatform(t, open(), o)
		}
		first := with(nil)
		acme := platformatest.Seed(t, first, "acme")
		story := chronicle{of: acme.Tenant, seen: map[event.ID]bool{}}
		story.next(t, first)
		asking := func(correlation string) context.Context {
			return scope.WithCorrelation(tenant.NewContext(t.Context(), acme.Tenant), correlation)
		}
		place := func(p *platforma.Platform, correlation string) order.Order {
			return must(p.Orders.Place(asking(correlation), order.Draft{
				Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 2, Region: "nyc1"}},
			}))
		}
		o := place(first, "placing")
		require.NoError(t, first.Close())

		ctx, end := context.WithCancel(t.Context())
		second := with(dying{end})
		require.ErrorIs(t, second.Settle(ctx), context.Canceled)
		require.NoError(t, second.Close())

		p := with(nil)
		require.NoError(t, p.Settle(t.Context()))
		story.follows(t, p, "placing", "platforma.order.placed.v1", "platforma.order.provisioned.v1",
			"platforma.resource.requested.v1", "platforma.resource.updated.v1", "platforma.resource.provisioned.v1",
			"platforma.resource.instance.created.v1", "platforma.resource.cluster.updated.v1", "platforma.resource.network.updated.v1")

		var made []resource.Resource
		for r, err := range p.Resources.All(asking(""), resource.Query{Order: o.ID}) {
			require.NoError(t, err)
			made = append(made, r)
		}
		must(p.Resources.Stop(asking("stopping"), made[0].ID))
		require.NoError(t, p.Settle(t.Context()))
		story.follows(t, p, "stopping", "platforma.resource.stopped.v1", "platforma.resource.instance.updated.v1")
		must(p.Resources.Terminate(asking("terminating"), made[1].ID))
		require.NoError(t, p.Settle(t.Context()))
		story.follows(t, p, "terminating", "platforma.resource.terminated.v1", "platforma.resource.network.updated.v1")
		require.NoError(t, p.Close())

		last := with(unwilling{})
		place(last, "failing")
		require.NoError(t, last.Settle(t.Context()))
		story.follows(t, last, "failing", "platforma.order.failed.v1", "platforma.order.cleared.v1", "platforma.resource.failed.v1",
			"platforma.resource.terminated.v1", "platforma.resource.network.updated.v1")
	})
}
