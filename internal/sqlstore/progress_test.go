package sqlstore

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// A lane may have been stored by a process that did not count what was postponed,
// and be read by one.
func TestProgressOfOlderProcesses(t *testing.T) {
	t.Parallel()
	var p progress
	require.NoError(t, json.Unmarshal([]byte(`{"done":[3],"failing":[[2,4,1000000]],"careful":7}`), &p))
	require.Equal(t, event.Progress{
		Done: []int64{3}, Failing: []event.Failing{{Position: 2, Attempts: 4, Retry: time.Unix(1, 0).UTC()}}, Careful: 7,
	}, p.progress())

	text, err := json.Marshal(progressOf(event.Progress{
		Failing: []event.Failing{{Position: 2, Attempts: 4, Postponed: 5, Retry: time.Unix(1, 0).UTC()}},
	}))
	require.NoError(t, err)
	require.JSONEq(t, `{"failing":[[2,4,1000000,5]]}`, string(text))
	var older struct {
		Failing [][3]int64 `json:"failing"`
	}
	require.NoError(t, json.Unmarshal(text, &older))
	require.Equal(t, [][3]int64{{2, 4, 1_000_000}}, older.Failing)
}
