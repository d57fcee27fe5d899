package platforma_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// misled are things by ids that are made of their prefixes.
func misled(at func(prefix string) string) things {
	letter := event.DeadLetter{Subscription: "host.breaks", Service: "customer", Tenant: tenant.ID(at("ten")), Event: event.ID(at("evt"))}
	return things{
		Tenant: tenant.ID(at("ten")), User: tenant.UserID(at("usr")), UserEmail: at(""), Role: at(""), GuestRole: at(""),
		Customer: customer.ID(at("cust")), Spare: customer.ID(at("cust")), Email: at(""), SKU: at(""),
		Product: catalog.ID(at("prod")), Draft: catalog.ID(at("prod")), Order: order.ID(at("ord")), Held: order.ID(at("ord")),
		Unwanted: order.ID(at("ord")), Failed: order.ID(at("ord")), Resource: resource.ID(at("res")), Other: resource.ID(at("res")),
		Cluster: resource.ClusterID(at("clus")), Network: resource.NetworkID(at("net")), Letter: letter, Second: letter,
		Endpoint: webhook.ID(at("hook")), Unwired: webhook.ID(at("hook")), Delivery: webhook.DeliveryID(at("dlv")),
	}
}

// nobodys are things that are nowhere.
func nobodys() things {
	on := misled(func(prefix string) string { return prefix + "_01jz00000000000000000000zz" })
	on.UserEmail, on.Email, on.Role, on.GuestRole, on.SKU = "nobody@example.com", "none@example.com", "nobody", "none", "nothing"
	return on
}

var anyID = regexp.MustCompile(`([a-z]+)_[0-9a-hjkmnp-tv-z]{26}`)

// masked is an answer without the names of the things that it is about.
func masked(t *testing.T, on things, answer any, err error) string {
	t.Helper()
	masked := fmt.Sprint(err)
	if err == nil {
		text, err := json.Marshal(answer)
		require.NoError(t, err)
		masked = string(text)
	}
	for i, name := range []string{on.UserEmail, on.Role, on.GuestRole, on.Email, on.SKU} {
		masked = strings.ReplaceAll(masked, name, fmt.Sprintf("name %d", i))
	}
	return anyID.ReplaceAllString(masked, "$1")
}

// happened are the ids of all events of a tenant: what changed.
func happened(t *testing.T, p *platforma.Platform, id tenant.ID) []event.ID {
	t.Helper()
	var all []event.ID
	for e, err := range p.Events.All(scope.OperatorOf(t.Context(), id), platforma.EventQuery{}) {
		require.NoError(t, err)
		all = append(all, e.ID)
	}
	return all
}

// TestLifecycleAnothersIsNotThere tries every operation that names something on
// another tenant's things and on what nobody has: the answers are the same to
// the byte, and nothing of the other tenant changes.
func TestLifecycleAnothersIsNotThere(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		mend := breaking(t, p)
		theirs, none := furnish(t, p, "other"), nobodys()
		mend()
		mine := must(p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
			Name: "Mine", Settings: tenant.Settings{DefaultCurrency: "USD"},
		})).ID
		host := tenant.NewContext(t.Context(), mine)
		owner := must(p.Tenants.AddUser(host, tenant.UserDraft{Email: "owner@example.org", Roles: []string{tenant.OwnerRole},
			Active: true}))
		before := [][]event.ID{happened(t, p, theirs.Tenant), happened(t, p, mine)}
		for by, ctx := range map[string]context.Context{
			"host": host, "owner": tenant.AsUser(t.Context(), mine, owner.ID),
		} {
			for i, o := range addressed() {
				step := fmt.Sprintf("%d: %s by the %s", i, o.permission, by)
				found, err := o.run(ctx, p, theirs)
				absent, refusal := o.run(ctx, p, none)
				require.Equal(t, masked(t, none, absent, refusal), masked(t, theirs, found, err), step)
				if o.empty {
					require.NoError(t, err, step)
				} else {
					require.ErrorIs(t, err, platforma.ErrNotFound, step)
				}
			}
		}
		require.Equal(t, before[0], happened(t, p, theirs.Tenant))
		require.Equal(t, before[1], happened(t, p, mine))
	})
}

// TestLifecycleSuspended has a suspended tenant try every operation: it reads,
// and does not write. An archived one is read by its operator alone.
func TestLifecycleSuspended(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		on := furnish(t, p, "acme")
		operator, inside := tenant.AsOperator(t.Context()), scope.OperatorOf(t.Context(), on.Tenant)
		host := tenant.NewContext(t.Context(), on.Tenant)
		user := tenant.AsUser(t.Context(), on.Tenant, must(p.Tenants.UserByEmail(host, "owner@example.com")).ID)
		all := slices.DeleteFunc(slices.Concat(addressed(), unaddressed()), func(o operation) bool { return o.run == nil })

		must(p.Tenants.Suspend(operator, on.Tenant, "unpaid"))
		before := happened(t, p, on.Tenant)
		for by, ctx := range map[string]context.Context{"host": host, "user": user, "operator": inside} {
			for i, o := range all {
				_, err := o.run(ctx, p, on)
				step := fmt.Sprintf("%d: %s by the %s", i, o.permission, by)
				switch {
				case o.writes:
					require.ErrorIs(t, err, platforma.ErrSuspended, step)
					require.ErrorContains(t, err, "the tenant is suspended and can only read", step)
				case o.live:
					require.ErrorIs(t, err, platforma.ErrState, step)
				default:
					require.NoError(t, err, step)
				}
			}
		}
		require.Equal(t, before, happened(t, p, on.Tenant))

		must(p.Tenants.Suspend(operator, on.Tenant, "abuse"))
		lifted := must(p.Tenants.Reactivate(operator, on.Tenant, "unpaid"))
		require.Equal(t, tenant.Suspended, lifted.Status, "lifting one reason does not lift the others")
		require.Equal(t, []string{"abuse"}, lifted.Suspensions)
		require.Equal(t, tenant.Active, must(p.Tenants.Reactivate(operator, on.Tenant, "abuse")).Status)
		must(p.Customers.Update(host, on.Customer, customer.Change{Company: new("Active again")}))

		_, err := p.Tenants.Archive(operator, on.Tenant)
		require.ErrorIs(t, err, platforma.ErrState)
		require.ErrorContains(t, err, "3 resources of the tenant are not terminated")
		for r, err := range p.Resources.All(host, resource.Query{}) {
			require.NoError(t, err)
			must(p.Resources.Terminate(host, r.ID))
		}
		require.NoError(t, p.Settle(t.Context()))
		require.Equal(t, tenant.Archived, must(p.Tenants.Archive(operator, on.Tenant)).Status)
		before = happened(t, p, on.Tenant)
		for i, o := range all {
			step := fmt.Sprintf("%d: %s", i, o.permission)
			for _, ctx := range []context.Context{host, user} {
				_, err := o.run(ctx, p, on)
				require.ErrorIs(t, err, platforma.ErrSuspended, step)
				require.ErrorContains(t, err, "the tenant is archived", step)
			}
			if _, err := o.run(inside, p, on); o.writes {
				require.ErrorIs(t, err, platforma.ErrSuspended, step)
			} else {
				require.NoError(t, err, step)
			}
		}
		require.Equal(t, before, happened(t, p, on.Tenant))
	})
}
