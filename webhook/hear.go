package webhook

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Hear stores a delivery of an event for each active endpoint that wants it and
// was there when it happened. It makes one write, which keeps the receipt of the
// event too, or none where nobody wants the event. It is called in the system's
// scope, by the handler of [Subscription].
//
// An event costs one trip where the tenant has no endpoint that wants it, else
// two.
func (s *Service) Hear(ctx context.Context, e event.Event) (err error) {
	access, err := s.gate.Write(ctx, "webhook.deliver")
	if err != nil {
		return err
	}
	defer access.End(&err, deliveryEntity, "")
	active, err := s.store.List(ctx, Query{Status: StatusActive}, page.Window{Limit: MaxEndpoints})
	if err != nil {
		return err
	}
	active = slices.DeleteFunc(active, func(of Endpoint) bool { return !of.hears(e) })
	if len(active) == 0 {
		return nil
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return &fault.Error{Kind: fault.ErrInvalid, Err: err}
	}
	deliveries := make([]Delivery, len(active))
	for i, of := range active {
		deliveries[i] = newDelivery(&access, of, e, payload)
	}
	return write(ctx, s.store, &access, nil, Changes{NewDeliveries: deliveries})
}

func newDelivery(access *tenant.Access, of Endpoint, e event.Event, payload []byte) Delivery {
	now := access.Now
	return Delivery{
		ID: DeliveryID(access.NewID(deliveryPrefix)), TenantID: of.TenantID, EndpointID: of.ID,
		EventID: e.ID, EventService: e.Service, EventType: e.Type, Status: DeliveryLifecycle().Initial, DueAt: &now,
		Payload: payload, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// Ping sends an active endpoint an event of the type
// "platforma.webhook.endpoint.ping.v1", whatever types it wants, to see whether
// it is there. One that is not active is [fault.ErrState].
func (s *Service) Ping(ctx context.Context, id ID) (d Delivery, err error) {
	access, err := s.gate.Write(ctx, "webhook.ping")
	if err != nil {
		return Delivery{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Delivery{}, err
	}
	e, err := s.store.Get(ctx, id)
	if err != nil {
		return Delivery{}, err
	}
	if e.Status != StatusActive {
		return Delivery{}, fault.New(fault.ErrState, "only an active endpoint is sent to, this one is "+string(e.Status))
	}
	data := `{"endpoint_id":"` + string(e.ID) + `","version":` + strconv.FormatInt(e.Version, 10) + `}`
	ping := event.Event{
		ID: event.ID(access.NewID(event.Prefix)), Service: service, Tenant: e.TenantID, Type: event.TypeOf(service, EventPing),
		Subject: string(e.ID), Version: e.Version, Time: access.Now, Actor: access.Scope.Actor, Data: json.RawMessage(data),
	}
	payload, err := json.Marshal(ping)
	if err != nil {
		return Delivery{}, &fault.Error{Kind: fault.ErrInvalid, Err: err}
	}
	d = newDelivery(&access, e, ping, payload)
	err = write(ctx, s.store, &access, nil, Changes{NewDeliveries: []Delivery{d}})
	return d.told(), err
}

// told is a delivery as the service tells of it.
func (d Delivery) told() Delivery {
	d.Payload = nil
	return d
}
