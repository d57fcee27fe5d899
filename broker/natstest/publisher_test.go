package natstest

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// newPublisher is the publisher of the README.
func newPublisher(url string, logger watermill.LoggerAdapter) (message.Publisher, error) {
	return wmnats.NewPublisher(wmnats.PublisherConfig{
		URL: url,
		// While there is no connection a publication fails, and is not sent later.
		NatsOptions: []nats.Option{nats.MaxReconnects(-1), nats.ReconnectBufSize(-1)},
		// The stream drops repeats, by the event's id.
		JetStream: wmnats.JetStreamConfig{TrackMsgId: true},
	}, logger)
}

// TestThePublisherOfTheReadme has a stream drop a repeat, and does not send later
// what failed while the broker was away.
func TestThePublisherOfTheReadme(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	conn := b.connect(t)
	newStream(t, conn, time.Minute)
	p, err := newPublisher(b.url, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	publish := func(uuid string) error {
		return p.Publish("platforma.order", message.NewMessage(uuid, []byte(`{}`)))
	}
	require.NoError(t, publish("evt_1"))
	require.NoError(t, publish("evt_1"))
	b.kill(t)
	// Its own connection notices a moment after the process has ended.
	require.Eventually(t, func() bool { return publish("evt_2") != nil }, time.Minute, time.Millisecond)
	require.Error(t, publish("evt_3"))
	b.start(t)
	require.Eventually(t, func() bool { return publish("evt_4") == nil }, time.Minute, 10*time.Millisecond)
	js, err := conn.JetStream()
	require.NoError(t, err)
	back(t, conn)
	info, err := js.StreamInfo(stream)
	require.NoError(t, err)
	require.EqualValues(t, 2, info.State.Msgs, "evt_1 and evt_4")
}
