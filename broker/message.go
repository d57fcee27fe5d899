package broker

import (
	"encoding/json"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/platforma/platforma/event"
)

// The keys of a message's metadata. Publishers hand them to the broker as
// headers, or as what it has in their place.
const (
	// ContentType is that of the payload, always [CloudEvent].
	ContentType = "content-type"
	// PartitionKey is the tenant and the subject, "ten_…/ord_…": what has the same
	// one has to stay in order. It is named as CloudEvents' extension for
	// partitioning; a publisher that partitions has to be told to use it.
	PartitionKey = "partitionkey"
	// CorrelationID ties together all that came of one request. It is the key that
	// Watermill's middleware reads and passes on; missing where the event has none.
	CorrelationID = "correlation_id"
	// Type is the event's type, and Tenant its tenant, for who filters without
	// reading the payload.
	Type   = "type"
	Tenant = "tenantid"
)

// CloudEvent is the content type of an event in CloudEvents' JSON format.
const CloudEvent = "application/cloudevents+json; charset=UTF-8"

// Message returns an event as a message: its UUID is the event's id, by which
// brokers drop repeats; the payload is what the event marshals to, CloudEvents
// 1.0 in structured mode, which the bindings to all protocols have in common; the
// metadata are those above.
func Message(e event.Event) (*message.Message, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	m := message.NewMessage(string(e.ID), payload)
	m.Metadata.Set(ContentType, CloudEvent)
	m.Metadata.Set(PartitionKey, string(e.Tenant)+"/"+e.Subject)
	m.Metadata.Set(Type, e.Type)
	m.Metadata.Set(Tenant, string(e.Tenant))
	if e.Correlation != "" {
		m.Metadata.Set(CorrelationID, e.Correlation)
	}
	return m, nil
}

// ServiceTopic is "platforma." and the event's service: one topic for all the
// types of an aggregate's events, whose order a broker keeps.
func ServiceTopic(e event.Event) string { return "platforma." + e.Service }
