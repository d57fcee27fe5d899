package platforma_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/audit"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// audited are all entries of a query, whose pages are read both ways.
func audited(ctx context.Context, t *testing.T, p *platforma.Platform, q audit.Query) []audit.Entry {
	t.Helper()
	q.Limit = 7
	var all, newest []audit.Entry
	for e, err := range p.Audit.All(ctx, q) {
		require.NoError(t, err)
		all = append(all, e)
	}
	q.Newest = true
	for e, err := range p.Audit.All(ctx, q) {
		require.NoError(t, err)
		newest = append([]audit.Entry{e}, newest...)
	}
	require.Equal(t, all, newest, "both ways it is the same")
	return all
}

// Who changed what, before and after, from the writes themselves.
func TestAudit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		acme, globex := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "globex")
		host := tenant.NewContext(t.Context(), acme.Tenant)
		as := scope.WithCorrelation(scope.WithReason(scope.WithActor(host, "clerk-7"), "on the phone"), "call-1")
		_, err := p.Customers.Update(as, acme.Customer.ID, customer.Change{Company: new("Analytical Engines")})
		require.NoError(t, err)
		require.NoError(t, p.Settle(t.Context()))

		seen := audited(host, t, p, audit.Query{Entity: string(acme.Customer.ID)})
		require.Len(t, seen, 2)
		require.Nil(t, seen[0].Before)
		require.False(t, seen[0].BeforeUnknown)
		require.Equal(t, "host", seen[0].Actor)
		change := seen[1]
		require.Equal(t, "platforma.customer.updated.v1", change.Type)
		require.Equal(t, "customer", change.Service)
		require.Equal(t, int64(2), change.Version)
		require.Equal(t, []string{"clerk-7", "on the phone", "call-1"}, []string{change.Actor, change.Reason, change.Correlation})
		require.Equal(t, string(seen[0].After), string(change.Before))
		var before, after customer.Customer
		require.NoError(t, json.Unmarshal(change.Before, &before))
		require.NoError(t, json.Unmarshal(change.After, &after))
		require.Empty(t, before.Company)
		require.Equal(t, "Analytical Engines", after.Company)
		var paths []string
		for _, c := range change.Changes() {
			paths = append(paths, c.Path)
		}
		require.Equal(t, []string{"/company", "/updated_at", "/version"}, paths)

		auditAll(t, p, acme.Tenant)
		require.Empty(t, audited(tenant.NewContext(t.Context(), globex.Tenant), t, p, audit.Query{Entity: string(acme.Customer.ID)}),
			"of another tenant's there is nothing")
		auditRefuses(host, t, p)
	})
}

// auditAll compares the audit of a tenant with its events: each has an entry,
// beside what its entity was in the version before.
func auditAll(t *testing.T, p *platforma.Platform, of tenant.ID) {
	t.Helper()
	ctx := tenant.NewContext(t.Context(), of)
	var all []event.Event
	for e, err := range p.Events.All(ctx, platforma.EventQuery{}) {
		require.NoError(t, err)
		all = append(all, e)
	}
	type version struct {
		entity string
		number int64
	}
	data := map[version]string{}
	for _, e := range all {
		data[version{e.Subject, e.Version}] = string(e.Data)
	}
	seen := audited(ctx, t, p, audit.Query{})
	require.Len(t, seen, len(all))
	for i, e := range seen {
		require.Equal(t, all[i].ID, e.ID)
		require.Equal(t, data[version{e.Entity, e.Version}], string(e.After), "%s %d", e.Type, e.Version)
		require.Equal(t, data[version{e.Entity, e.Version - 1}], string(e.Before), "%s %d", e.Type, e.Version)
		require.False(t, e.BeforeUnknown)
	}
	// An entity's history is the same as what the whole says of it.
	resource := seen[len(seen)-1].Entity
	var own []audit.Entry
	for _, e := range seen {
		if e.Entity == resource {
			own = append(own, e)
		}
	}
	require.Equal(t, own, audited(ctx, t, p, audit.Query{Entity: resource}))
}

func auditRefuses(ctx context.Context, t *testing.T, p *platforma.Platform) {
	t.Helper()
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, q := range []audit.Query{
		{Entity: "cust_1"}, {Entity: "evt_01h455vb4pex5vsknk084sn02q"}, {Entity: "nobody"}, {Entity: "item_01h455vb4pex5vsknk084sn02q"},
		{From: now, To: now}, {Request: page.Request{Limit: -1}}, {Request: page.Request{After: "made-up"}},
	} {
		_, err := p.Audit.List(ctx, q)
		require.ErrorIs(t, err, platforma.ErrInvalid, "%+v", q)
		require.ErrorContains(t, err, "audit.list")
	}
	_, err := p.Audit.List(t.Context(), audit.Query{})
	require.ErrorIs(t, err, platforma.ErrNoScope)
	found, err := p.Audit.List(ctx, audit.Query{Entity: "cust_01h455vb4pex5vsknk084sn02q"})
	require.NoError(t, err)
	require.Empty(t, found.Items, "what is not there has no history")
}
