package platforma_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// priced is an operation of the facade and how many network round trips it
// takes, once statements are prepared and the gate knows the tenant. It is run
// twice, the first time to warm up; run counts from 0.
type priced struct {
	name  string
	trips int64
	run   func(run int) error
}

// TestRoundTrips counts what every operation of the facade costs on the wire.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	var trips postgrestest.Trips
	options := platformatest.Options()
	now := time.Now()
	options.Clock = func() time.Time { return now } // the gate forgets nothing
	p, err := platforma.New(postgrestest.OpenAt(t, postgrestest.New(t), &postgres.Options{Dial: trips.Dial, MaxConns: 1}), options)
	require.NoError(t, err)
	acme := platformatest.Seed(t, p, "acme")
	ctx := tenant.AsUser(t.Context(), acme.Tenant, acme.User.ID)
	for _, operations := range [][]priced{
		lifecycleCosts(t, p), customerCosts(ctx, p, acme), catalogCosts(ctx, t, p, acme),
		orderCosts(ctx, t, p, acme), resourceCosts(ctx, t, p, acme), webhookCosts(ctx, t, p, acme),
		eventCosts(ctx, p), userCosts(ctx, t, p, acme), tenantCosts(t, p, acme),
	} {
		for _, operation := range operations {
			assert.NoError(t, operation.run(0), operation.name)
			before := trips.Count()
			assert.NoError(t, operation.run(1), operation.name)
			assert.Equal(t, operation.trips, trips.Count()-before, operation.name)
		}
	}
}

// again tells of what comes after a change that the gate has forgotten the
// tenant for: it asks anew, which is one trip.
const again = ", after another change"

// done forgets what comes with an error.
func done[T any](_ T, err error) error { return err }

// twice makes two of something, for an operation that cannot be repeated.
func twice[T any](t *testing.T, create func(n int) (T, error)) [2]T {
	t.Helper()
	var all [2]T
	for n := range all {
		made, err := create(n)
		require.NoError(t, err)
		all[n] = made
	}
	return all
}

func customerCosts(ctx context.Context, p *platforma.Platform, acme platformatest.Seeded) []priced {
	var made [2]customer.Customer
	return []priced{
		{"a customer", 1, func(int) error { return done(p.Customers.Get(ctx, acme.Customer.ID)) }},
		{"a customer by email", 1, func(int) error { return done(p.Customers.ByEmail(ctx, "ada@example.com")) }},
		{"a page of customers by words", 1, func(int) error {
			return done(p.Customers.List(ctx, customer.Query{Name: "ada love", Metadata: map[string]string{"tier": "gold"}}))
		}},
		{"a creation of a customer", 1, func(run int) (err error) {
			email := fmt.Sprintf("grace-%d@example.com", run)
			made[run], err = p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: email, Key: fmt.Sprint(run)})
			return err
		}},
		{"a creation that was done before: refused, and the receipt and what it made", 3, func(int) error {
			return done(p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: "grace-0@example.com", Key: "0"}))
		}},
		{"an update of a customer", 2, func(run int) error {
			name := fmt.Sprint("Ada ", run)
			return done(p.Customers.Update(ctx, acme.Customer.ID, customer.Change{Name: &name}))
		}},
		{"a change of how a customer pays", 2, func(run int) error {
			return done(p.Customers.SetPaymentMethod(ctx, acme.Customer.ID, customer.PaymentMethod{
				Kind: customer.PaymentCard, Provider: "stripe", Token: fmt.Sprint("pm_", run),
			}))
		}},
		{"a deletion of a customer, who has nothing: asked of two services", 4, func(run int) error { return p.Customers.Delete(ctx, made[run].ID) }},
	}
}

