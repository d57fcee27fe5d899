package resource

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

const (
	someResource ID        = "res_01jqzv7h3vfey8mgd6g2p9x4ta"
	someCluster  ClusterID = "clus_01jqzv7h3vfey8mgd6g2p9x4ta"
	someNetwork  NetworkID = "net_01jqzv7h3vfey8mgd6g2p9x4ta"
)

// operation is one that a user may be allowed to do.
type operation struct {
	permission tenant.Permission
	write      bool
	do         func(ctx context.Context, id string) error
}

func second[T any](_ T, err error) error { return err }

func (w *world) operations() map[string]operation {
	return map[string]operation{
		"Get":       {"resource.get", false, func(ctx context.Context, id string) error { return second(w.Get(ctx, ID(id))) }},
		"List":      {"resource.list", false, func(ctx context.Context, _ string) error { return second(w.List(ctx, Query{})) }},
		"Start":     {"resource.start", true, func(ctx context.Context, id string) error { return second(w.Start(ctx, ID(id))) }},
		"Stop":      {"resource.stop", true, func(ctx context.Context, id string) error { return second(w.Stop(ctx, ID(id))) }},
		"Terminate": {"resource.terminate", true, func(ctx context.Context, id string) error { return second(w.Terminate(ctx, ID(id))) }},
		"Progress": {"resource.list", false, func(ctx context.Context, id string) error {
			return second(w.Progress(ctx, order.ID(id)))
		}},
		"LiveAll": {"resource.list", false, func(ctx context.Context, _ string) error { return w.LiveAll(ctx) }},
		"Follow": {"resource.follow", true, func(ctx context.Context, _ string) error {
			return w.Follow(ctx, order.Order{}, order.EventPlaced)
		}},
		"CreateCluster": {"resource.cluster.create", true, func(ctx context.Context, _ string) error {
			return second(w.CreateCluster(ctx, ClusterDraft{}))
		}},
		"Cluster": {"resource.cluster.get", false, func(ctx context.Context, id string) error {
			return second(w.Cluster(ctx, ClusterID(id)))
		}},
		"Clusters": {"resource.cluster.list", false, func(ctx context.Context, _ string) error {
			return second(w.Clusters(ctx, ClusterQuery{}))
		}},
		"UpdateCluster": {"resource.cluster.update", true, func(ctx context.Context, id string) error {
			return second(w.UpdateCluster(ctx, ClusterID(id), ClusterChange{}))
		}},
		"DrainCluster": {"resource.cluster.update", true, func(ctx context.Context, id string) error {
			return second(w.DrainCluster(ctx, ClusterID(id)))
		}},
		"ActivateCluster": {"resource.cluster.update", true, func(ctx context.Context, id string) error {
			return second(w.ActivateCluster(ctx, ClusterID(id)))
		}},
		"TakeClusterOffline": {"resource.cluster.update", true, func(ctx context.Context, id string) error {
			return second(w.TakeClusterOffline(ctx, ClusterID(id)))
		}},
		"CreateNetwork": {"resource.network.create", true, func(ctx context.Context, _ string) error {
			return second(w.CreateNetwork(ctx, NetworkDraft{}))
		}},
		"Network": {"resource.network.get", false, func(ctx context.Context, id string) error {
			return second(w.Network(ctx, NetworkID(id)))
		}},
		"Networks": {"resource.network.list", false, func(ctx context.Context, _ string) error {
			return second(w.Networks(ctx, NetworkQuery{}))
		}},
		"UpdateNetwork": {"resource.network.update", true, func(ctx context.Context, id string) error {
			return second(w.UpdateNetwork(ctx, NetworkID(id), NetworkChange{}))
		}},
		"CloseNetwork": {"resource.network.update", true, func(ctx context.Context, id string) error {
			return second(w.CloseNetwork(ctx, NetworkID(id)))
		}},
		"ActivateNetwork": {"resource.network.update", true, func(ctx context.Context, id string) error {
			return second(w.ActivateNetwork(ctx, NetworkID(id)))
		}},
		"Instances": {"resource.instance.list", false, func(ctx context.Context, _ string) error {
			return second(w.Instances(ctx, InstanceQuery{}))
		}},
	}
}

func TestEveryOperationPassesTheGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := tenant.AsUser(context.Background(), acme, clerk)
	asked := map[tenant.Permission]bool{"resource.provision": true}
	for name, op := range w.operations() {
		asked[op.permission] = true
		require.ErrorIs(t, op.do(context.Background(), ""), fault.ErrNoScope, name)

		w.tenants.clerk = nil
		for _, p := range Permissions() {
			if p != op.permission {
				w.tenants.clerk = append(w.tenants.clerk, p)
			}
		}
		w.gate.Forget(acme)
		require.ErrorIs(t, op.do(user, "not an id"), fault.ErrForbidden, name)
		w.tenants.clerk = []tenant.Permission{op.permission}
		w.gate.Forget(acme)
		require.NotErrorIs(t, op.do(user, "not an id"), fault.ErrForbidden, name)

		w.tenants.standing.Status = tenant.Suspended
		w.gate.Forget(acme)
		err := op.do(host(), "not an id")
		require.Equal(t, op.write, fault.KindOf(err) == fault.ErrSuspended, "%s: %v", name, err)
		require.NotErrorIs(t, op.do(background(), "not an id"), fault.ErrSuspended, name)
		w.tenants.standing.Status = tenant.Active
		w.gate.Forget(acme)
	}
	for _, p := range Permissions() {
		require.True(t, asked[p], "%s is asked for by an operation", p)
	}
	require.Len(t, asked, len(Permissions()))
}

func TestIdsOfAnotherKindAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, op := range w.operations() {
		err := op.do(host(), "usr_01jqzv7h3vfey8mgd6g2p9x4ta")
		switch name {
		case "Get", "Start", "Stop", "Terminate", "Progress", "Cluster", "UpdateCluster", "DrainCluster", "ActivateCluster",
			"TakeClusterOffline", "Network", "UpdateNetwork", "CloseNetwork", "ActivateNetwork":
			require.Equal(t, []string{"id"}, paths(t, err), name)
		default:
		}
	}
	for _, err := range []error{
		second(w.Get(host(), someResource)), second(w.Stop(host(), someResource)), second(w.Cluster(host(), someCluster)),
		second(w.DrainCluster(host(), someCluster)), second(w.Network(host(), someNetwork)),
		second(w.CloseNetwork(host(), someNetwork)),
	} {
		require.ErrorIs(t, err, fault.ErrNotFound)
	}
	for _, text := range []string{"", "res", "cust_01jqzv7h3vfey8mgd6g2p9x4ta", "RES_01jqzv7h3vfey8mgd6g2p9x4ta"} {
		for _, decode := range []interface{ UnmarshalText([]byte) error }{new(ID), new(ClusterID), new(NetworkID), new(InstanceID)} {
			if _, cluster := decode.(*ClusterID); cluster && text == "" {
				require.NoError(t, decode.UnmarshalText(nil), "what found no room is in no cluster")
				continue
			}
			require.ErrorIs(t, decode.UnmarshalText([]byte(text)), fault.ErrInvalid)
		}
	}
}

func TestQueriesNameWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.List(host(), Query{Order: "x", Cluster: "x", Customer: "x", Type: "x", Status: "x", Region: "X"})
	require.Equal(t, []string{"order", "cluster", "customer", "type", "status", "region"}, paths(t, err))
	_, err = w.Clusters(host(), ClusterQuery{Region: "X", Status: "x"})
	require.Equal(t, []string{"region", "status"}, paths(t, err))
	_, err = w.Networks(host(), NetworkQuery{Cluster: "x", Status: "x"})
	require.Equal(t, []string{"cluster", "status"}, paths(t, err))
	_, err = w.Instances(host(), InstanceQuery{Cluster: "x", Resource: "x", Status: "x"})
	require.Equal(t, []string{"cluster", "resource", "status"}, paths(t, err))
	_, err = w.List(host(), Query{Request: page.Request{Limit: -1}})
	require.Equal(t, []string{"limit"}, paths(t, err))
}

func TestAllReadsEveryPage(t *testing.T) {
	t.Parallel()
	w, _ := ready(t, 5)
	seen := 0
	for r, err := range w.All(host(), Query{Request: page.Request{Limit: 2}, Status: StatusProvisioning}) {
		require.NoError(t, err)
		require.Equal(t, StatusProvisioning, r.Status)
		seen++
	}
	require.Equal(t, 5, seen)
	for _, err := range w.AllClusters(host(), ClusterQuery{}) {
		require.NoError(t, err)
	}
	for _, err := range w.AllNetworks(host(), NetworkQuery{}) {
		require.NoError(t, err)
	}
	for _, err := range w.AllInstances(host(), InstanceQuery{Cluster: "x"}) {
		require.Error(t, err)
	}
}

