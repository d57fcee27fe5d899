package resource

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/state"
)

// walk tries every event of a table in every state; legal says where it leads,
// and all else must be refused.
func walk[S ~string](t *testing.T, m state.Machine[S], initial S, legal map[S]map[string]S) {
	t.Helper()
	require.Equal(t, initial, m.Initial)
	require.Len(t, legal, len(m.States))
	for _, from := range m.States {
		for _, event := range m.Events() {
			to, err := m.Next(from, event)
			want, ok := legal[from][event]
			if ok {
				require.NoError(t, err, "%s in %s", event, from)
				require.Equal(t, want, to, "%s in %s", event, from)
				continue
			}
			require.ErrorIs(t, err, fault.ErrState, "%s in %s", event, from)
			require.Equal(t, from, to)
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			for _, possible := range m.Possible(from) {
				require.Contains(t, e.Error(), possible)
			}
		}
	}
	_, err := m.Next("nowhere", m.Events()[0])
	require.ErrorIs(t, err, fault.ErrState)
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	walk(t, Lifecycle(), StatusProvisioning, map[Status]map[string]Status{
		StatusProvisioning: {"provisioned": StatusRunning, "fail": StatusError, "terminate": StatusTerminated},
		StatusRunning:      {"stop": StatusStopped, "fail": StatusError, "terminate": StatusTerminated},
		StatusStopped:      {"start": StatusRunning, "fail": StatusError, "terminate": StatusTerminated},
		StatusError:        {"fail": StatusError, "terminate": StatusTerminated},
		StatusTerminated:   {},
	})
}

func TestClusterLifecycle(t *testing.T) {
	t.Parallel()
	walk(t, ClusterLifecycle(), ClusterActive, map[ClusterStatus]map[string]ClusterStatus{
		ClusterActive:   {"drain": ClusterDraining, "take_offline": ClusterOffline},
		ClusterDraining: {"activate": ClusterActive, "take_offline": ClusterOffline},
		ClusterOffline:  {"activate": ClusterActive},
	})
}

func TestNetworkLifecycle(t *testing.T) {
	t.Parallel()
	walk(t, NetworkLifecycle(), NetworkActive, map[NetworkStatus]map[string]NetworkStatus{
		NetworkActive: {"close": NetworkClosed},
		NetworkClosed: {"activate": NetworkActive},
	})
}

func TestInstanceLifecycle(t *testing.T) {
	t.Parallel()
	walk(t, InstanceLifecycle(), InstanceRunning, map[InstanceStatus]map[string]InstanceStatus{
		InstanceRunning:    {"stop": InstanceStopped, "terminate": InstanceTerminated},
		InstanceStopped:    {"start": InstanceRunning, "terminate": InstanceTerminated},
		InstanceTerminated: {},
	})
}
