package storagetest

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

// making is Write with something new.
func making(variant string, draft func(s *session, w *world) (c resource.Changes, id string)) method {
	m := creating("Resources", "Write", "resource", func(_ *testing.T, s *session, w *world) (resource.Changes, string) {
		return draft(s, w)
	}, func(ctx context.Context, s *session, changes resource.Changes, c event.Commit) error {
		return s.Resources().Write(ctx, changes, c)
	})
	m.variant = variant
	return m
}

// changing is Write with one changed entity.
func changing[E any](variant string, v saving[E], changes func(e E) resource.Changes) method {
	v.store, v.name, v.variant, v.service = "Resources", "Write", variant, "resource"
	v.save = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Resources().Write(ctx, changes(e), c)
	}
	return v.method()
}

func resourceMethods() []method {
	const of = "Resources"
	window := page.Window{Limit: 9}
	return append(writeMethods(),
		receipt(of, "resource", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
			return s.Resources().Receipt
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (resource.Resource, error) {
			return s.Resources().Get(ctx, w.stock.resource.ID)
		}),
		reading(of, "List", func(ctx context.Context, s *session, w *world) ([]resource.Resource, error) {
			return s.Resources().List(ctx, resource.Query{Order: w.stock.resource.OrderID}, window)
		}),
		reading(of, "OfOrder", func(ctx context.Context, s *session, w *world) ([]resource.Resource, error) {
			return s.Resources().OfOrder(ctx, w.stock.resource.OrderID)
		}),
		reading(of, "Tally", func(ctx context.Context, s *session, w *world) ([]resource.Tally, error) {
			return s.Resources().Tally(ctx, w.stock.resource.OrderID)
		}),
		reading(of, "CountLive", func(ctx context.Context, s *session, w *world) (int64, error) {
			return s.Resources().CountLive(ctx, w.stock.resource.CustomerID)
		}),
		reading(of, "Cluster", func(ctx context.Context, s *session, w *world) (resource.Cluster, error) {
			return s.Resources().Cluster(ctx, w.stock.cluster.ID)
		}),
		reading(of, "Clusters", func(ctx context.Context, s *session, _ *world) ([]resource.Cluster, error) {
			return s.Resources().Clusters(ctx, resource.ClusterQuery{}, window)
		}),
		reading(of, "Network", func(ctx context.Context, s *session, w *world) (resource.Network, error) {
			return s.Resources().Network(ctx, w.stock.network.ID)
		}),
		reading(of, "Networks", func(ctx context.Context, s *session, w *world) ([]resource.Network, error) {
			return s.Resources().Networks(ctx, resource.NetworkQuery{Cluster: w.stock.cluster.ID}, window)
		}),
		reading(of, "InstanceOf", func(ctx context.Context, s *session, w *world) (resource.Instance, error) {
			return s.Resources().InstanceOf(ctx, w.stock.resource.ID)
		}),
		reading(of, "Instances", func(ctx context.Context, s *session, w *world) ([]resource.Instance, error) {
			return s.Resources().Instances(ctx, resource.InstanceQuery{Cluster: w.stock.cluster.ID}, window)
		}),
		finding(of, "Supply", "", func(w *world) []string { return []string{w.stock.cluster.Region} },
			func(ctx context.Context, s *session, regions []string) (resource.Supply, error) {
				return s.Resources().Supply(ctx, regions)
			}),
	)
}

func writeMethods() []method {
	return []method{
		making("a cluster", func(s *session, w *world) (resource.Changes, string) {
			c := s.draftCluster(w.tenant, s.word(), "nyc1")
			c.Labels = map[string]string{"rack": "7"}
			return resource.Changes{NewClusters: []resource.Cluster{c}}, string(c.ID)
		}),
		making("a network in a cluster", func(s *session, w *world) (resource.Changes, string) {
			c := s.draftCluster(w.tenant, s.word(), "nyc1")
			n := s.draftNetwork(w.tenant, c.ID, s.word())
			n.Reserved = resource.Ranges{{From: n.Gateway, To: n.Gateway}}
			return resource.Changes{NewClusters: []resource.Cluster{c}, NewNetworks: []resource.Network{n}}, string(n.ID)
		}),
		making("a resource with its instance", func(s *session, w *world) (resource.Changes, string) {
			k := s.draftStock(w.tenant)
			k.cluster.Name = s.word()
			k.resource.Specs.Ports, k.resource.Network.PrivateIPs = []int{22}, []netip.Addr{netip.MustParseAddr("10.1.0.7")}
			return resource.Changes{
				NewClusters:  []resource.Cluster{k.cluster},
				NewResources: []resource.Resource{k.resource}, NewInstances: []resource.Instance{k.instance},
			}, string(k.resource.ID)
		}),
		changing("of a cluster", saving[resource.Cluster]{
			read: func(ctx context.Context, s *session, w *world) (resource.Cluster, error) {
				return s.Resources().Cluster(ctx, w.stock.cluster.ID)
			},
			drafted: func(w *world) resource.Cluster { return w.stock.cluster },
			id:      func(e resource.Cluster) string { return string(e.ID) },
			version: func(e *resource.Cluster) *int64 { return &e.Version },
			counter: func(e *resource.Cluster) counter { return inText(&e.Region) },
		}, func(e resource.Cluster) resource.Changes { return resource.Changes{Clusters: []resource.Cluster{e}} }),
		changing("of a network", saving[resource.Network]{
			read: func(ctx context.Context, s *session, w *world) (resource.Network, error) {
				return s.Resources().Network(ctx, w.stock.network.ID)
			},
			drafted: func(w *world) resource.Network { return w.stock.network },
			id:      func(e resource.Network) string { return string(e.ID) },
			version: func(e *resource.Network) *int64 { return &e.Version },
			counter: func(e *resource.Network) counter { return inText(&e.Name) },
		}, func(e resource.Network) resource.Changes { return resource.Changes{Networks: []resource.Network{e}} }),
		changing("of a resource", saving[resource.Resource]{
			read: func(ctx context.Context, s *session, w *world) (resource.Resource, error) {
				return s.Resources().Get(ctx, w.stock.resource.ID)
			},
			drafted: func(w *world) resource.Resource { return w.stock.resource },
			id:      func(e resource.Resource) string { return string(e.ID) },
			version: func(e *resource.Resource) *int64 { return &e.Version },
			counter: func(e *resource.Resource) counter { return inText(&e.Reason) },
		}, func(e resource.Resource) resource.Changes { return resource.Changes{Resources: []resource.Resource{e}} }),
		changing("of an instance", saving[resource.Instance]{
			read: func(ctx context.Context, s *session, w *world) (resource.Instance, error) {
				return s.Resources().InstanceOf(ctx, w.stock.resource.ID)
			},
			drafted: func(w *world) resource.Instance { return w.stock.instance },
			id:      func(e resource.Instance) string { return string(e.ID) },
			version: func(e *resource.Instance) *int64 { return &e.Version },
			counter: func(e *resource.Instance) counter { return inText(&e.ExternalID) },
		}, func(e resource.Instance) resource.Changes { return resource.Changes{Instances: []resource.Instance{e}} }),
		changing("of the usage", saving[resource.Usage]{
			read: func(ctx context.Context, s *session, _ *world) (resource.Usage, error) {
				supply, err := s.Resources().Supply(ctx, nil)
				return supply.Usage, err
			},
			drafted: func(w *world) resource.Usage { return w.stock.usage },
			id:      func(e resource.Usage) string { return string(e.TenantID) },
			version: func(e *resource.Usage) *int64 { return &e.Version },
			counter: func(e *resource.Usage) counter {
				return counter{get: func() int { return int(e.Live) - 1 }, set: func(n int) { e.Live = int64(n) + 1 }}
			},
		}, func(e resource.Usage) resource.Changes { return resource.Changes{Usage: &e} }),
	}
}

