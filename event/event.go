// Package event is how the services speak to each other and to the world: the
// envelope (CloudEvents 1.0), what is committed together with a change, the
// subscriptions, and the relay that carries one to the other.
//
// A change and its events are stored in one atomic step. The relay delivers
// them at least once, in order for each aggregate, never before the commit and
// never for what rolled back.
package event

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/scope"
)

// ID names an event: "evt_" and 26 characters.
type ID string

// Prefix begins every event id.
const Prefix = "evt"

// ParseID refuses what is not an event's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(Prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// Event says that something happened to one aggregate. Its JSON form is a
// CloudEvents 1.0 event.
type Event struct {
	// ID is the event's id; with Source it is unique.
	ID ID
	// Service is the service whose aggregate it is: "order".
	Service string
	// Tenant is whose aggregate it is.
	Tenant scope.TenantID
	// Type is what happened, with the version of Data's shape:
	// "platforma.order.placed.v1".
	Type string
	// Subject is the aggregate's id.
	Subject string
	// Version is the aggregate's version after the change.
	Version int64
	// Time is when it happened.
	Time time.Time
	// Position is the event's place among its service's events of its tenant,
	// gap-free from 1; 0 until it has been given one.
	Position int64
	// Actor is who did it, Reason why, as the scope said.
	Actor, Reason string
	// Correlation ties together all that came of one request; Causation is the
	// id of the event that caused this one.
	Correlation, Causation string
	// Data is the whole aggregate after the change, as JSON.
	Data json.RawMessage
}

// Source is where the event comes from: "/order/ten_…".
func (e Event) Source() string { return "/" + e.Service + "/" + string(e.Tenant) }

// cloudEvent is the JSON form, by CloudEvents 1.0 and its JSON event format.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              ID              `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	TenantID        scope.TenantID  `json:"tenantid"`
	Sequence        string          `json:"sequence,omitempty"`
	Actor           string          `json:"actor,omitempty"`
	Reason          string          `json:"reason,omitempty"`
	Correlation     string          `json:"correlationid,omitempty"`
	Causation       string          `json:"causationid,omitempty"`
	Data            json.RawMessage `json:"data"`
}

// MarshalJSON writes a CloudEvents 1.0 event. The sequence is the position,
// zero-padded to 19 digits so that it sorts as text.
func (e Event) MarshalJSON() ([]byte, error) {
	c := cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: e.Source(), Type: e.Type, Subject: e.Subject, Time: e.Time,
		DataContentType: "application/json", TenantID: e.Tenant, Actor: e.Actor, Reason: e.Reason,
		Correlation: e.Correlation, Causation: e.Causation, Data: e.Data,
	}
	if e.Position > 0 {
		c.Sequence = sequence(e.Position)
	}
	return json.Marshal(c)
}

func sequence(position int64) string { return fmt.Sprintf("%019d", position) }

// UnmarshalJSON reads what MarshalJSON wrote. Anything else is
// [fault.ErrInvalid].
func (e *Event) UnmarshalJSON(text []byte) error {
	var c cloudEvent
	if err := json.Unmarshal(text, &c); err != nil {
		return &fault.Error{Entity: "event", Kind: fault.ErrInvalid, Err: err}
	}
	position, ok := c.position()
	if !ok {
		return fault.New(fault.ErrInvalid, "the event's sequence is no position")
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(c.Source, "/"), "/")
	var body struct {
		Version int64 `json:"version"`
	}
	read := Event{
		ID: c.ID, Service: service, Tenant: c.TenantID, Type: c.Type, Subject: c.Subject,
		Time: c.Time, Position: position, Actor: c.Actor, Reason: c.Reason,
		Correlation: c.Correlation, Causation: c.Causation, Data: c.Data,
	}
	switch {
	case c.SpecVersion != "1.0", c.ID == "", c.Type == "", service == "", c.TenantID == "", c.Source != read.Source(),
		json.Unmarshal(c.Data, &body) != nil:
		return fault.New(fault.ErrInvalid, "not an event of this library")
	}
	read.Version = body.Version
	*e = read
	return nil
}

// position reads the sequence as MarshalJSON writes it, and in no other form.
func (c cloudEvent) position() (position int64, ok bool) {
	if c.Sequence == "" {
		return 0, true
	}
	position, err := strconv.ParseInt(c.Sequence, 10, 64)
	return position, err == nil && position > 0 && c.Sequence == sequence(position)
}
