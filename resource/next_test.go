package resource

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNextDecides walks every status, desired state and phase, of a resource
// that a back end has heard of and of one that none has.
func TestNextDecides(t *testing.T) {
	t.Parallel()
	free := map[Status]map[Desired]move{
		StatusProvisioning: {DesiredRunning: "create", DesiredStopped: "create", DesiredTerminated: "terminate"},
		StatusRunning:      {DesiredRunning: rest, DesiredStopped: "stop", DesiredTerminated: "terminate"},
		StatusStopped:      {DesiredRunning: "start", DesiredStopped: rest, DesiredTerminated: "terminate"},
		StatusError:        {DesiredRunning: rest, DesiredStopped: rest, DesiredTerminated: "terminate"},
		StatusTerminated:   {DesiredRunning: rest, DesiredStopped: rest, DesiredTerminated: rest},
	}
	for _, status := range Lifecycle().States {
		for _, desired := range AllDesired() {
			for _, phase := range Phases() {
				for _, token := range []string{"", "res/create/1"} {
					want := free[status][desired]
					if want == "terminate" && token == "" {
						want = forget
					}
					switch phase {
					case PhaseApplying, PhaseAccepted, PhaseUnknown:
						want = observe
					case PhaseFailed:
						want = rest
					case PhaseRequested, PhaseAtRest:
					}
					if status == StatusTerminated {
						want = rest
					}
					r := Resource{Status: status, Desired: desired, Phase: phase, Token: token}
					require.Equal(t, want, next(r), "%s, should be %s, %s, token %q", status, desired, phase, token)
				}
			}
		}
	}
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestATokenIsOneActions(t *testing.T) {
	t.Parallel()
	r := Resource{ID: "res_1", Version: 3, Status: StatusRunning, Phase: PhaseRequested}
	seen := map[string]bool{}
	for _, a := range []Action{ActionStop, ActionStart, ActionStop, ActionTerminate} {
		r.begin(a)
		first := r.Token
		require.False(t, seen[first], "a new action has a new token")
		require.Equal(t, fmt.Sprintf("res_1/%s/%d", a, r.Version+1), first)
		require.Equal(t, PhaseApplying, r.Phase)
		require.Equal(t, 1, r.Tries)
		seen[first] = true
		r.Version++
		r.begin(a)
		require.Equal(t, first, r.Token, "another try has the same")
		require.Equal(t, 2, r.Tries)
		r.Version += 2
	}
	require.NoError(t, r.fail("no", noon))
	r.want(DesiredTerminated, noon)
	r.begin(ActionTerminate)
	require.False(t, seen[r.Token], "what is asked for anew is a new action")
}

func TestWantLeavesWhatIsUnderWayAlone(t *testing.T) {
	t.Parallel()
	due := noon.Add(time.Hour)
	for _, phase := range Phases() {
		r := Resource{Status: StatusRunning, Desired: DesiredRunning, Phase: phase, Action: ActionStop, Token: "t", DueAt: &due, Tries: 3}
		require.True(t, r.want(DesiredTerminated, noon))
		require.Equal(t, DesiredTerminated, r.Desired)
		if phase.underWay() {
			require.Equal(t, phase, r.Phase)
			require.Equal(t, ActionStop, r.Action)
			require.Equal(t, due, *r.DueAt)
			continue
		}
		require.Equal(t, PhaseRequested, r.Phase, phase)
		require.Equal(t, noon, *r.DueAt, "due at once, whatever was waited for before")
		require.Empty(t, r.Action)
		require.Zero(t, r.Tries)
	}
}

func TestWantKeepsTheWaitOfTheSameAction(t *testing.T) {
	t.Parallel()
	due := noon.Add(time.Minute)
	r := Resource{Status: StatusProvisioning, Desired: DesiredRunning, Phase: PhaseRequested, Action: ActionCreate, Tries: 2, DueAt: &due}
	require.True(t, r.want(DesiredStopped, noon), "it is created all the same, and stopped afterwards")
	require.Equal(t, due, *r.DueAt)
	require.Equal(t, 2, r.Tries)
	require.False(t, r.want(DesiredStopped, noon), "nothing changes twice")
}

func TestWantTakesBackWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	r := Resource{Status: StatusRunning, Desired: DesiredRunning, Phase: PhaseAtRest, Token: "t"}
	require.True(t, r.want(DesiredStopped, noon))
	require.Equal(t, PhaseRequested, r.Phase)
	require.True(t, r.want(DesiredRunning, noon))
	require.Equal(t, PhaseAtRest, r.Phase)
	require.Nil(t, r.DueAt)
}
