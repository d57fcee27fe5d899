package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

func userEntity() entity[tenant.User] {
	return entity[tenant.User]{
		keep: []string{"Roles"},
		draft: func(_ *testing.T, s *session, w *world) tenant.User {
			return s.draftUser(w.tenant, s.word()+"@example.com", tenant.OwnerRole)
		},
		create: func(ctx context.Context, s *session, e tenant.User, c event.Commit) error {
			return s.Tenants().AddUser(ctx, e, c)
		},
		save: func(ctx context.Context, s *session, e tenant.User, c event.Commit) error {
			return s.Tenants().SaveUser(ctx, e, c)
		},
		read: func(ctx context.Context, s *session, e tenant.User) (tenant.User, error) {
			return s.Tenants().User(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]tenant.User, error) {
			return s.Tenants().Users(ctx, tenant.UserQuery{}, w)
		},
		known: func(e *tenant.User) (string, string, *int64) { return "tenant", string(e.ID), &e.Version },
	}
}

func roleEntity() entity[tenant.Role] {
	return entity[tenant.Role]{
		draft: func(_ *testing.T, s *session, w *world) tenant.Role { return s.draftRole(w.tenant, s.word()) },
		create: func(ctx context.Context, s *session, e tenant.Role, c event.Commit) error {
			return s.Tenants().CreateRole(ctx, e, c)
		},
		save: func(ctx context.Context, s *session, e tenant.Role, c event.Commit) error {
			return s.Tenants().SaveRole(ctx, e, c)
		},
		read: func(ctx context.Context, s *session, e tenant.Role) (tenant.Role, error) {
			return s.Tenants().Role(ctx, e.Name)
		},
		list: func(ctx context.Context, s *session, _ page.Window) ([]tenant.Role, error) {
			all, err := s.Tenants().Roles(ctx)
			return all[max(0, len(all)-1):], err
		},
		known: func(e *tenant.Role) (string, string, *int64) { return "tenant", string(e.ID), &e.Version },
	}
}

func customerEntity() entity[customer.Customer] {
	return entity[customer.Customer]{
		draft: func(_ *testing.T, s *session, w *world) customer.Customer {
			return s.draftCustomer(w.tenant, s.word()+"@example.com")
		},
		create: func(ctx context.Context, s *session, e customer.Customer, c event.Commit) error {
			return s.Customers().Create(ctx, e, c)
		},
		save: func(ctx context.Context, s *session, e customer.Customer, c event.Commit) error {
			return s.Customers().Save(ctx, e, c)
		},
		read: func(ctx context.Context, s *session, e customer.Customer) (customer.Customer, error) {
			return s.Customers().Get(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]customer.Customer, error) {
			return s.Customers().List(ctx, nil, w)
		},
		known: func(e *customer.Customer) (string, string, *int64) { return "customer", string(e.ID), &e.Version },
	}
}

func productEntity() entity[catalog.Product] {
	return entity[catalog.Product]{
		draft: func(t *testing.T, s *session, w *world) catalog.Product {
			t.Helper()
			return s.draftProduct(t, w.tenant, s.word())
		},
		create: func(ctx context.Context, s *session, e catalog.Product, c event.Commit) error {
			return s.Catalog().Create(ctx, e, c)
		},
		save: func(ctx context.Context, s *session, e catalog.Product, c event.Commit) error {
			return s.Catalog().Save(ctx, e, c)
		},
		read: func(ctx context.Context, s *session, e catalog.Product) (catalog.Product, error) {
			return s.Catalog().Get(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]catalog.Product, error) {
			return s.Catalog().List(ctx, catalog.Query{}, nil, w)
		},
		known: func(e *catalog.Product) (string, string, *int64) { return "catalog", string(e.ID), &e.Version },
	}
}

func orderEntity() entity[order.Order] {
	return entity[order.Order]{
		// What a save does not change, and amounts, which are numbers in texts.
		keep: []string{"Items", "Metadata", "CreatedAt", "TotalAmount"},
		draft: func(t *testing.T, s *session, w *world) order.Order {
			t.Helper()
			o := s.draftOrder(w.tenant, w.customer.ID, 3)
			o.Status, o.Phase, o.ProvisionedAt, o.ApprovedAt = order.StatusProvisioned, order.PhaseAtRest, &s.now, &s.now
			l := newLimits(t, "Amount")
			for i := range o.Items {
				l.begin(int(s.drafts.Add(1)))
				l.vary(&o.Items[i])
			}
			kept := struct {
				Metadata map[string]string
				At       time.Time
			}{}
			l.vary(&kept)
			o.Metadata, o.CreatedAt = kept.Metadata, kept.At
			o.TotalAmount = []string{"999999999999999999999999999999999999.99", "-0.01", "0.00"}[l.next%3]
			o.Items[0].Amount = "-" + o.TotalAmount[:1] + ".10"
			if o.TotalAmount[0] == '-' {
				o.Items[0].Amount = "99999999999999999999999999999999999999"
			}
			return o
		},
		create: func(ctx context.Context, s *session, e order.Order, c event.Commit) error {
			return s.Orders().Create(ctx, e, c)
		},
		save: func(ctx context.Context, s *session, e order.Order, c event.Commit) error {
			return s.Orders().Save(ctx, e, c)
		},
		read: func(ctx context.Context, s *session, e order.Order) (order.Order, error) {
			return s.Orders().Get(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]order.Order, error) {
			return s.Orders().List(ctx, order.Query{}, nil, w)
		},
		known: func(e *order.Order) (string, string, *int64) { return "order", string(e.ID), &e.Version },
	}
}

