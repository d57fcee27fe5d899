package resource

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
)

// ready is a world with a cluster, a network and so many machines requested.
func ready(t *testing.T, machines int64) (*world, []Resource) {
	t.Helper()
	w := newWorld(t)
	w.network(t, w.cluster(t, "c1", "nyc1", "100"), "10.1.0.0/24")
	_, made := w.started(t, machines)
	w.store.happened()
	return w, made
}

// due does what is due at the present time, and no more.
func (w *world) due(t *testing.T) int {
	t.Helper()
	n, err := w.worker.Step(context.Background(), false)
	require.NoError(t, err)
	return n
}

func TestTheLifeOfAMachine(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	id := made[0].ID
	require.Equal(t, 1, w.step(t))
	r := w.get(t, id)
	require.Equal(t, StatusRunning, r.Status)
	require.Equal(t, "vm/"+string(id), r.ExternalID)
	require.Equal(t, "52:54:00:12:34:56", r.Network.MAC)
	require.Equal(t, made[0].Network.PrivateIPs, r.Network.PrivateIPs)
	require.Equal(t, int64(3), r.Version)
	require.Equal(t, []string{"updated", "provisioned", "instance.created"}, w.store.happened())
	instances, err := w.Instances(host(), InstanceQuery{})
	require.NoError(t, err)
	i := instances.Items[0]
	require.Equal(t, Instance{
		ID: i.ID, TenantID: acme, ClusterID: r.ClusterID, ResourceID: id, ExternalID: r.ExternalID, Status: InstanceRunning,
		Version: 1, CreatedAt: w.now, UpdatedAt: w.now,
	}, i)
	require.Zero(t, w.step(t), "nothing more is to be done")

	for _, step := range []struct {
		ask      func(context.Context, ID) (Resource, error)
		status   Status
		instance InstanceStatus
		events   []string
	}{
		{w.Stop, StatusStopped, InstanceStopped, []string{"updated", "updated", "stopped", "instance.updated"}},
		{w.Start, StatusRunning, InstanceRunning, []string{"updated", "updated", "started", "instance.updated"}},
		{w.Stop, StatusStopped, InstanceStopped, []string{"updated", "updated", "stopped", "instance.updated"}},
		{w.Terminate, StatusTerminated, InstanceTerminated, []string{
			"updated", "updated", "terminated", "instance.updated", "cluster.updated", "network.updated",
		}},
	} {
		_, err := step.ask(host(), id)
		require.NoError(t, err)
		w.step(t)
		require.Equal(t, step.status, w.get(t, id).Status)
		i, err := w.store.InstanceOf(host(), id)
		require.NoError(t, err)
		require.Equal(t, step.instance, i.Status)
		require.Equal(t, step.events, w.store.happened())
	}
	require.Equal(t, []string{"create 1", "stop 1", "start 1", "stop 1", "terminate 1"}, w.backend.called())
	require.Equal(t, "c1:0/0 [] live:0", w.held())
}

func TestOnlyMachinesHaveInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	o := w.order(t, 0)
	o.Items = append(o.Items, w.item(t, "disk", "nyc1", 1, catalog.ProductSpecs{ResourceType: catalog.TypeStorage}))
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	w.step(t)
	require.Equal(t, StatusRunning, w.of(t, o)[0].Status)
	_, err := w.Terminate(host(), w.of(t, o)[0].ID)
	require.NoError(t, err)
	w.step(t)
	require.Equal(t, StatusTerminated, w.of(t, o)[0].Status)
	require.Empty(t, w.store.instances)
}

