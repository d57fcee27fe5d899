package order

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/state"
)

func TestEveryStatusAndEvent(t *testing.T) {
	t.Parallel()
	walk(t, Lifecycle(), map[Status]map[string]Status{
		StatusPending:     {"start": StatusProcessing, "cancel": StatusCancelled},
		StatusProcessing:  {"provision": StatusProvisioned, "fail": StatusFailed, "cancel": StatusCancelled},
		StatusProvisioned: {},
		StatusFailed:      {"retry": StatusProcessing, "cancel": StatusCancelled},
		StatusCancelled:   {},
	})
	walk(t, ItemLifecycle(), map[ItemStatus]map[string]ItemStatus{
		ItemPending:     {"start": ItemProcessing, "cancel": ItemCancelled},
		ItemProcessing:  {"provision": ItemProvisioned, "fail": ItemFailed, "cancel": ItemCancelled},
		ItemProvisioned: {"fail": ItemFailed, "cancel": ItemCancelled},
		ItemFailed:      {"retry": ItemProcessing, "cancel": ItemCancelled},
		ItemCancelled:   {"retry": ItemProcessing},
	})
}

func walk[S ~string](t *testing.T, m state.Machine[S], want map[S]map[string]S) {
	t.Helper()
	require.Len(t, want, len(m.States))
	require.Equal(t, []string{"start", "provision", "fail", "retry", "cancel"}, m.Events())
	for _, from := range m.States {
		for _, event := range append(m.Events(), "unknown") {
			to, err := m.Next(from, event)
			if expected, legal := want[from][event]; legal {
				require.NoError(t, err)
				require.Equal(t, expected, to, "%s %s", from, event)
				continue
			}
			require.ErrorIs(t, err, fault.ErrState, "%s %s", from, event)
			require.Equal(t, from, to, "a refused event leads nowhere")
			require.ErrorContains(t, err, event+" is not possible from "+string(from))
		}
	}
}

func TestEveryStatusHasItsPhases(t *testing.T) {
	t.Parallel()
	for _, s := range Lifecycle().States {
		require.NotEmpty(t, Phases(s), s)
	}
	require.Nil(t, Phases("unknown"))
}
