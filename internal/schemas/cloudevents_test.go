package schemas_test

import (
	"encoding/json"
	"regexp"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// attribute is the form of names that CloudEvents 1.0 asks for.
var attribute = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// What an event marshals is an event to the official SDK, and what that
// marshals is the same event again.
func TestEventsAreCloudEvents(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, e := range events(t) {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		var parsed cloudevents.Event
		require.NoError(t, json.Unmarshal(text, &parsed), "%s", text)
		require.NoError(t, parsed.Validate(), "%s", text)
		require.Equal(t, "1.0", parsed.SpecVersion())
		require.Equal(t, string(e.ID), parsed.ID())
		require.Equal(t, e.Type, parsed.Type())
		require.Equal(t, e.Source(), parsed.Source())
		require.Equal(t, e.Subject, parsed.Subject())
		require.True(t, e.Time.Equal(parsed.Time()), "%s", e.Time)
		require.Equal(t, "application/json", parsed.DataContentType())
		require.JSONEq(t, string(e.Data), string(parsed.Data()))
		for name, value := range parsed.Extensions() {
			found[name] = true
			require.Regexp(t, attribute, name)
			require.IsType(t, "", value, name)
		}

		again, err := json.Marshal(parsed)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(again))
		var back event.Event
		require.NoError(t, json.Unmarshal(again, &back))
		require.JSONEq(t, string(e.Data), string(back.Data))
		back.Data = e.Data
		require.Equal(t, e, back)
	}
	require.Equal(t, map[string]bool{
		"tenantid": true, "sequence": true, "actor": true, "reason": true, "correlationid": true, "causationid": true,
	}, found)
}

// Several events are a batch of the JSON format of CloudEvents.
func TestEventsAreABatch(t *testing.T) {
	t.Parallel()
	all := events(t)
	text, err := json.Marshal(all)
	require.NoError(t, err)
	var parsed []cloudevents.Event
	require.NoError(t, json.Unmarshal(text, &parsed))
	require.Len(t, parsed, len(all))
	for i := range parsed {
		require.NoError(t, parsed[i].Validate())
		require.Equal(t, string(all[i].ID), parsed[i].ID())
	}
}