// TestACrashIsResolvedByLooking: the process died with the call under way.
func TestACrashIsResolvedByLooking(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		made   bool
		called []string
	}{
		"before the back end did it": {false, []string{"observe create", "create 2"}},
		"after the back end did it":  {true, []string{"observe create"}},
	} {
		w, made := ready(t, 1)
		r := w.get(t, made[0].ID)
		r.begin(ActionCreate)
		r.Version++
		w.store.resources[r.ID] = r
		w.store.leases[r.ID] = lease{until: w.now.Add(time.Minute), epoch: 7}
		if c.made {
			w.backend.done(requestFor(r))
		}
		require.Zero(t, w.step(t), "somebody else may still be at it")
		wait, ok, err := w.worker.Pending(context.Background(), true)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, time.Minute, wait)
		w.pass(time.Minute)
		w.step(t)
		require.Equal(t, c.called, w.backend.called(), name)
		require.Equal(t, StatusRunning, w.get(t, r.ID).Status)
		require.Equal(t, r.Token, w.get(t, r.ID).Token, "the same action")
		require.Len(t, w.backend.objects, 1)
	}
}

func TestAnErrorIsNotKnownToHaveDoneNothing(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		w.backend.done(r)
		return Outcome{Result: Done, ExternalID: "ignored"}, errors.New("the line broke")
	}
	require.Equal(t, 1, w.due(t))
	r := w.get(t, made[0].ID)
	require.Equal(t, PhaseUnknown, r.Phase)
	require.Equal(t, "the line broke", r.Reason)
	require.Empty(t, r.ExternalID)
	require.Zero(t, w.due(t), "it is left alone for a while")
	wait, ok, err := w.worker.Pending(context.Background(), false)
	require.NoError(t, err)
	require.True(t, ok)
	require.LessOrEqual(t, wait, time.Second)
	w.pass(wait)
	require.Equal(t, 1, w.due(t))
	require.Equal(t, []string{"create 1", "observe create"}, w.backend.called())
	r = w.get(t, r.ID)
	require.Equal(t, StatusRunning, r.Status)
	require.Empty(t, r.Reason)
}

func TestATryIsStoredBeforeTheCall(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.backend.apply = func(ctx context.Context, r Request) (Outcome, error) {
		stored := w.get(t, made[0].ID)
		require.Equal(t, PhaseApplying, stored.Phase)
		require.Equal(t, 1, stored.Tries)
		require.Equal(t, Request{Token: stored.Token, Action: ActionCreate, Desired: stored, Attempt: 1}, r)
		deadline, ok := ctx.Deadline()
		require.True(t, ok)
		require.Less(t, time.Until(deadline), 31*time.Second)
		r.Desired.Network.PrivateIPs[0] = r.Desired.Network.PrivateIPs[0].Next()
		return w.backend.done(r), nil
	}
	w.step(t)
	require.Equal(t, made[0].Network.PrivateIPs, w.get(t, made[0].ID).Network.PrivateIPs, "the provisioner's copy is its own")
}

func TestTriesEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome Outcome
		err     error
		calls   int
	}{
		"retry": {Outcome{Result: Retry, Reason: "busy"}, nil, 8},
		// Each further try is preceded by a look.
		"unknown": {Outcome{}, errors.New("timeout"), 15},
	} {
		w, made := ready(t, 1)
		w.backend.answers(c.outcome, c.err)
		require.Positive(t, w.step(t))
		r := w.get(t, made[0].ID)
		require.Equal(t, StatusError, r.Status, name)
		require.Equal(t, PhaseFailed, r.Phase)
		require.Contains(t, r.Reason, "given up after 8 tries: ")
		require.Len(t, w.backend.called(), c.calls, name)
		require.Contains(t, w.store.happened(), "failed")
		_, ok, err := w.worker.Pending(context.Background(), false)
		require.NoError(t, err)
		require.False(t, ok, "nothing is left to do")
	}
}

func TestACrashLoopEnds(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	for range 20 {
		r := w.get(t, made[0].ID)
		if next(r) == move(ActionCreate) && r.Tries < 8 {
			// The process dies in every call.
			r.begin(ActionCreate)
			r.Version++
			w.store.resources[r.ID] = r
		}
		_, err := w.worker.advance(background(), access(t, w), r.ID)
		require.NoError(t, err)
	}
	require.Equal(t, StatusError, w.get(t, made[0].ID).Status)
}