func catalogCosts(ctx context.Context, t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	draft := func(sku string) catalog.Draft {
		return catalog.Draft{
			Name: "Small machine", SKU: sku, Category: catalog.CategoryCompute, Regions: []string{"nyc1"}, Specs: acme.Product.Specs,
			Pricing: acme.Product.Pricing, ProvisioningTemplateID: platformatest.Template,
		}
	}
	drafts := twice(t, func(n int) (catalog.Product, error) { return p.Catalog.Create(ctx, draft(fmt.Sprint("draft-", n))) })
	operations := []priced{
		{"a product", 1, func(int) error { return done(p.Catalog.Get(ctx, acme.Product.ID)) }},
		{"a product by its SKU", 1, func(int) error { return done(p.Catalog.BySKU(ctx, "vm-small")) }},
		{"some products", 1, func(int) error { return done(p.Catalog.Many(ctx, []catalog.ID{acme.Product.ID, drafts[0].ID})) }},
		{"a page of products", 1, func(int) error { return done(p.Catalog.List(ctx, catalog.Query{Region: "nyc1", Text: "small"})) }},
		{"a quote", 1, func(int) error {
			return done(p.Catalog.Quote(ctx, catalog.QuoteRequest{
				Items: []catalog.QuoteItem{{Product: acme.Product.ID, Quantity: 2}}, Region: "nyc1",
			}))
		}},
		{"a creation of a product", 1, func(run int) error { return done(p.Catalog.Create(ctx, draft(fmt.Sprint("new-", run)))) }},
		{"an update of a product", 2, func(run int) error {
			name := fmt.Sprint("Engine ", run)
			return done(p.Catalog.Update(ctx, acme.Product.ID, catalog.Change{Name: &name}))
		}},
		{"an activation of a product", 2, func(run int) error { return done(p.Catalog.Activate(ctx, drafts[run].ID)) }},
		{"an archiving of a product, which nobody runs: asked of the orders", 3, func(run int) error {
			return done(p.Catalog.Archive(ctx, drafts[run].ID))
		}},
	}
	for _, count := range []int{1, 100} {
		operations = append(operations, priced{fmt.Sprintf("an import of %d products: which SKUs are taken is asked for", count), 2, func(run int) error {
			all := make([]catalog.Draft, count)
			for n := range all {
				all[n] = draft(fmt.Sprintf("import-%d-%d-%d", count, run, n))
			}
			return done(p.Catalog.Import(ctx, all, nil))
		}})
	}
	return operations
}

func orderCosts(ctx context.Context, t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	place := func() (order.Order, error) {
		return p.Orders.Place(ctx, order.Draft{
			Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
		})
	}
	open := twice(t, func(int) (order.Order, error) { return place() })
	return []priced{
		{"a cancelled order", 2, func(run int) error { return done(p.Orders.Cancel(ctx, open[run].ID)) }},
		{"an order with its items", 1, func(int) error { return done(p.Orders.Get(ctx, acme.Order.ID)) }},
		{"a page of orders", 1, func(int) error {
			return done(p.Orders.List(ctx, order.Query{Customer: acme.Customer.ID, Product: acme.Product.ID}))
		}},
		{"a placed order: the customer and the products are asked for", 3, func(int) error { return done(place()) }},
	}
}

func webhookCosts(ctx context.Context, t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	system := scope.System(t.Context(), acme.Tenant)
	made := twice(t, func(int) (webhook.Created, error) {
		return p.Webhooks.Create(ctx, webhook.Draft{URL: "https://hooks.example.com", Types: []string{"platforma.order.*"}})
	})
	hear := func(eventType string) error {
		return p.Webhooks.Hear(system, event.Event{
			ID: "evt_00000000000000000000000000", Service: "order", Tenant: acme.Tenant, Type: eventType,
			Time: made[1].CreatedAt, Data: []byte(`{"version":1}`),
		})
	}
	ping, err := p.Webhooks.Ping(ctx, made[0].ID)
	require.NoError(t, err)
	return []priced{
		{"an event that no endpoint wants", 1, func(int) error { return hear("platforma.customer.created.v1") }},
		{"an event that two endpoints want", 2, func(int) error { return hear("platforma.order.placed.v1") }},
		{"an endpoint", 1, func(int) error { return done(p.Webhooks.Get(ctx, made[0].ID)) }},
		{"a page of endpoints", 1, func(int) error { return done(p.Webhooks.List(ctx, webhook.Query{})) }},
		{"a secret", 1, func(int) error { return done(p.Webhooks.Secret(ctx, made[0].ID)) }},
		{"a page of deliveries", 1, func(int) error { return done(p.Webhooks.Deliveries(ctx, webhook.DeliveryQuery{})) }},
		{"a page of attempts", 1, func(int) error { return done(p.Webhooks.Attempts(ctx, webhook.AttemptQuery{})) }},
		{"a creation of an endpoint: how many there are is asked for", 2, func(int) error {
			return done(p.Webhooks.Create(ctx, webhook.Draft{URL: "https://hooks.example.com"}))
		}},
		{"an update of an endpoint", 2, func(run int) error {
			description := fmt.Sprint("changed ", run)
			return done(p.Webhooks.Update(ctx, made[0].ID, webhook.Change{Description: &description}))
		}},
		{"a rotated secret", 3, func(int) error { return done(p.Webhooks.RotateSecret(ctx, made[0].ID)) }},
		{"a delivery that is sent again", 2, func(int) error { return done(p.Webhooks.Resend(ctx, ping.ID)) }},
	}
}

