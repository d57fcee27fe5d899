package event

import (
	"bytes"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALongCallGivesItsPlaceAwayAndIsComplainedOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		places := newSlots(1, time.Second)
		place := places.take()
		l := &listener{Subscription: Subscription{Name: "slow"}, timeout: 10 * time.Second}
		calls := newWatch(t.Context(), l, slog.New(slog.NewTextHandler(&said, nil)), place)
		text := func() string {
			calls.mu.Lock()
			defer calls.mu.Unlock()
			defer said.Reset()
			return said.String()
		}
		passes := func(of time.Duration) {
			time.Sleep(of)
			synctest.Wait()
		}

		calls.begin(&Event{ID: "evt_1"})
		passes(time.Second - 1)
		calls.end()
		calls.begin(&Event{ID: "evt_2"})
		passes(time.Second - 1)
		require.Len(t, places.places, 1, "two short calls are no long one")
		passes(1)
		require.Empty(t, places.places, "the place is another's")
		require.Len(t, places.slow, 1)
		passes(19*time.Second - 1)
		require.Empty(t, text())
		passes(1)
		complaint := text()
		require.Contains(t, complaint, "a handler does not heed the end of its context")
		require.Contains(t, complaint, "event=evt_2")
		calls.end()
		passes(time.Hour)
		calls.begin(&Event{ID: "evt_3"})
		passes(20 * time.Second)
		require.Contains(t, text(), "event=evt_3")
		require.Len(t, places.slow, 1, "it has but one place to give")
		calls.end()
		place.leave()
		require.Empty(t, places.slow)
	})
}
