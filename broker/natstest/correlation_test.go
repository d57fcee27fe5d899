package natstest

import (
	"encoding/json"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/stretchr/testify/require"

	watermill "github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/event"
)

// TestWatermillFindsTheCorrelation has Watermill's own middleware look for it.
func TestWatermillFindsTheCorrelation(t *testing.T) {
	t.Parallel()
	m, err := watermill.Message(event.Event{ID: "evt_1", Correlation: "request-1", Data: json.RawMessage(`{}`)})
	require.NoError(t, err)
	require.Equal(t, "request-1", middleware.MessageCorrelationID(m))
}
