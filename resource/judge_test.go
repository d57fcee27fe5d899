package resource

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJudge walks every action and everything that can be seen of it, after a
// call whose outcome is not known, and after one that was accepted.
func TestJudge(t *testing.T) {
	t.Parallel()
	const gone Status = ""
	type results struct{ unknown, accepted Result }
	waiting := results{Retry, Accepted}
	always := func(r Result) results { return results{r, r} }
	table := map[Action]map[Status]results{
		ActionCreate: {
			gone: waiting, StatusProvisioning: always(Accepted), StatusRunning: always(Done), StatusStopped: always(Done),
			StatusError: always(Failed), StatusTerminated: always(Failed),
		},
		ActionStart: {
			gone: always(Failed), StatusProvisioning: always(Accepted), StatusRunning: always(Done), StatusStopped: waiting,
			StatusError: always(Failed), StatusTerminated: always(Failed),
		},
		ActionStop: {
			gone: always(Failed), StatusProvisioning: always(Accepted), StatusRunning: waiting, StatusStopped: always(Done),
			StatusError: always(Failed), StatusTerminated: always(Failed),
		},
		ActionTerminate: {
			gone: always(Done), StatusProvisioning: always(Accepted), StatusRunning: waiting, StatusStopped: waiting,
			StatusError: waiting, StatusTerminated: always(Done),
		},
	}
	for _, action := range Actions() {
		for _, status := range append(Lifecycle().States, gone) {
			want, ok := table[action][status]
			require.True(t, ok, "%s sees %q", action, status)
			seen := Observation{Exists: status != gone, Status: status, ExternalID: "x", Network: &NetworkInfo{MAC: "m"}, Reason: "r"}
			for phase, result := range map[Phase]Result{
				PhaseUnknown: want.unknown, PhaseApplying: want.unknown, PhaseAccepted: want.accepted,
			} {
				o := judge(Resource{Action: action, Phase: phase}, seen)
				require.Equal(t, result, o.Result, "%s sees %q, %s", action, status, phase)
				require.Equal(t, seen.Exists, o.ExternalID == "x" && o.Network != nil, "what is said of nothing is nothing")
				require.Equal(t, action == ActionCreate && status == StatusStopped, o.stopped)
				require.Equal(t, "r", o.Reason)
			}
		}
	}
}

func TestJudgeNamesWhatFailed(t *testing.T) {
	t.Parallel()
	o := judge(Resource{Action: ActionStop, Phase: PhaseUnknown}, Observation{})
	require.Equal(t, Outcome{Result: Failed, Reason: "the back end reports the status terminated"}, o)
	o = judge(Resource{Action: ActionStop, Phase: PhaseUnknown}, Observation{Exists: true, Status: "melting"})
	require.Equal(t, Outcome{Result: Unknown, Reason: `the provisioner reports the status "melting"`}, o)
}