// written is an entity of the resource service.
func written[E any](k entity[E], created, changed func(e E) resource.Changes) entity[E] {
	k.create = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Resources().Write(ctx, created(e), c)
	}
	k.save = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Resources().Write(ctx, changed(e), c)
	}
	return k
}

func clusterEntity() entity[resource.Cluster] {
	return written(entity[resource.Cluster]{
		draft: func(_ *testing.T, s *session, w *world) resource.Cluster {
			return s.draftCluster(w.tenant, s.word(), "nyc1")
		},
		read: func(ctx context.Context, s *session, e resource.Cluster) (resource.Cluster, error) {
			return s.Resources().Cluster(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]resource.Cluster, error) {
			return s.Resources().Clusters(ctx, resource.ClusterQuery{}, w)
		},
		known: func(e *resource.Cluster) (string, string, *int64) { return "resource", string(e.ID), &e.Version },
	}, func(e resource.Cluster) resource.Changes { return resource.Changes{NewClusters: []resource.Cluster{e}} },
		func(e resource.Cluster) resource.Changes { return resource.Changes{Clusters: []resource.Cluster{e}} })
}

func networkEntity() entity[resource.Network] {
	return written(entity[resource.Network]{
		draft: func(_ *testing.T, s *session, w *world) resource.Network {
			return s.draftNetwork(w.tenant, w.stock.cluster.ID, s.word())
		},
		read: func(ctx context.Context, s *session, e resource.Network) (resource.Network, error) {
			return s.Resources().Network(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]resource.Network, error) {
			return s.Resources().Networks(ctx, resource.NetworkQuery{}, w)
		},
		known: func(e *resource.Network) (string, string, *int64) { return "resource", string(e.ID), &e.Version },
	}, func(e resource.Network) resource.Changes { return resource.Changes{NewNetworks: []resource.Network{e}} },
		func(e resource.Network) resource.Changes { return resource.Changes{Networks: []resource.Network{e}} })
}

func resourceEntity() entity[resource.Resource] {
	return written(entity[resource.Resource]{
		// What a save does not change.
		keep: []string{"Region", "CreatedAt"},
		draft: func(t *testing.T, s *session, w *world) resource.Resource {
			t.Helper()
			k := s.draftStock(w.tenant)
			kept := struct {
				Region    string
				CreatedAt time.Time
			}{}
			l := newLimits(t)
			l.begin(int(s.drafts.Add(1)))
			l.vary(&kept)
			k.resource.Region, k.resource.CreatedAt = kept.Region, kept.CreatedAt
			k.resource.ClusterID = w.stock.cluster.ID
			k.resource.Status, k.resource.TerminatedAt = resource.StatusTerminated, &s.now
			return k.resource
		},
		read: func(ctx context.Context, s *session, e resource.Resource) (resource.Resource, error) {
			return s.Resources().Get(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]resource.Resource, error) {
			return s.Resources().List(ctx, resource.Query{}, w)
		},
		known: func(e *resource.Resource) (string, string, *int64) { return "resource", string(e.ID), &e.Version },
	}, func(e resource.Resource) resource.Changes {
		return resource.Changes{NewResources: []resource.Resource{e}}
	},
		func(e resource.Resource) resource.Changes { return resource.Changes{Resources: []resource.Resource{e}} })
}

func instanceEntity() entity[resource.Instance] {
	return written(entity[resource.Instance]{
		draft: func(t *testing.T, s *session, w *world) resource.Instance {
			t.Helper()
			k := s.draftStock(w.tenant)
			k.resource.ClusterID, k.instance.ClusterID = w.stock.cluster.ID, w.stock.cluster.ID
			must(t, s.write(w.tenant, resource.Changes{NewResources: []resource.Resource{k.resource}}))
			return k.instance
		},
		read: func(ctx context.Context, s *session, e resource.Instance) (resource.Instance, error) {
			return s.Resources().InstanceOf(ctx, e.ResourceID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]resource.Instance, error) {
			return s.Resources().Instances(ctx, resource.InstanceQuery{}, w)
		},
		known: func(e *resource.Instance) (string, string, *int64) { return "resource", string(e.ID), &e.Version },
	}, func(e resource.Instance) resource.Changes {
		return resource.Changes{NewInstances: []resource.Instance{e}}
	},
		func(e resource.Instance) resource.Changes { return resource.Changes{Instances: []resource.Instance{e}} })
}
