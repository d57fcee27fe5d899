package resource

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

const other tenant.ID = "ten_01jqzv7h3vfey8mgd6g2p9x4tb"

// neighbours are the stores of two tenants behind one.
type neighbours struct {
	Store
	of map[tenant.ID]*memory
}

func (n neighbours) in(ctx context.Context) (*memory, error) {
	s, err := scope.FromTenant(ctx)
	if err != nil || n.of[s.Tenant] == nil {
		return nil, fault.ErrNoScope
	}
	return n.of[s.Tenant], nil
}

func (n neighbours) Write(ctx context.Context, c Changes, commit event.Commit) error {
	m, err := n.in(ctx)
	if err != nil {
		return err
	}
	return m.Write(ctx, c, commit)
}

func (n neighbours) Get(ctx context.Context, id ID) (Resource, error) {
	m, err := n.in(ctx)
	if err != nil {
		return Resource{}, err
	}
	return m.Get(ctx, id)
}

func (n neighbours) InstanceOf(ctx context.Context, id ID) (Instance, error) {
	m, err := n.in(ctx)
	if err != nil {
		return Instance{}, err
	}
	return m.InstanceOf(ctx, id)
}

// Claim takes one tenant's work and then the other's, in turn.
func (n neighbours) Claim(ctx context.Context, r ClaimRequest) (all []Claim, err error) {
	for i := 0; len(all) < r.Limit && i < 2*r.Limit; i++ {
		one := r
		one.Limit = 1
		of := []tenant.ID{acme, other}[i%2]
		claims, err := n.of[of].Claim(ctx, one)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			c.Tenant = of
			all = append(all, c)
		}
	}
	return all, nil
}

func (n neighbours) Release(ctx context.Context, c Claim, hidden time.Duration) error {
	return n.of[c.Tenant].Release(ctx, c, hidden)
}

// TestInterleaving lets one worker and one back end serve two tenants whose
// resources have the same ids.
func TestInterleaving(t *testing.T) {
	t.Parallel()
	interleave(t, 20_000)
}

func interleave(t *testing.T, calls int) {
	t.Helper()
	const machines = 25
	w, made := ready(t, machines)
	w.step(t)
	store := neighbours{of: map[tenant.ID]*memory{acme: w.store, other: newMemory(w.clock)}}
	for id, r := range w.store.resources {
		r.TenantID = other
		store.of[other].resources[id] = r
	}
	for id, i := range w.store.instances {
		i.TenantID = other
		store.of[other].instances[id] = i
	}
	var came, astray atomic.Int64
	w.backend.apply = func(ctx context.Context, r Request) (Outcome, error) {
		came.Add(1)
		by, err := scope.FromTenant(ctx)
		if err != nil || by.Tenant != r.Desired.TenantID || by.Kind != scope.KindSystem {
			astray.Add(1)
		}
		return Outcome{Result: Done, ExternalID: fmt.Sprintf("%s of %s", r.Desired.ID, r.Desired.TenantID)}, nil
	}
	service := NewService(store, w.gate, &Options{Templates: []string{"vm"}})
	worker := NewWorker(store, w.gate, map[string]Provisioner{"vm": w.backend}, &WorkerOptions{Concurrency: 4})
	for round := 0; came.Load() < int64(calls); round++ {
		ask := []func(context.Context, ID) (Resource, error){service.Stop, service.Start}[round%2]
		for _, r := range made {
			for of := range store.of {
				_, err := ask(tenant.NewContext(t.Context(), of), r.ID)
				require.NoError(t, err)
			}
		}
		_, err := worker.Step(t.Context(), true)
		require.NoError(t, err)
	}
	require.Zero(t, astray.Load())
	for of, m := range store.of {
		require.Len(t, m.resources, machines)
		for id, r := range m.resources {
			require.Equal(t, of, r.TenantID)
			require.Equal(t, fmt.Sprintf("%s of %s", id, of), r.ExternalID)
		}
		for _, e := range m.events {
			require.Equal(t, of, e.Tenant)
		}
	}
}
