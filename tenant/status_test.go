package tenant

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/state"
)

// walk tries every event in every state: what is not in the table of where
// they lead must be refused.
func walk[S ~string](t *testing.T, m state.Machine[S], leads map[string]S) {
	t.Helper()
	seen := 0
	for _, from := range m.States {
		for _, event := range m.Events() {
			move := fmt.Sprintf("%s %s", from, event)
			to, err := m.Next(from, event)
			want, legal := leads[move]
			if !legal {
				require.ErrorIs(t, err, fault.ErrState, move)
				require.Equal(t, from, to, move)
				continue
			}
			seen++
			require.NoError(t, err, move)
			require.Equal(t, want, to, move)
		}
	}
	require.Equal(t, len(leads), seen, "every row is of a state and an event")
	require.Contains(t, m.States, m.Initial)
}

func TestTheLifeOfATenant(t *testing.T) {
	t.Parallel()
	m := Lifecycle()
	require.Equal(t, []Status{Active, Suspended, Archived}, m.States)
	require.Equal(t, []Status{"active", "suspended", "archived"}, m.States)
	require.Equal(t, Active, m.Initial)
	require.Equal(t, []string{"suspend", "reactivate", "archive"}, m.Events())
	walk(t, m, map[string]Status{
		"active suspend": Suspended, "active archive": Archived,
		"suspended suspend": Suspended, "suspended reactivate": Active, "suspended archive": Archived,
	})
}

func TestTheLifeOfAUser(t *testing.T) {
	t.Parallel()
	m := UserLifecycle()
	require.Equal(t, []UserStatus{"invited", "active", "disabled"}, m.States)
	require.Equal(t, UserInvited, m.Initial)
	require.Equal(t, []string{"activate", "disable"}, m.Events())
	walk(t, m, map[string]UserStatus{
		"invited activate": UserActive, "disabled activate": UserActive,
		"invited disable": UserDisabled, "active disable": UserDisabled,
	})
}
