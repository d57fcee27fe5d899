package broker_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

const acme = "ten_01jjd4y8zxf0r8q3m5v7w9b2cd"

func placed() event.Event {
	return event.Event{
		ID: "evt_01jjd4y8zxf0r8q3m5v7w9b2ce", Service: "order", Tenant: acme, Type: "platforma.order.placed.v1",
		Subject: "ord_01jjd4y8zxf0r8q3m5v7w9b2cf", Version: 3, Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Position: 7,
		Actor: "host", Reason: "asked", Correlation: "request-1", Causation: "evt_01jjd4y8zxf0r8q3m5v7w9b2cg",
		Data: json.RawMessage(`{"version":3,"note":"<&>"}`),
	}
}

// published is what a publisher was given.
type published struct {
	topic   string
	message *message.Message
}

// recorder is a publisher that keeps what it is given, and answers.
type recorder struct {
	got    []published
	answer error
}

func (r *recorder) Publish(topic string, messages ...*message.Message) error {
	for _, m := range messages {
		r.got = append(r.got, published{topic, m})
	}
	return r.answer
}

func (*recorder) Close() error { return errors.New("the publisher is the host's to close") }

func TestAMessageIsTheEvent(t *testing.T) {
	t.Parallel()
	e := placed()
	m, err := broker.Message(e)
	require.NoError(t, err)
	require.Equal(t, string(e.ID), m.UUID)
	require.Equal(t, message.Metadata{
		"content-type":   "application/cloudevents+json; charset=UTF-8",
		"partitionkey":   string(e.Tenant) + "/" + e.Subject,
		"correlation_id": "request-1",
		"type":           e.Type,
		"tenantid":       string(e.Tenant),
	}, m.Metadata)
	var back event.Event
	require.NoError(t, json.Unmarshal(m.Payload, &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(m.Payload), string(again))
	require.Equal(t, e.Position, back.Position)

	e.Correlation = ""
	m, err = broker.Message(e)
	require.NoError(t, err)
	require.NotContains(t, m.Metadata, broker.CorrelationID)
	e.Data = json.RawMessage(`{`)
	_, err = broker.Message(e)
	require.Error(t, err)
}

func TestAnEventIsPublishedOnce(t *testing.T) {
	t.Parallel()
	var r recorder
	s := broker.Subscription("nats", &r, nil)
	require.Equal(t, event.Subscription{Name: "nats"}, event.Subscription{
		Name: s.Name, Services: s.Services, Types: s.Types, Concurrency: s.Concurrency, Timeout: s.Timeout, Latest: s.Latest,
	})
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "the handler's")
	require.NoError(t, s.Handle(ctx, placed()))
	require.Len(t, r.got, 1)
	require.Equal(t, "platforma.order", r.got[0].topic)
	require.Equal(t, string(placed().ID), r.got[0].message.UUID)
	require.Equal(t, "the handler's", r.got[0].message.Context().Value(key{}))
}

func TestWhatAHostSaysOtherwise(t *testing.T) {
	t.Parallel()
	var r recorder
	s := broker.Subscription("nats", &r, &broker.Options{
		Topic: func(e event.Event) string { return e.Type },
		Message: func(e event.Event) (*message.Message, error) {
			return message.NewMessage(e.Subject, []byte("short")), nil
		},
	})
	require.NoError(t, s.Handle(t.Context(), placed()))
	require.Len(t, r.got, 1)
	require.Equal(t, placed().Type, r.got[0].topic)
	require.Equal(t, placed().Subject, r.got[0].message.UUID)
	require.Equal(t, "short", string(r.got[0].message.Payload))
}

func TestWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	tooLarge, away := errors.New("too large"), errors.New("away")
	r := &recorder{answer: away}
	for _, o := range []*broker.Options{nil, {}, {Refused: func(err error) bool { return errors.Is(err, tooLarge) }}} {
		err := broker.Subscription("nats", r, o).Handle(t.Context(), placed())
		require.ErrorIs(t, err, away)
		require.True(t, event.Postponed(err), "a broker that is away is no event's fault")
	}
	r.answer = tooLarge
	err := broker.Subscription("nats", r, nil).Handle(t.Context(), placed())
	require.True(t, event.Postponed(err), "unless the host says so")
	s := broker.Subscription("nats", r, &broker.Options{Refused: func(err error) bool { return errors.Is(err, tooLarge) }})
	err = s.Handle(t.Context(), placed())
	require.ErrorIs(t, err, tooLarge)
	require.False(t, event.Postponed(err))
}

func TestAMessageThatCannotBeMadeIsTheEventsFault(t *testing.T) {
	t.Parallel()
	unmade := errors.New("unmade")
	for _, want := range []error{unmade, fault.ErrInvalid} {
		var r recorder
		err := broker.Subscription("nats", &r, &broker.Options{Message: func(event.Event) (*message.Message, error) {
			if errors.Is(want, unmade) {
				return nil, want
			}
			return nil, nil
		}}).Handle(t.Context(), placed())
		require.ErrorIs(t, err, want)
		require.False(t, event.Postponed(err))
		require.Empty(t, r.got)
	}
}

func TestWithoutAPublisherNothingIsSubscribed(t *testing.T) {
	t.Parallel()
	err := event.NewRelay(nil, []string{"order"}, nil).Subscribe(broker.Subscription("nats", nil, nil))
	require.ErrorIs(t, err, fault.ErrInvalid)
}