// lost is a claim that nobody holds.
func lost(w *world) resource.Claim {
	return resource.Claim{Tenant: w.tenant, Resource: w.stock.resource.ID, Epoch: 99}
}

func workMethods() []method {
	const of = "Resources"
	all := []method{
		reading(of, "Claim", func(ctx context.Context, s *session, _ *world) ([]resource.Claim, error) {
			return s.Resources().Claim(ctx, resource.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 9})
		}),
		reading(of, "Release", func(ctx context.Context, s *session, w *world) (any, error) {
			return nil, s.Resources().Release(ctx, lost(w), 0)
		}),
		reading(of, "Next", func(ctx context.Context, s *session, _ *world) (bool, error) {
			_, ok, err := s.Resources().Next(ctx, s.now, true)
			return ok, err
		}),
	}
	for i := range all {
		all[i].reach, all[i].effect = across, works
	}
	return all
}

func eventMethods() []method {
	const of = "Events"
	// laned is a method that works on a lane, which is claimed first.
	laned := func(name string, work func(ctx context.Context, s *session, lane event.Lane) (any, error)) method {
		return method{store: of, name: name, bind: func(t *testing.T, s *session, w *world) ([]any, call) {
			t.Helper()
			lane := s.laneOf(t, w, s.word())
			return []any{lane}, func(ctx context.Context) (any, error) { return work(ctx, s, lane) }
		}}
	}
	all := []method{
		reading(of, "Stamp", func(ctx context.Context, s *session, _ *world) (any, error) {
			return nil, second(s.Events().Stamp(ctx, s.stamping("customer", 9)))
		}),
		reading(of, "Claim", func(ctx context.Context, s *session, _ *world) ([]event.Lane, error) {
			return s.Events().Claim(ctx, event.Claim{Subscription: "claims", Service: "customer", Lease: time.Hour, Limit: 9})
		}),
		laned("Read", func(ctx context.Context, s *session, lane event.Lane) (any, error) {
			return s.Events().Read(ctx, lane, 0, 9)
		}),
		laned("Move", func(ctx context.Context, s *session, lane event.Lane) (any, error) {
			return nil, s.Events().Move(ctx, lane, event.Movement{Position: 1})
		}),
		laned("Extend", func(ctx context.Context, s *session, lane event.Lane) (any, error) {
			return nil, s.Events().Extend(ctx, lane, time.Hour)
		}),
		reading(of, "Backlog", func(ctx context.Context, s *session, _ *world) (event.Backlog, error) {
			return s.Events().Backlog(ctx, "backlog", "customer")
		}),
	}
	all = append(all, registryMethods()...)
	for i := range all {
		all[i].reach, all[i].effect = across, works
	}
	discard := reading(of, "Discard", func(ctx context.Context, s *session, w *world) (any, error) {
		return nil, s.Events().Discard(ctx, w.dead)
	})
	discard.effect = works
	return append(all, discard,
		reading(of, "List", func(ctx context.Context, s *session, _ *world) ([]event.Event, error) {
			return s.Events().List(ctx, "customer", page.Window{Limit: 9})
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (event.Event, error) {
			return s.Events().Get(ctx, "customer", w.event.ID)
		}),
		reading(of, "DeadLetters", func(ctx context.Context, s *session, _ *world) ([]event.DeadLetter, error) {
			return s.Events().DeadLetters(ctx, page.Window{Limit: 9})
		}),
		reading(of, "History", func(ctx context.Context, s *session, _ *world) ([]event.Revision, error) {
			return s.Events().History(ctx, "customer", event.HistoryQuery{}, page.Window{Limit: 9})
		}),
	)
}