func TestAnAcceptedActionIsWatched(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	id := made[0].ID
	w.backend.answers(Outcome{Result: Accepted, ExternalID: "vm-7", After: 10 * time.Second}, nil)
	w.due(t)
	r := w.get(t, id)
	require.Equal(t, PhaseAccepted, r.Phase)
	require.Equal(t, "vm-7", r.ExternalID)
	require.Zero(t, w.due(t))
	w.pass(10 * time.Second)
	writes := w.store.writes
	for range 20 {
		require.Equal(t, 1, w.due(t))
		require.Zero(t, w.due(t))
		wait, ok, err := w.worker.Pending(context.Background(), true)
		require.NoError(t, err)
		require.True(t, ok)
		require.GreaterOrEqual(t, wait, time.Second)
		require.LessOrEqual(t, wait, time.Minute)
		w.pass(wait)
	}
	require.Equal(t, writes, w.store.writes, "looking changes nothing")
	w.backend.objects[id] = StatusRunning
	require.Equal(t, 1, w.due(t))
	require.Equal(t, StatusRunning, w.get(t, id).Status)
	require.Equal(t, "create 1", w.backend.called()[0])
	require.Len(t, w.store.instances, 1)
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	for name, observe := range map[string]func(Request) (Observation, error){
		"nothing to be seen": func(Request) (Observation, error) { return Observation{}, nil },
		"never finished":     func(Request) (Observation, error) { return Observation{Exists: true, Status: StatusProvisioning}, nil },
		"nobody answers":     func(Request) (Observation, error) { return Observation{}, errors.New("down") },
		"it panics":          func(Request) (Observation, error) { panic("at the disco") },
	} {
		w, made := ready(t, 1)
		w.backend.answers(Outcome{Result: Accepted}, nil)
		w.backend.observe = observe
		w.due(t)
		for range 200 {
			w.pass(time.Minute)
			w.due(t)
		}
		r := w.get(t, made[0].ID)
		require.Equal(t, StatusError, r.Status, name)
		require.Equal(t, "accepted, and not finished after 1h0m0s", r.Reason)
		require.Equal(t, time.Hour, r.UpdatedAt.Sub(made[0].CreatedAt).Round(time.Hour))
	}
}

func TestAPanicIsUnknown(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	var log bytes.Buffer
	w.worker = w.newWorker(&WorkerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w.backend.apply = func(context.Context, Request) (Outcome, error) { panic("secret") }
	w.due(t)
	r := w.get(t, made[0].ID)
	require.Equal(t, PhaseUnknown, r.Phase)
	require.Equal(t, "the provisioner panicked", r.Reason)
	require.Contains(t, log.String(), string(r.ID))
	require.NotContains(t, log.String(), "secret")
	w.backend.observe = func(Request) (Observation, error) { panic("again") }
	w.pass(time.Minute)
	w.due(t)
	require.Equal(t, 2, w.get(t, r.ID).Tries, "a look that fails is a try too")
}

func TestAChangeOfMindWaitsForTheCall(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	id := made[0].ID
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		if r.Action == ActionCreate {
			asked, err := w.Terminate(host(), id)
			require.NoError(t, err)
			require.Equal(t, PhaseApplying, asked.Phase)
		}
		return w.backend.done(r), nil
	}
	w.step(t)
	require.Equal(t, []string{"create 1", "terminate 1"}, w.backend.called())
	require.Equal(t, StatusTerminated, w.get(t, id).Status)
	require.Equal(t, "c1:0/0 [] live:0", w.held())
	require.Equal(t, []string{
		"updated", "updated", "provisioned", "instance.created",
		"updated", "terminated", "instance.updated", "cluster.updated", "network.updated",
	}, w.store.happened())
}

