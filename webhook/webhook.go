// Package webhook sends a tenant's events to the tenant's own servers: signed
// POST requests in the form of the Standard Webhooks specification
// (https://www.standardwebhooks.com), whose body is the event as CloudEvents
// JSON.
//
// A tenant has endpoints. A durable subscription stores, for each event and each
// active endpoint that wants it, one delivery; a [Worker] tries to make the
// deliveries, again and again by a schedule, and keeps a log of its tries. A
// receiver sees each event at least once, in no particular order, and tells
// repeats by the header webhook-id. In Go it checks requests with [Verify].
//
// Endpoints are addresses that tenants choose, and the requests come from inside
// the host's network: unless the host allows it, nothing is sent to an address
// that is not public, which is decided about the address that is dialled.
package webhook

import (
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/tenant"
)

// ID names an endpoint: "hook_" and 26 characters.
type ID string

// DeliveryID names a delivery: "dlv_" and 26 characters.
type DeliveryID string

// AttemptID names an attempt: "try_" and 26 characters.
type AttemptID string

const (
	prefix         = "hook"
	deliveryPrefix = "dlv"
	attemptPrefix  = "try"
)

// ParseID refuses what is not an endpoint's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// ParseDeliveryID refuses what is not a delivery's id with [fault.ErrInvalid].
func ParseDeliveryID(text string) (DeliveryID, error) {
	return DeliveryID(text), id.Parse(deliveryPrefix, text)
}

// UnmarshalText is [ParseDeliveryID] for decoders.
func (i *DeliveryID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseDeliveryID(string(text))
	return err
}

const (
	service        = "webhook"
	entity         = "endpoint"
	deliveryEntity = "delivery"
	attemptEntity  = "attempt"
	keysEntity     = "keys"
)

// Subscription is the durable name of the subscription that hears of all events.
const Subscription = "webhook.delivers"

// Permissions are the operations of the service.
func Permissions() []tenant.Permission {
	return []tenant.Permission{
		"webhook.create", "webhook.get", "webhook.list", "webhook.update", "webhook.pause", "webhook.resume", "webhook.delete",
		"webhook.secret", "webhook.rotate", "webhook.ping",
		"webhook.delivery.get", "webhook.delivery.list", "webhook.delivery.resend", "webhook.deliver",
	}
}
