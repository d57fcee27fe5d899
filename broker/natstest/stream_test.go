package natstest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// stream is the name of the stream, which takes all topics.
const stream = "PLATFORMA"

// connect connects as a host should: a publication fails at once while there is no
// connection, and is not sent later.
func (b *broker) connect(t *testing.T) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(b.url, nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // it is about to be killed
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// publisher returns Watermill's publisher on a connection, which waits so long for
// an answer.
func publisher(t *testing.T, conn *nats.Conn, wait time.Duration) *wmnats.Publisher {
	t.Helper()
	p, err := wmnats.NewPublisherWithNatsConn(conn, wmnats.PublisherPublishConfig{
		Marshaler: &wmnats.NATSMarshaler{}, SubjectCalculator: wmnats.DefaultSubjectCalculator,
		JetStream: wmnats.JetStreamConfig{TrackMsgId: true, ConnectOptions: []nats.JSOpt{nats.MaxWait(wait)}},
	}, watermill.NopLogger{})
	require.NoError(t, err)
	return p
}

// newStream makes the stream, which drops repeats within a time.
func newStream(t *testing.T, conn *nats.Conn, window time.Duration) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: stream, Subjects: []string{"platforma.>"}, Storage: jetstream.FileStorage, Duplicates: window,
	})
	require.NoError(t, err)
}

// back waits until the server has the stream again: it takes connections before.
func back(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := js.Stream(t.Context(), stream)
		return err == nil
	}, time.Minute, 10*time.Millisecond)
}

// received is a message of the stream.
type received struct {
	event.Event

	subject, id, payload string
	header               nats.Header
}

// contents reads the whole stream, in order.
func contents(t *testing.T, conn *nats.Conn) (all []received) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	left := s.CachedInfo().State.Msgs
	reader, err := s.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
	require.NoError(t, err)
	for left > 0 {
		batch, err := reader.Fetch(int(min(left, 500)), jetstream.FetchMaxWait(10*time.Second))
		require.NoError(t, err)
		got := 0
		for m := range batch.Messages() {
			r := received{
				subject: m.Subject(), id: m.Headers().Get(nats.MsgIdHdr), payload: string(m.Data()), header: m.Headers(),
			}
			require.NoError(t, json.Unmarshal(m.Data(), &r.Event))
			all = append(all, r)
			got++
		}
		require.NoError(t, batch.Error())
		require.Positive(t, got, "the stream has less than it says")
		left -= uint64(got)
	}
	return all
}

// verify compares the stream with the events that there are: all arrived, nothing
// else did, and the first copies of one key's are in order. It returns how many
// came again.
func verify(t *testing.T, stream []received, events []event.Event, key func(event.Event) string) (repeats int) {
	t.Helper()
	missing := map[event.ID]string{}
	for _, e := range events {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		missing[e.ID] = string(text)
	}
	seen, last := map[event.ID]string{}, map[string]int64{}
	for _, r := range stream {
		require.Equal(t, string(r.ID), r.id, "brokers drop repeats by it")
		require.Equal(t, "platforma."+r.Service, r.subject)
		if first, again := seen[r.ID]; again {
			require.Equal(t, first, r.payload, "a repeat is the same")
			repeats++
			continue
		}
		require.Equal(t, missing[r.ID], r.payload, "what was published is what happened")
		require.Greater(t, r.Position, last[key(r.Event)], "in order: %s", key(r.Event))
		seen[r.ID], last[key(r.Event)] = r.payload, r.Position
		delete(missing, r.ID)
	}
	require.Empty(t, missing, "lost")
	return repeats
}
