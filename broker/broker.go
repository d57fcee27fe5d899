// Package broker publishes events to message brokers, through any publisher of
// Watermill: NATS, Kafka, AMQP, Redis, Google Cloud Pub/Sub, and others.
//
//	err := p.Events.Subscribe(broker.Subscription("broker", publisher, nil))
//
// A broker is a subscription like any other: it has a durable cursor for each
// service and tenant, begins with the first event that there is, and loses none.
// A message is the event as CloudEvents 1.0 in structured mode; see [Message].
//
// # Order
//
// An event is published when the publisher has taken the one before it. All of a
// service and tenant are published in the order of their sequence; with a
// Concurrency above 1 those of one aggregate are, beside those of others. A
// broker keeps that order within a topic (NATS: a stream), or within a partition
// of it: the default topic is the service's, and [PartitionKey] is the same for
// all events of an aggregate.
//
// # Repeats
//
// Events are published at least once. After a crash, or where an answer was
// lost, a message comes again with the same UUID, which is the event's id:
// possibly after later ones. A broker that drops repeats by that id does so
// within its window; beyond it a consumer skips, for each source, or for each
// source and subject, what has a sequence that is not higher than the last.
//
// # A broker that is away
//
// An error of the publisher is not the event's fault: it is postponed, by
// [event.Postpone], and published again after the relay's backoff, up to five
// minutes, for as long as it takes. It never becomes a dead letter, unless
// [Options].Refused says that the error is the event's own.
//
// The publisher must wait for the broker to have the message, and must end by
// itself: [message.Publisher] has no deadline. Its messages carry the handler's
// context, which ends after the subscription's Timeout. A publisher that hangs
// longer holds its lane, since what it was given may still arrive, and the relay
// logs it.
package broker

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

// Options are how events are published; nil means the defaults.
type Options struct {
	// Topic is where an event is published; nil is [ServiceTopic]. With one for
	// each type, brokers that keep order within a topic keep none between an
	// aggregate's types.
	Topic func(e event.Event) string
	// Message makes the message of an event; nil is [Message]. Its UUID must be the
	// same each time, and should be the event's id. An error is the event's fault,
	// and so is nil without one.
	Message func(e event.Event) (*message.Message, error)
	// Refused says of an error of the publisher that it is the event's own, as with
	// a message that is too large: it counts as an attempt, and the event becomes a
	// dead letter after the last one. Nil is none.
	Refused func(err error) bool
}

// Subscription returns a subscription that publishes all events under a durable
// name; under another it begins anew. Its fields may be changed before it is
// subscribed: Services and Types choose among the events, Concurrency publishes
// those of several aggregates of a tenant at once.
//
// The publisher is the host's to close, after the platform. It must be safe for
// concurrent use, as [message.Publisher] says; without one, the subscription is
// refused with [fault.ErrInvalid].
func Subscription(name string, publisher message.Publisher, o *Options) event.Subscription {
	s := event.Subscription{Name: name}
	if publisher == nil {
		return s
	}
	p := &publishing{publisher: publisher, topic: ServiceTopic, message: Message, refused: func(error) bool { return false }}
	if o != nil {
		if o.Topic != nil {
			p.topic = o.Topic
		}
		if o.Message != nil {
			p.message = o.Message
		}
		if o.Refused != nil {
			p.refused = o.Refused
		}
	}
	s.Handle = p.publish
	return s
}

// publishing is a subscription at work.
type publishing struct {
	publisher message.Publisher
	topic     func(event.Event) string
	message   func(event.Event) (*message.Message, error)
	refused   func(error) bool
}

// publish is an event.Handler.
func (p *publishing) publish(ctx context.Context, e event.Event) error {
	m, err := p.message(e)
	if err == nil && m == nil {
		err = fault.New(fault.ErrInvalid, "Options.Message made no message")
	}
	if err != nil {
		return err
	}
	m.SetContext(ctx)
	if err := p.publisher.Publish(p.topic(e), m); err != nil {
		if p.refused(err) {
			return err
		}
		return event.Postpone(err)
	}
	return nil
}
