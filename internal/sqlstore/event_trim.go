package sqlstore

import (
	"context"
	"strings"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/scope"
)

// compileTrim makes the statements that delete what is old of some tenants.
func (s *events) compileTrim(src *source, service, streams string) {
	deliveries := newTable[deliveryRow](s.Database, service).base
	var gone []string
	for _, other := range Services() {
		gone = append(gone, "NOT EXISTS (SELECT 1 FROM "+newTable[outboxRow](s.Database, other).base+
			" AS o WHERE o.tenant_id = d.tenant_id AND o.id = d.event_id)")
	}
	text := func(format string) *Statement {
		return &Statement{SQL: strings.NewReplacer(
			"{lanes}", s.lanes.base, "{streams}", streams, "{outbox}", src.outbox.base, "{dead}", s.dead.base,
			"{deliveries}", deliveries, "{service}", "'"+service+"'", "{nobody}", "'"+nobody+"'",
			"{chunk}", "(SELECT tenant_id FROM "+streams+" WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2)",
			"{gone}", strings.Join(gone, " AND "),
		).Replace(format)}
	}
	src.chunk = text("SELECT count(*), coalesce(max(tenant_id), '') FROM {chunk} AS chunk")
	// Of each tenant the first events are looked at that no dead letter keeps.
	kept := "EXISTS (SELECT 1 FROM {dead} AS d WHERE d.tenant_id = o.tenant_id AND d.id > o.id || '/' AND d.id < o.id || '0')"
	first := "CROSS JOIN LATERAL (SELECT o.* FROM {outbox} AS o WHERE o.tenant_id = chunk.tenant_id AND o.position IS NOT NULL AND NOT " +
		kept + " ORDER BY o.position LIMIT $4) AS o WHERE"
	if s.sqlite() {
		first = "JOIN {outbox} AS o ON o.tenant_id = chunk.tenant_id AND o.position < $4 + (SELECT min(o.position) FROM {outbox} AS o " +
			"WHERE o.tenant_id = chunk.tenant_id AND NOT " + kept + ") WHERE NOT " + kept + " AND"
	}
	old := "SELECT o.tenant_id, o.id FROM {chunk} AS chunk " + first + " o.time < $3 AND NOT EXISTS (" +
		"SELECT 1 FROM {lanes} AS l WHERE l.tenant_id = o.tenant_id AND l.service = {service} AND l.position < o.position)"
	unneeded := "SELECT d.tenant_id, d.subscription, d.event_id FROM {chunk} AS chunk " +
		"CROSS JOIN (SELECT DISTINCT subscription FROM {lanes} WHERE tenant_id = {nobody}) AS known " +
		"JOIN {deliveries} AS d ON d.tenant_id = chunk.tenant_id AND d.subscription = known.subscription AND d.event_id < $3 " +
		"WHERE {gone} LIMIT $4"
	src.trim = text(s.deleting("{outbox}", old, "tenant_id", "id"))
	src.unneeded = text(s.deleting("{deliveries}", unneeded, "tenant_id", "subscription", "event_id"))
}

// deleting is the text that deletes the rows of some keys and counts them.
func (s *events) deleting(from, old string, keys ...string) string {
	if s.sqlite() {
		return "DELETE FROM " + from + " WHERE (" + strings.Join(keys, ", ") + ") IN (" + old + ") RETURNING 1"
	}
	same := make([]string, len(keys))
	for i, key := range keys {
		same[i] = "gone." + key + " = old." + key
	}
	return "WITH old AS MATERIALIZED (" + old + "), deleted AS (DELETE FROM " + from + " AS gone USING old WHERE " +
		strings.Join(same, " AND ") + " RETURNING 1) SELECT count(*) FROM deleted"
}

func (s *events) Trim(ctx context.Context, t event.Trimming) (trimmed event.Trimmed, err error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return trimmed, err
	}
	src := s.sources[t.Service]
	after, tenants, limit := string(t.After), int64(t.Tenants), int64(t.Limit)
	err = s.Write(ctx, as,
		Step{Statement: src.chunk, Args: []any{after, tenants}, Row: func(v Values) error {
			if v.Integer(0) == tenants {
				trimmed.Next = scope.TenantID(v.Text(1))
			}
			return nil
		}},
		Step{
			Statement: src.trim, Args: []any{after, tenants, moment(t.Before, s.sqlite()), limit},
			Row: s.counted(&trimmed.Events),
		},
		Step{
			Statement: src.unneeded, Args: []any{after, tenants, id.First(event.Prefix, t.Before), limit},
			Row: s.counted(&trimmed.Receipts),
		})
	return trimmed, err
}

// counted counts what was deleted: on SQLite each row tells of itself.
func (s *events) counted(into *int64) func(Values) error {
	if s.sqlite() {
		return func(Values) error { *into++; return nil }
	}
	return integer(into)
}
