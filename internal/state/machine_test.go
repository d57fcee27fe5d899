package state_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/state"
)

type light string

func lights() state.Machine[light] {
	return state.Machine[light]{
		Entity: "light", Initial: "red", States: []light{"red", "green", "dark"},
		Transitions: []state.Transition[light]{
			{Event: "go", From: []light{"red"}, To: "green"},
			{Event: "stop", From: []light{"red", "green"}, To: "red"},
			{Event: "break", From: []light{"red"}, To: "dark"},
			{Event: "break", From: []light{"green"}, To: "red"},
		},
	}
}

func TestNextWalksTheTable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		from  light
		event string
		to    light
		why   string
	}{
		{from: "red", event: "go", to: "green"},
		{from: "red", event: "stop", to: "red"},
		{from: "red", event: "break", to: "dark"},
		{from: "green", event: "go", why: "go is not possible from green to green: stop, break is possible"},
		{from: "green", event: "stop", to: "red"},
		{from: "green", event: "break", to: "red"},
		{from: "dark", event: "go", why: "go is not possible from dark to green: nothing more is possible"},
		{from: "dark", event: "stop", why: "stop is not possible from dark to red: nothing more is possible"},
		{from: "dark", event: "break", why: "break is not possible from dark to red: nothing more is possible"},
		{from: "red", event: "fly", why: "fly is not possible from red to : go, stop, break is possible"},
		{from: "", event: "go", why: "go is not possible from  to green: nothing more is possible"},
	} {
		to, err := lights().Next(row.from, row.event)
		if row.why == "" {
			require.NoError(t, err)
			require.Equal(t, row.to, to)
			continue
		}
		require.Equal(t, row.from, to, "it stays where it is")
		require.ErrorIs(t, err, fault.ErrState)
		require.EqualError(t, err, "light: not possible in this state: "+row.why)
	}
}

func TestPossibleAndEventsKeepTheTablesOrder(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"go", "stop", "break"}, lights().Possible("red"))
	require.Equal(t, []string{"stop", "break"}, lights().Possible("green"))
	require.Empty(t, lights().Possible("dark"))
	require.Empty(t, lights().Possible("blue"))
	require.Equal(t, []string{"go", "stop", "break"}, lights().Events())
	require.Empty(t, state.Machine[light]{}.Events())
}

func ExampleMachine_Mermaid() {
	fmt.Print(lights().Mermaid())
	// Output:
	// stateDiagram-v2
	//     [*] --> red
	//     red --> green: go
	//     red --> red: stop
	//     green --> red: stop
	//     red --> dark: break
	//     green --> red: break
	//     dark --> [*]
}
