package resource

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

var lenient = policy{backoff: time.Second, maxBackoff: time.Minute, maxTries: 3, jitter: func() float64 { return 1 }}

// trying is a resource with a call of an action under way.
func trying(a Action, status Status, d Desired) Resource {
	r := Resource{ID: "res_1", Type: catalog.TypeVirtualMachine, Status: status, Desired: d, Phase: PhaseRequested, DueAt: &noon}
	r.begin(a)
	return r
}

func TestSettleDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action  Action
		status  Status
		desired Desired
		event   string
		becomes Status
		next    move
	}{
		{ActionCreate, StatusProvisioning, DesiredRunning, EventProvisioned, StatusRunning, rest},
		{ActionCreate, StatusProvisioning, DesiredStopped, EventProvisioned, StatusRunning, "stop"},
		{ActionCreate, StatusProvisioning, DesiredTerminated, EventProvisioned, StatusRunning, "terminate"},
		{ActionStart, StatusStopped, DesiredRunning, EventStarted, StatusRunning, rest},
		{ActionStart, StatusStopped, DesiredStopped, EventStarted, StatusRunning, "stop"},
		{ActionStop, StatusRunning, DesiredStopped, EventStopped, StatusStopped, rest},
		{ActionStop, StatusRunning, DesiredTerminated, EventStopped, StatusStopped, "terminate"},
		{ActionTerminate, StatusRunning, DesiredTerminated, EventTerminated, StatusTerminated, rest},
		{ActionTerminate, StatusError, DesiredTerminated, EventTerminated, StatusTerminated, rest},
	} {
		r := trying(c.action, c.status, c.desired)
		name, err := r.settle(Outcome{Result: Done, ExternalID: "vm-7"}, noon, lenient)
		require.NoError(t, err)
		require.Equal(t, c.event, name)
		require.Equal(t, c.becomes, r.Status)
		require.Equal(t, "vm-7", r.ExternalID)
		require.Equal(t, c.next, next(r), "%s done, should be %s", c.action, c.desired)
		require.Equal(t, c.next != rest, r.DueAt != nil)
		require.Empty(t, r.Action)
		require.Zero(t, r.Tries)
		require.Equal(t, c.becomes == StatusTerminated, r.TerminatedAt != nil)
	}
}

func TestSettleAdoptsWhatWasFoundSwitchedOff(t *testing.T) {
	t.Parallel()
	r := trying(ActionCreate, StatusProvisioning, DesiredRunning)
	name, err := r.settle(Outcome{Result: Done, stopped: true}, noon, lenient)
	require.NoError(t, err)
	require.Equal(t, EventProvisioned, name)
	require.Equal(t, StatusStopped, r.Status)
	require.Equal(t, move(ActionStart), next(r))
}

func TestSettleWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome Outcome
		phase   Phase
		wait    time.Duration
	}{
		{Outcome{Result: Accepted}, PhaseAccepted, time.Second},
		{Outcome{Result: Accepted, After: time.Minute}, PhaseAccepted, time.Minute},
		{Outcome{Result: Retry, Reason: "busy"}, PhaseRequested, time.Second},
		{Outcome{Result: Retry, After: time.Minute}, PhaseRequested, time.Minute},
		{Outcome{Result: Retry, After: 1 << 62}, PhaseRequested, 24 * time.Hour},
		{Outcome{Result: Retry, After: -1 << 62}, PhaseRequested, time.Second},
		{Outcome{Result: Unknown, Reason: "timeout"}, PhaseUnknown, time.Second},
		{Outcome{}, PhaseUnknown, time.Second},
		{Outcome{Result: "well"}, PhaseUnknown, time.Second},
	} {
		r := trying(ActionCreate, StatusProvisioning, DesiredRunning)
		token := r.Token
		name, err := r.settle(c.outcome, noon, lenient)
		require.NoError(t, err)
		require.Equal(t, EventUpdated, name)
		require.Equal(t, c.phase, r.Phase, c.outcome)
		require.Equal(t, noon.Add(c.wait), *r.DueAt, c.outcome)
		require.Equal(t, StatusProvisioning, r.Status)
		require.Equal(t, c.outcome.Reason, r.Reason)
		r.begin(ActionCreate)
		require.Equal(t, token, r.Token)
	}
}

func TestSettleGivesUp(t *testing.T) {
	t.Parallel()
	for _, result := range []Result{Retry, Unknown} {
		r := trying(ActionCreate, StatusProvisioning, DesiredRunning)
		r.Tries = 3
		name, err := r.settle(Outcome{Result: result, Reason: "busy"}, noon, lenient)
		require.NoError(t, err)
		require.Equal(t, EventFailed, name)
		require.Equal(t, "given up after 3 tries: busy", r.Reason)
		require.Equal(t, StatusError, r.Status)
		require.Equal(t, PhaseFailed, r.Phase)
		require.Nil(t, r.DueAt)
	}
}