func resourceCosts(ctx context.Context, t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	listed, err := p.Resources.List(ctx, resource.Query{Order: acme.Order.ID})
	require.NoError(t, err)
	first := listed.Items[0].ID
	clusters := twice(t, func(n int) (resource.Cluster, error) {
		return p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: fmt.Sprint("spare-", n), Region: "fra1"})
	})
	networks := twice(t, func(n int) (resource.Network, error) {
		return p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: clusters[n].ID, Name: "lan", CIDR: "10.9.0.0/24"})
	})
	return []priced{
		{"a resource", 1, func(int) error { return done(p.Resources.Get(ctx, first)) }},
		{"a page of resources", 1, func(int) error { return done(p.Resources.List(ctx, resource.Query{Status: resource.StatusRunning})) }},
		{"an order's progress", 1, func(int) error { return done(p.Resources.Progress(ctx, acme.Order.ID)) }},
		{"a cluster", 1, func(int) error { return done(p.Resources.Cluster(ctx, acme.Cluster.ID)) }},
		{"a page of clusters", 1, func(int) error { return done(p.Resources.Clusters(ctx, resource.ClusterQuery{})) }},
		{"a network", 1, func(int) error { return done(p.Resources.Network(ctx, acme.Network.ID)) }},
		{"a page of networks", 1, func(int) error { return done(p.Resources.Networks(ctx, resource.NetworkQuery{})) }},
		{"a page of instances", 1, func(int) error { return done(p.Resources.Instances(ctx, resource.InstanceQuery{})) }},
		{"a creation of a cluster", 1, func(run int) error {
			return done(p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: fmt.Sprint("c-", run), Region: "fra1"}))
		}},
		{"an update of a cluster", 2, func(run int) error {
			return done(p.Resources.UpdateCluster(ctx, acme.Cluster.ID, resource.ClusterChange{Labels: map[string]string{"rack": fmt.Sprint(run)}}))
		}},
		{"a creation of a network: its cluster's others are asked for", 3, func(run int) error {
			return done(p.Resources.CreateNetwork(ctx, resource.NetworkDraft{
				Cluster: acme.Cluster.ID, Name: fmt.Sprint("n-", run), CIDR: fmt.Sprintf("10.%d.0.0/24", run+1),
			}))
		}},
		{"an update of a network", 2, func(run int) error {
			name := fmt.Sprint("lan-", run)
			return done(p.Resources.UpdateNetwork(ctx, acme.Network.ID, resource.NetworkChange{Name: &name}))
		}},
		{"a drained cluster", 2, func(run int) error { return done(p.Resources.DrainCluster(ctx, clusters[run].ID)) }},
		{"a cluster taken offline", 2, func(run int) error { return done(p.Resources.TakeClusterOffline(ctx, clusters[run].ID)) }},
		{"an activation of a cluster", 2, func(run int) error { return done(p.Resources.ActivateCluster(ctx, clusters[run].ID)) }},
		{"a closed network", 2, func(run int) error { return done(p.Resources.CloseNetwork(ctx, networks[run].ID)) }},
		{"an activation of a network", 2, func(run int) error { return done(p.Resources.ActivateNetwork(ctx, networks[run].ID)) }},
		{"a stopped resource", 2, func(run int) error { return done(p.Resources.Stop(ctx, listed.Items[run].ID)) }},
	}
}