// TestWhatCanBeAskedOfAResource walks every status and what it should be: what
// starting, stopping and terminating it leads to.
func TestWhatCanBeAskedOfAResource(t *testing.T) {
	t.Parallel()
	const refused, nothing = "refused", ""
	asks := []struct {
		desired Desired
		event   string
	}{{DesiredRunning, eventStart}, {DesiredStopped, eventStop}, {DesiredTerminated, eventTerminate}}
	table := map[Status]map[Desired][3]string{
		StatusProvisioning: {
			DesiredRunning:    {nothing, refused, EventUpdated},
			DesiredStopped:    {refused, nothing, EventUpdated},
			DesiredTerminated: {refused, refused, nothing},
		},
		StatusRunning: {
			DesiredRunning:    {nothing, EventUpdated, EventUpdated},
			DesiredStopped:    {EventUpdated, nothing, EventUpdated},
			DesiredTerminated: {refused, refused, nothing},
		},
		StatusStopped: {
			DesiredRunning:    {nothing, EventUpdated, EventUpdated},
			DesiredStopped:    {EventUpdated, nothing, EventUpdated},
			DesiredTerminated: {refused, refused, nothing},
		},
		StatusError: {
			DesiredRunning:    {nothing, refused, EventUpdated},
			DesiredStopped:    {refused, nothing, EventUpdated},
			DesiredTerminated: {refused, refused, nothing},
		},
		StatusTerminated: {
			DesiredTerminated: {refused, refused, nothing},
		},
	}
	for status, rows := range table {
		for desired, wants := range rows {
			for i, ask := range asks {
				r := Resource{Type: catalog.TypeContainer, Status: status, Desired: desired, Phase: PhaseAtRest, Token: "t"}
				name, err := r.aim(ask.desired, ask.event, noon)
				if wants[i] == refused {
					require.ErrorIs(t, err, fault.ErrState, "%s of %s that should be %s", ask.event, status, desired)
					require.Equal(t, desired, r.Desired)
					continue
				}
				require.NoError(t, err, "%s of %s that should be %s", ask.event, status, desired)
				require.Equal(t, wants[i], name)
				require.Equal(t, ask.desired, r.Desired)
			}
		}
	}
	given := Resource{Type: catalog.TypeContainer, Status: StatusError, Desired: DesiredRunning, Phase: PhaseFailed, Token: "t"}
	_, err := given.aim(DesiredRunning, eventStart, noon)
	require.ErrorIs(t, err, fault.ErrState, "what was given up is not started again")
	for _, kind := range []catalog.ResourceType{catalog.TypeStorage, catalog.TypeNetwork, catalog.TypeLoadBalancer} {
		r := Resource{Type: kind, Status: StatusRunning, Desired: DesiredRunning, Phase: PhaseAtRest}
		_, err := r.aim(DesiredStopped, eventStop, noon)
		require.ErrorIs(t, err, fault.ErrState)
		require.ErrorContains(t, err, string(kind))
	}
}

func TestResourceAsJSON(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	_, refused := w.started(t, 1000)
	text, err := json.Marshal(refused[0])
	require.NoError(t, err)
	var unplaced Resource
	require.NoError(t, json.Unmarshal(text, &unplaced))
	unplaced.Origin = refused[0].Origin // which events say in attributes of their own
	require.Equal(t, refused[0], unplaced)

	text, err = json.Marshal(made[0])
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(text, &fields))
	for _, name := range []string{
		"id", "tenant_id", "customer_id", "order_id", "order_item_id", "unit", "attempt", "cluster_id", "type", "name", "region",
		"template", "status", "desired", "phase", "specs", "network", "external_id", "tries", "due_at", "version",
		"created_at", "updated_at", "terminated_at",
	} {
		require.Contains(t, fields, name)
	}
	require.Nil(t, fields["terminated_at"])
	require.Equal(t, map[string]any{"vcpus": "2", "memory_gib": "4"}, fields["specs"])
	var back Resource
	require.NoError(t, json.Unmarshal(text, &back))
	back.Origin = made[0].Origin
	require.Equal(t, made[0], back)
	require.WithinDuration(t, w.now, *back.DueAt, time.Microsecond)
}