func TestAFailureMakesWayForATermination(t *testing.T) {
	t.Parallel()
	r := trying(ActionCreate, StatusProvisioning, DesiredTerminated)
	name, err := r.settle(Outcome{Result: Failed, Reason: "no"}, noon, lenient)
	require.NoError(t, err)
	require.Equal(t, EventFailed, name)
	require.Equal(t, move(ActionTerminate), next(r))
	require.Equal(t, noon, *r.DueAt)

	r = trying(ActionTerminate, StatusError, DesiredTerminated)
	_, err = r.settle(Outcome{Result: Failed, Reason: "no"}, noon, lenient)
	require.NoError(t, err)
	require.Equal(t, rest, next(r), "a failed termination waits to be asked for anew")
	require.Nil(t, r.DueAt)
}

func TestARetryThatNobodyWantsAnyMoreIsLeft(t *testing.T) {
	t.Parallel()
	r := trying(ActionStop, StatusRunning, DesiredRunning)
	_, err := r.settle(Outcome{Result: Retry}, noon, lenient)
	require.NoError(t, err)
	require.Equal(t, PhaseAtRest, r.Phase)
	require.Nil(t, r.DueAt)

	r = trying(ActionStop, StatusRunning, DesiredTerminated)
	_, err = r.settle(Outcome{Result: Retry}, noon, lenient)
	require.NoError(t, err)
	require.Equal(t, move(ActionTerminate), next(r))
	require.Equal(t, noon, *r.DueAt, "the wait was for another action")
}

func TestAnAnswerThatCannotBeStoredFails(t *testing.T) {
	t.Parallel()
	for path, o := range map[string]Outcome{
		"external_id":            {ExternalID: "vm\x00"},
		"network.mac":            {Network: &NetworkInfo{MAC: "nonsense"}},
		"network.hostname":       {Network: &NetworkInfo{Hostname: "\xff"}},
		"network.ports[1]":       {Network: &NetworkInfo{Ports: []int{22, 70000}}},
		"network.private_ips[0]": {Network: &NetworkInfo{PrivateIPs: make([]netip.Addr, 1)}},
		"network.public_ips[0]":  {Network: &NetworkInfo{PublicIPs: []netip.Addr{netip.MustParseAddr("fe80::1%eth0")}}},
		"network.public_ips":     {Network: &NetworkInfo{PublicIPs: make([]netip.Addr, 65)}},
	} {
		o.Result = Done
		r := trying(ActionCreate, StatusProvisioning, DesiredRunning)
		name, err := r.settle(o, noon, lenient)
		require.NoError(t, err)
		require.Equal(t, EventFailed, name)
		require.Contains(t, r.Reason, path+" must")
		require.Empty(t, r.ExternalID)
		require.Empty(t, r.Network)

		o.Result = Retry
		r = trying(ActionCreate, StatusProvisioning, DesiredRunning)
		name, err = r.settle(o, noon, lenient)
		require.NoError(t, err)
		require.Equal(t, EventUpdated, name, "nothing was done, so nothing failed")
	}
}

func TestMergeKeepsWhatWasHandedOut(t *testing.T) {
	t.Parallel()
	own, other, public := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("192.0.2.1")
	n := NetworkInfo{NetworkID: "net_1", PrivateIPs: []netip.Addr{own}, Hostname: "old"}
	merged := n.merge(NetworkInfo{
		NetworkID: "net_2", PrivateIPs: []netip.Addr{other, own}, PublicIPs: []netip.Addr{public},
		MAC: "52:54:00:12:34:56", Hostname: "new", Ports: []int{22},
	})
	require.Equal(t, NetworkInfo{
		NetworkID: "net_1", PrivateIPs: []netip.Addr{own, other}, PublicIPs: []netip.Addr{public},
		MAC: "52:54:00:12:34:56", Hostname: "new", Ports: []int{22},
	}, merged)
	require.Equal(t, merged, merged.merge(NetworkInfo{}), "what is not said stays")
	require.Equal(t, []netip.Addr{other}, NetworkInfo{}.merge(NetworkInfo{PrivateIPs: []netip.Addr{other}}).PrivateIPs)
}

func TestDelaysGrow(t *testing.T) {
	t.Parallel()
	p := lenient
	for tries, seconds := range map[int]int{0: 1, 1: 1, 2: 2, 3: 4, 6: 32, 7: 60, 8: 60, 1 << 40: 60} {
		want := time.Second * time.Duration(seconds)
		p.jitter = func() float64 { return 1 }
		require.Equal(t, want, p.delay(tries), tries)
		p.jitter = func() float64 { return 0 }
		require.Equal(t, want/2, p.delay(tries), tries)
	}
	require.Equal(t, time.Second, p.poll(-time.Hour))
	require.Equal(t, 25*time.Second, p.poll(100*time.Second))
	require.Equal(t, time.Minute, p.poll(time.Hour))
}

func TestReasonsAreTidy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if rapid.Bool().Draw(t, "long") {
			text = strings.Repeat("ü ", 300) + text
		}
		var f fault.Fields
		check.Text(&f, "reason", tidy(text), maxReason)
		require.Empty(t, f.All())
	})
}
