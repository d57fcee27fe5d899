// Package audit tells who changed what, when and why: of every change of every
// entity of a tenant, what it was before and after.
//
// There is no second record of it. A change and its event are stored in one
// step, the event has the whole entity and who did it, and nobody may change an
// event or take one away but the retention that the host asked for. The audit is
// what those events say, as soon as the relay has given them their positions: at
// once on SQLite, and on PostgreSQL while the platform runs in some process.
// It goes as far back as the events are kept.
package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Permissions are the operations of the service.
func Permissions() []tenant.Permission { return []tenant.Permission{"audit.list"} }

// Entry is one change of one entity. Where one step is several events of the
// entity, such as an order's placed and started, there is an entry for each, all
// with the same Before and After.
type Entry struct {
	// ID is that of the event that the entry comes from.
	ID event.ID `json:"id"`
	// Service is whose entity it is: "order".
	Service string `json:"service"`
	// Type is the event's type: "platforma.order.placed.v1".
	Type string `json:"type"`
	// Entity is the entity's id.
	Entity string `json:"entity"`
	// Version is the entity's version after the change.
	Version int64 `json:"version"`
	// Time is when it was changed.
	Time time.Time `json:"time"`
	// Actor is who did it, Reason why, as the scope said.
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
	// Correlation is the request that it came of, Causation the event.
	Correlation string `json:"correlation_id,omitempty"`
	Causation   string `json:"causation_id,omitempty"`
	// Before is the entity before the change, After what it is since, in the JSON
	// of events. Before is nil of the first version.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	// BeforeUnknown says that there was a version before, and that its event is
	// not kept any more: Before is nil then too.
	BeforeUnknown bool `json:"before_unknown,omitempty"`
}

// Query filters the entries. The zero value is all of the tenant's. There is no
// filter by actor, which no index serves: look through the entries of a time.
type Query struct {
	page.Request
	// Entity is the id of one entity, of whatever kind; empty is all. Entries of
	// one are in the order of its versions, of several in that of their ids.
	Entity string `json:"entity,omitempty"`
	// From and To bound when the event was made, by its id, which knows that to
	// the millisecond: not before From, and before To. Zero is no bound.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// owners are the services by the prefixes of their entities' ids.
var owners = map[string]string{
	"ten": "tenant", "usr": "tenant", "role": "tenant", "cust": "customer", "prod": "catalog", "ord": "order",
	"res": "resource", "clus": "resource", "net": "resource", "inst": "resource", "hook": "webhook",
}

// asked are the services to ask.
func (q Query) asked(services []string) ([]string, error) {
	var f fault.Fields
	if q.Entity != "" {
		prefix, _, _ := strings.Cut(q.Entity, "_")
		owner := owners[prefix]
		if !slices.Contains(services, owner) || !id.Valid(prefix, q.Entity) {
			f.Add("entity", "must be the id of an entity that has events")
		}
		services = []string{owner}
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		f.Add("to", "must be after from")
	}
	return services, f.Err("", "", "")
}

// history is the query in the words of the store.
func (q Query) history() event.HistoryQuery {
	h := event.HistoryQuery{Subject: q.Entity}
	if !q.From.IsZero() {
		h.From = event.FirstID(q.From)
	}
	if !q.To.IsZero() {
		h.To = event.FirstID(q.To)
	}
	return h
}

func entryOf(r event.Revision) Entry {
	return Entry{
		ID: r.ID, Service: r.Service, Type: r.Type, Entity: r.Subject, Version: r.Version, Time: r.Time,
		Actor: r.Actor, Reason: r.Reason, Correlation: r.Correlation, Causation: r.Causation,
		Before: r.Before, After: r.Data, BeforeUnknown: r.Before == nil && r.Version > 1,
	}
}
