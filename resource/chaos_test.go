package resource

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

func access(t *testing.T, w *world) *tenant.Access {
	t.Helper()
	a, err := w.gate.Write(background(), "resource.provision")
	require.NoError(t, err)
	return &a
}

// TestNothingIsLostOrDoubled lets back end, storage and process fail in every
// order while orders come, fail and change their mind; when all is quiet again,
// the back end has exactly what the resources say, and the clusters, networks
// and the tenant's usage hold exactly what is alive.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.network(t, w.cluster(t, "c1", "nyc1", "20"), "10.1.0.0/28")
		w.cluster(t, "c2", "nyc1", "10")
		w.worker = w.newWorker(&WorkerOptions{Concurrency: 1, MaxTries: 3})
		w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
			switch rapid.IntRange(0, 6).Draw(rt, "call") {
			case 0:
				return Outcome{}, errors.New("lost on the way there")
			case 1:
				w.backend.done(r)
				return Outcome{}, errors.New("lost on the way back")
			case 2:
				return Outcome{Result: Retry}, nil
			case 3:
				w.backend.done(r)
				return Outcome{Result: Accepted}, nil
			case 4:
				w.store.broken = errors.New("died before the outcome was stored")
				return w.backend.done(r), nil
			default:
				return w.backend.done(r), nil
			}
		}
		var orders []order.Order
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				o := w.order(t, int64(rapid.IntRange(1, 4).Draw(rt, "machines")))
				orders = append(orders, o)
				require.NoError(rt, w.Follow(background(), o, order.EventStarted))
			case 1:
				if len(orders) > 0 {
					o := rapid.SampledFrom(orders).Draw(rt, "order")
					require.NoError(rt, w.Follow(background(), o, order.EventCancelled))
				}
			case 2:
				w.disturb(rt)
			default:
				w.pass(time.Duration(rapid.IntRange(0, 100).Draw(rt, "seconds")) * time.Second)
				_, _ = w.worker.Step(context.Background(), rapid.Bool().Draw(rt, "immediate"))
				w.store.broken = nil
			}
			w.consistent(rt)
		}
		w.backend.apply = nil
		for range 100 {
			w.pass(time.Minute)
			w.step(t)
		}
		w.consistent(rt)
		w.quiet(rt)
	})
}

// disturb changes the mind about some resource, where that is allowed.
func (w *world) disturb(rt *rapid.T) {
	ids := sortedKeys(w.store.resources)
	if len(ids) == 0 {
		return
	}
	id := rapid.SampledFrom(ids).Draw(rt, "resource")
	ask := rapid.SampledFrom([]func(context.Context, ID) (Resource, error){w.Start, w.Stop, w.Terminate}).Draw(rt, "ask")
	_, _ = ask(host(), id)
}

// consistent holds at every moment: what is held is what placed, live
// resources need.
func (w *world) consistent(rt *rapid.T) {
	used := map[ClusterID]Capacity{}
	addresses := map[string]bool{}
	live := 0
	for _, r := range w.store.resources {
		if !r.Live() || r.ClusterID == "" {
			continue
		}
		live++
		used[r.ClusterID], _ = used[r.ClusterID].plus(r.needs())
		if addr, ok := r.Network.address(); ok {
			key := fmt.Sprint(r.Network.NetworkID, addr)
			require.False(rt, addresses[key], "an address has two holders")
			addresses[key] = true
		}
	}
	for id, c := range w.store.clusters {
		require.Equal(rt, used[id], c.Used)
		require.True(rt, c.Capacity.covers(c.Used))
	}
	held := int64(0)
	for _, n := range w.store.networks {
		held += n.Allocated.size().Int64()
	}
	require.Equal(rt, int64(len(addresses)), held)
	require.Equal(rt, int64(live), w.store.usage.Live)
}

// quiet holds when nothing is left to do.
func (w *world) quiet(rt *rapid.T) {
	_, pending, err := w.worker.Pending(context.Background(), false)
	require.NoError(rt, err)
	require.False(rt, pending)
	for id, r := range w.store.resources {
		require.False(rt, r.Phase.underWay())
		object, exists := w.backend.objects[id]
		switch r.Status {
		case StatusRunning, StatusStopped:
			require.Equal(rt, r.Status, object)
			require.Equal(rt, string(r.Desired), string(r.Status))
		case StatusTerminated:
			require.False(rt, exists, "a terminated resource is still there")
		case StatusError:
			require.Equal(rt, PhaseFailed, r.Phase)
		case StatusProvisioning:
			require.Fail(rt, "still provisioning")
		}
	}
	for id := range w.backend.objects {
		require.Contains(rt, w.store.resources, id, "nobody knows of it")
	}
}