func eventCosts(ctx context.Context, p *platforma.Platform) []priced {
	return []priced{
		{"a page of events", 1, func(int) error { return done(p.Events.List(ctx, platforma.EventQuery{Service: "order"})) }},
		{"a page of all services' events", 6, func(int) error { return done(p.Events.List(ctx, platforma.EventQuery{})) }},
		{"a page of dead letters", 1, func(int) error { return done(p.Events.DeadLetters(ctx, page.Request{})) }},
	}
}

func userCosts(ctx context.Context, t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	user := twice(t, func(n int) (tenant.User, error) {
		return p.Tenants.AddUser(ctx, tenant.UserDraft{Email: fmt.Sprintf("u-%d@example.com", n), Name: "U"})
	})
	return []priced{
		{"a user", 1, func(int) error { return done(p.Tenants.User(ctx, acme.User.ID)) }},
		{"a user by email", 1, func(int) error { return done(p.Tenants.UserByEmail(ctx, "owner@example.com")) }},
		{"a page of users", 1, func(int) error { return done(p.Tenants.Users(ctx, tenant.UserQuery{})) }},
		{"all roles", 1, func(int) error { return done(p.Tenants.Roles(ctx)) }},
		{"the permissions of a user", 1, func(int) error { return done(p.Tenants.PermissionsOf(ctx, acme.User.ID)) }},
		{"a creation of a role" + again, 2, func(run int) error {
			return done(p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: fmt.Sprint("role-", run), Permissions: []tenant.Permission{"order.place"}}))
		}},
		{"an update of a role" + again, 3, func(run int) error {
			return done(p.Tenants.UpdateRole(ctx, "role-0", tenant.RoleChange{Permissions: []tenant.Permission{"order.place", "order.cancel"}[:run+1]}))
		}},
		{"a grant of a role" + again, 3, func(run int) error { return done(p.Tenants.Grant(ctx, user[run].ID, "role-0")) }},
		{"a revocation of a role" + again, 3, func(run int) error { return done(p.Tenants.Revoke(ctx, user[run].ID, "role-0")) }},
		{"a deletion of a role" + again, 3, func(run int) error { return p.Tenants.DeleteRole(ctx, fmt.Sprint("role-", run)) }},
		{"an addition of a user", 1, func(run int) error {
			return done(p.Tenants.AddUser(ctx, tenant.UserDraft{Email: fmt.Sprintf("more-%d@example.com", run), Name: "U"}))
		}},
		{"an update of a user" + again, 3, func(run int) error {
			name := fmt.Sprint("U", run)
			return done(p.Tenants.UpdateUser(ctx, user[0].ID, tenant.UserChange{Name: &name}))
		}},
		{"a disabled user" + again, 3, func(run int) error { return done(p.Tenants.DisableUser(ctx, user[run].ID)) }},
		{"an activation of a user" + again, 3, func(run int) error { return done(p.Tenants.ActivateUser(ctx, user[run].ID)) }},
	}
}

func tenantCosts(t *testing.T, p *platforma.Platform, acme platformatest.Seeded) []priced {
	t.Helper()
	operator := tenant.AsOperator(t.Context())
	return []priced{
		{"a tenant", 1, func(int) error { return done(p.Tenants.Get(operator, acme.Tenant)) }},
		{"a tenant by slug", 1, func(int) error { return done(p.Tenants.BySlug(operator, "acme")) }},
		{"a page of tenants", 1, func(int) error { return done(p.Tenants.List(operator, tenant.Query{})) }},
		{"a creation of a tenant", 1, func(run int) error {
			return done(p.Tenants.Create(operator, tenant.Draft{Name: "New", Slug: fmt.Sprint("new-", run)}))
		}},
		{"an update of a tenant" + again, 3, func(run int) error {
			name := fmt.Sprint("Acme ", run)
			return done(p.Tenants.Update(operator, acme.Tenant, tenant.Change{Name: &name}))
		}},
		{"a suspension", 2, func(run int) error {
			return done(p.Tenants.Suspend(operator, acme.Tenant, fmt.Sprint("reason-", run)))
		}},
		{"a reactivation", 2, func(run int) error {
			return done(p.Tenants.Reactivate(operator, acme.Tenant, fmt.Sprint("reason-", run)))
		}},
	}
}
