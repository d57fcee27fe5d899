package event_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// ending is a store that leases lanes as the work is told to stop: whose context
// ends before the answer does not hear it.
type ending struct {
	*memory

	stop context.CancelFunc
}

func (s ending) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	lanes, err := s.memory.Claim(ctx, c)
	s.stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return lanes, err
}

func TestLanesThatAreClaimedAtTheEndAreGivenBack(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]func(*event.Relay, context.Context){
		"run":  func(r *event.Relay, ctx context.Context) { r.Run(ctx, 1, func() {}) },
		"step": func(r *event.Relay, ctx context.Context) { _, _ = r.Step(ctx, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(acme)
			m.add(acme, 3)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := event.NewRelay(ending{m, cancel}, []string{"order"}, &event.RelayOptions{Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, r.Subscribe(event.Subscription{Name: "s", Handle: nothing}))
			work(r, ctx)
			require.Equal(t, 1, m.calls["Claim"])
			require.Equal(t, lane{}, m.at(acme), "no other process has to wait for its lease")
		})
	}
}
