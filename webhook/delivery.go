package webhook

import (
	"encoding/json"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID         DeliveryID `json:"id"`
	TenantID   tenant.ID  `json:"tenant_id"`
	EndpointID ID         `json:"endpoint_id"`
	// EventID is what the receiver sees as webhook-id.
	EventID      event.ID       `json:"event_id"`
	EventService string         `json:"event_service"`
	EventType    string         `json:"event_type"`
	Status       DeliveryStatus `json:"status"`
	// Tries is how often it was tried since it was last sent, those included that
	// the process did not survive.
	Tries int `json:"tries"`
	// DueAt is when it is tried next, if the endpoint is active then; nil unless it
	// is pending.
	DueAt *time.Time `json:"due_at,omitempty"`
	// Reason says why the last try failed.
	Reason      string     `json:"reason,omitempty"`
	DeliveredAt *time.Time `json:"delivered_at,omitempty"`
	// Payload is the body that is sent. It is not in what the service returns: who
	// may read of deliveries may not read all that events are about.
	Payload   json.RawMessage `json:"-"`
	Version   int64           `json:"version"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

// Attempt is one try of a delivery. It is stored before the request is made.
type Attempt struct {
	ID         AttemptID  `json:"id"`
	TenantID   tenant.ID  `json:"tenant_id"`
	EndpointID ID         `json:"endpoint_id"`
	DeliveryID DeliveryID `json:"delivery_id"`
	// Number counts the tries of a delivery since it was last sent, from 1.
	Number int `json:"number"`
	// FinishedAt is nil while the request is under way, and stays so where the
	// process did not survive it.
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	// DurationMS is how long the request took, in milliseconds.
	DurationMS int64 `json:"duration_ms"`
	// StatusCode is the HTTP status of the answer, 0 where there was none.
	StatusCode int `json:"status_code"`
	// Error says what went wrong, in words of this package's; empty is nothing.
	// What the endpoint answered is not kept.
	Error     string    `json:"error,omitempty"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// DeliveryQuery filters a list of deliveries. The zero value is all of the
// tenant's.
type DeliveryQuery struct {
	page.Request
	// Endpoint is whose deliveries are wanted; empty is any.
	Endpoint ID `json:"endpoint,omitempty"`
	// Status is the status that is wanted; empty is any.
	Status DeliveryStatus `json:"status,omitempty"`
	// Event is the event whose deliveries are wanted; empty is any.
	Event event.ID `json:"event,omitempty"`
}

// AttemptQuery filters a list of attempts. The zero value is all of the
// tenant's.
type AttemptQuery struct {
	page.Request
	// Endpoint is whose attempts are wanted; empty is any.
	Endpoint ID `json:"endpoint,omitempty"`
	// Delivery is the delivery whose attempts are wanted; empty is any.
	Delivery DeliveryID `json:"delivery,omitempty"`
}

func optionalID(f *fault.Fields, path, prefix, text string) {
	if text != "" {
		id.Check(f, path, prefix, text)
	}
}

func (q DeliveryQuery) check() error {
	var f fault.Fields
	optionalID(&f, "endpoint", prefix, string(q.Endpoint))
	optionalID(&f, "event", event.Prefix, string(q.Event))
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, DeliveryLifecycle().States...)
	}
	return f.Err("", "", "")
}

func (q AttemptQuery) check() error {
	var f fault.Fields
	optionalID(&f, "endpoint", prefix, string(q.Endpoint))
	optionalID(&f, "delivery", deliveryPrefix, string(q.Delivery))
	return f.Err("", "", "")
}

// move changes the status by an event of its table.
func (d *Delivery) move(by string, due, delivered *time.Time, reason string) (err error) {
	if d.Status, err = DeliveryLifecycle().Next(d.Status, by); err != nil {
		return err
	}
	d.DueAt, d.DeliveredAt, d.Reason = due, delivered, reason
	return nil
}

// resend has it tried anew from the beginning.
func (d *Delivery) resend(now time.Time) error {
	d.Tries = 0
	return d.move(eventResend, &now, nil, "")
}