func TestALateOutcomeIsDropped(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		w.backend.apply = nil
		o := w.backend.done(r)
		// The call takes longer than the lease, and another worker finds out.
		w.pass(time.Hour)
		other := w.newWorker(nil)
		n, err := other.Step(context.Background(), true)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		o.ExternalID = "late"
		return o, nil
	}
	w.step(t)
	r := w.get(t, made[0].ID)
	require.Equal(t, "vm/"+string(r.ID), r.ExternalID)
	require.Equal(t, []string{"create 1", "observe create"}, w.backend.called())
	require.Len(t, w.store.instances, 1)
}

func TestABeginningThatLostIsLeftToTheWinner(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.store.before = func() {
		_, err := w.Terminate(host(), made[0].ID)
		require.NoError(t, err)
	}
	w.step(t)
	require.Empty(t, w.backend.called(), "it was given up before anybody was called")
	require.Equal(t, "c1:0/0 [] live:0", w.held())
}

func TestATerminationGoesOnWhenOthersWereFaster(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 2)
	w.step(t)
	for _, r := range made {
		_, err := w.Terminate(host(), r.ID)
		require.NoError(t, err)
	}
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		if r.Action == ActionTerminate {
			w.store.before = func() { w.started(t, 1) }
		}
		return w.backend.done(r), nil
	}
	w.worker = w.newWorker(&WorkerOptions{Concurrency: 1})
	w.due(t)
	for _, r := range made {
		require.Equal(t, StatusTerminated, w.get(t, r.ID).Status)
	}
	require.Equal(t, "c1:4/2 [10.1.0.2 10.1.0.4] live:2", w.held())
}

func TestATerminationCanBeAskedForAnew(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	id := made[0].ID
	w.step(t)
	w.backend.answers(Outcome{Result: Failed, Reason: "locked"}, nil)
	r, err := w.Terminate(host(), id)
	require.NoError(t, err)
	require.Equal(t, DesiredTerminated, r.Desired)
	w.step(t)
	r = w.get(t, id)
	require.Equal(t, StatusError, r.Status)
	require.Equal(t, "locked", r.Reason)
	require.Equal(t, "c1:2/1 [10.1.0.2] live:1", w.held(), "it may still be there")
	w.backend.apply = nil
	_, err = w.Terminate(host(), id)
	require.NoError(t, err)
	w.step(t)
	require.Equal(t, StatusTerminated, w.get(t, id).Status)
	require.NotEqual(t, r.Token, w.get(t, id).Token)
	require.Equal(t, "c1:0/0 [] live:0", w.held())
}

func TestWithoutAProvisioner(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	id := made[0].ID
	none := NewWorker(w.store, w.gate, nil, nil)
	_, err := none.Step(context.Background(), true)
	require.NoError(t, err)
	require.Equal(t, `there is no provisioner for the template "vm"`, w.get(t, id).Reason)
	require.Equal(t, StatusError, w.get(t, id).Status)
	r, err := w.Terminate(host(), id)
	require.NoError(t, err)
	require.Equal(t, StatusTerminated, r.Status, "nobody has heard of it")
	require.Equal(t, "c1:0/0 [] live:0", w.held())

	_, made = w.started(t, 1)
	w.step(t)
	_, err = w.Stop(host(), made[0].ID)
	require.NoError(t, err)
	_, err = none.Step(context.Background(), false)
	require.NoError(t, err)
	r = w.get(t, made[0].ID)
	require.Equal(t, StatusRunning, r.Status, "what exists waits for the provisioner to come back")
	require.Equal(t, PhaseRequested, r.Phase)
	w.step(t)
	require.Equal(t, StatusStopped, w.get(t, made[0].ID).Status)
}

