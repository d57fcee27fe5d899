package events_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/tenant"
)

// BenchmarkEventsLatency is how long after its commit an event is with its
// handler, in the process that committed and where nothing else is to do.
func BenchmarkEventsLatency(b *testing.B) {
	onEach(b, func(b *testing.B, s site) {
		b.Helper()
		p := platform(b, s, platformatest.Options())
		arrived := make(chan time.Time, 1)
		require.NoError(b, p.Events.Subscribe(event.Subscription{
			Name: "mirror", Services: []string{"customer"}, Handle: func(context.Context, event.Event) error {
				arrived <- time.Now()
				return nil
			},
		}))
		ids := tenants(b, p, 1)
		ctx, stop := context.WithCancel(tenant.NewContext(b.Context(), ids[0]))
		var running sync.WaitGroup
		running.Go(func() { require.NoError(b, p.Run(ctx)) })
		defer running.Wait()
		defer stop()
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			_, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: fmt.Sprintf("grace-%d@example.com", i)})
			committed := time.Now()
			require.NoError(b, err)
			took = append(took, (<-arrived).Sub(committed))
			time.Sleep(5 * time.Millisecond) // until nothing is under way
		}
		slices.Sort(took)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
		b.ReportMetric(float64(took[len(took)*9/10].Microseconds()), "p90-µs")
	})
}
