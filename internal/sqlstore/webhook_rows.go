package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/webhook"
)

// endpointRow is an endpoint. Its failures are counted by statements of their
// own, and left alone by those that change it.
type endpointRow struct {
	bun.BaseModel `bun:"table:endpoints,alias:e"`

	TenantID     scope.TenantID `bun:"tenant_id,pk"`
	ID           webhook.ID     `bun:"id,pk"`
	Version      int64          `bun:"version"`
	URL          string         `bun:"url"`
	Types        []string       `bun:"types,type:jsonb"`
	Description  string         `bun:"description"`
	Status       webhook.Status `bun:"status"`
	Reason       string         `bun:"reason"`
	Failures     int64          `bun:"failures"         store:"once"`
	FailingSince *time.Time     `bun:"failing_since"    store:"once"`
	CreatedAt    time.Time      `bun:"created_at"`
	UpdatedAt    time.Time      `bun:"updated_at"`
}

func rowOfEndpoint(as Principal, e webhook.Endpoint) *endpointRow {
	return &endpointRow{
		TenantID: as.Tenant, ID: e.ID, Version: e.Version, URL: e.URL, Types: e.Types, Description: e.Description,
		Status: e.Status, Reason: e.Reason, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
}

func (r endpointRow) entity() webhook.Endpoint {
	return webhook.Endpoint{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, URL: r.URL, Types: r.Types, Description: r.Description,
		Status: r.Status, Reason: r.Reason, Failures: r.Failures, FailingSince: r.FailingSince,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type keysRow struct {
	bun.BaseModel `bun:"table:keys,alias:k"`

	TenantID    scope.TenantID `bun:"tenant_id,pk"`
	EndpointID  webhook.ID     `bun:"endpoint_id,pk"`
	Version     int64          `bun:"version"`
	Current     string         `bun:"current_secret"`
	Former      string         `bun:"former_secret"`
	FormerUntil *time.Time     `bun:"former_until"`
	CreatedAt   time.Time      `bun:"created_at"`
	UpdatedAt   time.Time      `bun:"updated_at"`
}

func rowOfKeys(as Principal, k webhook.Keys) *keysRow {
	return &keysRow{
		TenantID: as.Tenant, EndpointID: k.EndpointID, Version: k.Version, Current: k.Current, Former: k.Former,
		FormerUntil: k.FormerUntil, CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt,
	}
}

func (r keysRow) entity() webhook.Keys {
	return webhook.Keys{
		TenantID: r.TenantID, EndpointID: r.EndpointID, Version: r.Version, Current: r.Current, Former: r.Former,
		FormerUntil: r.FormerUntil, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

// messageRow is a webhook's delivery.
type messageRow struct {
	bun.BaseModel `bun:"table:messages,alias:m"`

	TenantID     scope.TenantID         `bun:"tenant_id,pk"`
	ID           webhook.DeliveryID     `bun:"id,pk"`
	Version      int64                  `bun:"version"`
	EndpointID   webhook.ID             `bun:"endpoint_id"       store:"once"`
	EventID      event.ID               `bun:"event_id"          store:"once"`
	EventService string                 `bun:"event_service"     store:"once"`
	EventType    string                 `bun:"event_type"        store:"once"`
	Status       webhook.DeliveryStatus `bun:"status"`
	Tries        int                    `bun:"tries"`
	DueAt        *time.Time             `bun:"due_at"`
	Reason       string                 `bun:"reason"`
	DeliveredAt  *time.Time             `bun:"delivered_at"`
	Payload      json.RawMessage        `bun:"payload,type:text" store:"once"`
	CreatedAt    time.Time              `bun:"created_at"        store:"once"`
	UpdatedAt    time.Time              `bun:"updated_at"`
}

func rowOfMessage(as Principal, d webhook.Delivery) *messageRow {
	return &messageRow{
		TenantID: as.Tenant, ID: d.ID, Version: d.Version, EndpointID: d.EndpointID, EventID: d.EventID,
		EventService: d.EventService, EventType: d.EventType, Status: d.Status, Tries: d.Tries, DueAt: d.DueAt,
		Reason: d.Reason, DeliveredAt: d.DeliveredAt, Payload: d.Payload, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
}

func (r messageRow) entity() webhook.Delivery {
	return webhook.Delivery{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, EndpointID: r.EndpointID, EventID: r.EventID,
		EventService: r.EventService, EventType: r.EventType, Status: r.Status, Tries: r.Tries, DueAt: r.DueAt,
		Reason: r.Reason, DeliveredAt: r.DeliveredAt, Payload: r.Payload, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type attemptRow struct {
	bun.BaseModel `bun:"table:attempts,alias:a"`

	TenantID   scope.TenantID     `bun:"tenant_id,pk"`
	ID         webhook.AttemptID  `bun:"id,pk"`
	Version    int64              `bun:"version"`
	EndpointID webhook.ID         `bun:"endpoint_id"  store:"once"`
	MessageID  webhook.DeliveryID `bun:"message_id"   store:"once"`
	Number     int                `bun:"number"       store:"once"`
	FinishedAt *time.Time         `bun:"finished_at"`
	DurationMS int64              `bun:"duration_ms"`
	StatusCode int                `bun:"status_code"`
	Error      string             `bun:"error"`
	CreatedAt  time.Time          `bun:"created_at"   store:"once"`
	UpdatedAt  time.Time          `bun:"updated_at"`
}

func rowOfAttempt(as Principal, a webhook.Attempt) *attemptRow {
	return &attemptRow{
		TenantID: as.Tenant, ID: a.ID, Version: a.Version, EndpointID: a.EndpointID, MessageID: a.DeliveryID, Number: a.Number,
		FinishedAt: a.FinishedAt, DurationMS: a.DurationMS, StatusCode: a.StatusCode, Error: a.Error,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

func (r attemptRow) entity() webhook.Attempt {
	return webhook.Attempt{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, EndpointID: r.EndpointID, DeliveryID: r.MessageID, Number: r.Number,
		FinishedAt: r.FinishedAt, DurationMS: r.DurationMS, StatusCode: r.StatusCode, Error: r.Error,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

// turnRow is an endpoint in the queue of the workers. It is a table of its own
// because they look for work across tenants, and because a claim is no change of
// the endpoint.
type turnRow struct {
	bun.BaseModel `bun:"table:work,alias:w"`

	TenantID    scope.TenantID `bun:"tenant_id,pk"`
	EndpointID  webhook.ID     `bun:"endpoint_id,pk"`
	DueAt       *int64         `bun:"due_at"`       // microseconds, the host's time
	LeasedUntil int64          `bun:"leased_until"` // microseconds, the database's
	Epoch       int64          `bun:"epoch"`
}
