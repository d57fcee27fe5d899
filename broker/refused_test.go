package broker_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

var errTooLarge = errors.New("too large")

// picky is a publisher that refuses the second message, until it is told not to.
type picky struct {
	recorder

	mu       sync.Mutex
	refuse   string
	tolerant bool
}

func (p *picky) Publish(topic string, messages ...*message.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) == 1 && p.refuse == "" {
		p.refuse = messages[0].UUID
	}
	if messages[0].UUID == p.refuse && !p.tolerant {
		return errTooLarge
	}
	return p.recorder.Publish(topic, messages...)
}

func TestARefusedEventIsPutAside(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), sqlite.Memory, nil)
	require.NoError(t, err)
	p, err := platforma.New(db, &platforma.Options{
		Logger: slog.New(slog.DiscardHandler), Relay: &event.RelayOptions{Attempts: 3},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	var publisher picky
	s := broker.Subscription("broker", &publisher, &broker.Options{
		Refused: func(err error) bool { return errors.Is(err, errTooLarge) },
	})
	s.Types = []string{"platforma.customer.*"}
	require.NoError(t, p.Events.Subscribe(s))
	acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme Cloud"})
	require.NoError(t, err)
	ctx := tenant.NewContext(t.Context(), acme.ID)
	for _, email := range []string{"ada@example.com", "grace@example.com", "edith@example.com"} {
		_, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: email})
		require.NoError(t, err)
	}
	settling, cancel := context.WithTimeout(ctx, time.Minute) // an event that was postponed is never settled
	defer cancel()
	require.NoError(t, p.Settle(settling))
	require.Len(t, publisher.got, 2, "those after it go on")
	dead, err := p.Events.DeadLetters(ctx, page.Request{})
	require.NoError(t, err)
	require.Len(t, dead.Items, 1)
	require.Equal(t, publisher.refuse, string(dead.Items[0].Event))
	require.Equal(t, 3, dead.Items[0].Attempts)

	publisher.tolerant = true
	require.NoError(t, p.Events.Redeliver(ctx, dead.Items[0]))
	require.Equal(t, publisher.refuse, publisher.got[2].message.UUID, "once the broker takes it")
}
