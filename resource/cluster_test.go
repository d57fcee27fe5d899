package resource

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

func TestCreateCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	labels := map[string]string{"rack": "7"}
	d := ClusterDraft{Name: "c1", Region: "nyc1", Labels: labels, Capacity: capacity(t, "8.5", "32", "500", 20), Key: "once"}
	c, err := w.CreateCluster(host(), d)
	require.NoError(t, err)
	labels["rack"] = "8"
	require.Equal(t, Cluster{
		ID: c.ID, TenantID: acme, Name: "c1", Region: "nyc1", Labels: map[string]string{"rack": "7"}, Capacity: d.Capacity,
		Status: ClusterActive, Version: 1, CreatedAt: w.now, UpdatedAt: w.now,
	}, c)
	require.Equal(t, []string{"cluster.created"}, w.store.happened())
	labels["rack"] = "7"
	again, err := w.CreateCluster(host(), d)
	require.NoError(t, err)
	require.Equal(t, c, again, "the same key creates it once")
	d.Region = "fra1"
	_, err = w.CreateCluster(host(), d)
	require.ErrorIs(t, err, fault.ErrKeyReused)
	d.Key = ""
	_, err = w.CreateCluster(host(), d)
	require.ErrorIs(t, err, fault.ErrExists, "a name is one cluster's")
}

func TestCreateClusterRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, bad := range []struct {
		path  string
		draft func(*ClusterDraft)
	}{
		{"name", func(d *ClusterDraft) { d.Name = "" }},
		{"name", func(d *ClusterDraft) { d.Name = " c" }},
		{"name", func(d *ClusterDraft) { d.Name = strings.Repeat("n", 201) }},
		{"region", func(d *ClusterDraft) { d.Region = "" }},
		{"region", func(d *ClusterDraft) { d.Region = "New York" }},
		{"region", func(d *ClusterDraft) { d.Region = strings.Repeat("r", 65) }},
		{"labels", func(d *ClusterDraft) { d.Labels = many(65) }},
		{"labels key", func(d *ClusterDraft) { d.Labels = map[string]string{"": "x"} }},
		{"labels.rack", func(d *ClusterDraft) { d.Labels = map[string]string{"rack": "\x00"} }},
		{"capacity.instances", func(d *ClusterDraft) { d.Capacity.Instances = -1 }},
		{"key", func(d *ClusterDraft) { d.Key = "\xff" }},
	} {
		d := ClusterDraft{Name: "c1", Region: "nyc1"}
		bad.draft(&d)
		_, err := w.CreateCluster(host(), d)
		require.Equal(t, []string{bad.path}, paths(t, err), "%+v", d)
	}
	_, err := w.CreateCluster(host(), ClusterDraft{Capacity: Capacity{Instances: math.MinInt64}})
	require.Equal(t, []string{"name", "region", "capacity.instances"}, paths(t, err), "all at once")
	require.Empty(t, w.store.clusters)
}

func many(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[strings.Repeat("k", i+1)] = ""
	}
	return m
}

func TestUpdateCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.cluster(t, "c1", "nyc1", "8")
	w.started(t, 3)
	w.store.happened()
	less := capacity(t, "5.9", "11", "0", 2)
	_, err := w.UpdateCluster(host(), c.ID, ClusterChange{Capacity: &less})
	require.Equal(t, []string{"capacity"}, paths(t, err))
	require.ErrorContains(t, err, "6 vcpus and 12 GiB of memory and 3 instances are used, it is 5.9 and 11 and 2")
	exactly := capacity(t, "6", "12", "0", 3)
	name := "first"
	changed, err := w.UpdateCluster(host(), c.ID, ClusterChange{Name: &name, Capacity: &exactly, Labels: map[string]string{"a": "b"}})
	require.NoError(t, err)
	require.Equal(t, exactly, changed.Capacity)
	require.Equal(t, exactly, changed.Used)
	changed, err = w.UpdateCluster(host(), c.ID, ClusterChange{Labels: map[string]string{}, Version: changed.Version})
	require.NoError(t, err)
	require.Nil(t, changed.Labels)
	require.Equal(t, "first", changed.Name)
	_, err = w.UpdateCluster(host(), c.ID, ClusterChange{Version: 1})
	require.ErrorIs(t, err, fault.ErrConflict)
	require.Equal(t, []string{"cluster.updated", "cluster.updated"}, w.store.happened())
}

func TestClustersAreDrainedAndComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.cluster(t, "c1", "nyc1", "8")
	for _, step := range []struct {
		move func() (Cluster, error)
		want ClusterStatus
	}{
		{func() (Cluster, error) { return w.DrainCluster(host(), c.ID) }, ClusterDraining},
		{func() (Cluster, error) { return w.TakeClusterOffline(host(), c.ID) }, ClusterOffline},
		{func() (Cluster, error) { return w.ActivateCluster(host(), c.ID) }, ClusterActive},
	} {
		moved, err := step.move()
		require.NoError(t, err)
		require.Equal(t, step.want, moved.Status)
	}
	_, err := w.ActivateCluster(host(), c.ID)
	require.ErrorIs(t, err, fault.ErrState)
}