func TestWhatIsUnderWayIsStoredWhenTheWorkEnds(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 3)
	w.worker = w.newWorker(&WorkerOptions{Concurrency: 1})
	ctx, cancel := context.WithCancel(context.Background())
	w.backend.apply = func(ctx context.Context, r Request) (Outcome, error) {
		cancel()
		return Outcome{}, ctx.Err()
	}
	n, err := w.worker.Step(ctx, true)
	require.NoError(t, err)
	require.Equal(t, 1, n, "nothing new is begun")
	require.Equal(t, PhaseUnknown, w.get(t, made[0].ID).Phase)
	require.False(t, w.store.leases[made[0].ID].until.After(w.now), "and given back")
	_, err = w.worker.Step(ctx, true)
	require.Error(t, err)
}

func TestWhatCannotBeStoredKeepsNobodyFromTheRest(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.store.broken = errors.New("the disk is full")
	n, err := w.worker.Step(context.Background(), true)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.Equal(t, 1, n)
	require.Empty(t, w.backend.called(), "nothing is done that is not stored before")
	wait, _, err := w.worker.Pending(context.Background(), true)
	require.NoError(t, err)
	require.Equal(t, time.Second, wait)
	w.store.broken = nil
	w.pass(wait)
	w.step(t)
	require.Equal(t, StatusRunning, w.get(t, made[0].ID).Status)
}

func TestALostOutcomeIsFoundOut(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	w.step(t)
	_, err := w.Terminate(host(), made[0].ID)
	require.NoError(t, err)
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		w.store.broken = &fault.Error{Kind: fault.ErrConflict} // all the time
		return w.backend.done(r), nil
	}
	require.Equal(t, 1, w.due(t), "and nobody has to hear of it")
	w.store.broken, w.backend.apply = nil, nil
	require.Equal(t, PhaseApplying, w.get(t, made[0].ID).Phase)
	w.pass(time.Second)
	w.due(t)
	require.Equal(t, StatusTerminated, w.get(t, made[0].ID).Status)
	require.Equal(t, []string{"create 1", "terminate 1", "observe terminate"}, w.backend.called())
}

func TestSoManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 20)
	w.worker = w.newWorker(&WorkerOptions{Concurrency: 5})
	var (
		now  atomic.Int64
		mu   sync.Mutex
		most int64
		once sync.Once
	)
	all := make(chan struct{})
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		n := now.Add(1)
		defer now.Add(-1)
		mu.Lock()
		most = max(most, n)
		mu.Unlock()
		if n == 5 {
			once.Do(func() { close(all) })
		}
		<-all
		return w.backend.done(r), nil
	}
	require.Equal(t, 20, w.step(t))
	require.Equal(t, int64(5), most)
	require.Len(t, w.backend.objects, len(made))
	require.Len(t, slices.DeleteFunc(w.backend.called(), func(c string) bool { return c != "create 1" }), 20)
}

func TestTheLeaseOutlivesTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, time.Minute, w.newWorker(nil).options.Lease)
	require.Equal(t, 90*time.Second, w.newWorker(&WorkerOptions{Timeout: time.Minute, Lease: time.Second}).options.Lease)
	require.Equal(t, 4, w.newWorker(&WorkerOptions{Concurrency: -1}).options.Concurrency)
}

// stopping is a store whose worker is told to stop while it claims: who does not
// wait for the answer does not know what was claimed.
type stopping struct {
	Store
	stop func()
}

func (s stopping) Claim(ctx context.Context, r ClaimRequest) ([]Claim, error) {
	claims, err := s.Store.Claim(ctx, r)
	s.stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return claims, err
}

func TestWhatIsClaimedWhileTheWorkIsToStopIsGivenBack(t *testing.T) {
	t.Parallel()
	w, made := ready(t, 1)
	ctx, stop := context.WithCancel(t.Context())
	ending := NewWorker(stopping{w.store, stop}, w.gate, map[string]Provisioner{"vm": w.backend}, nil)
	_, err := ending.Step(ctx, false)
	require.NoError(t, err)
	require.Equal(t, made[0], w.get(t, made[0].ID))
	require.Equal(t, 1, w.due(t), "another goes on at once")
	require.Equal(t, StatusRunning, w.get(t, made[0].ID).Status)
	_, err = ending.Step(ctx, false)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)
}
