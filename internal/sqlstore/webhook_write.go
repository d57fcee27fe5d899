package sqlstore

import (
	"context"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/webhook"
)

// webhookSaves are the statements that change what is stored.
type webhookSaves struct {
	endpoint, keys, message, attempt *Statement
	fail, heal                       *Statement
	// ends take away what an endpoint has, and end takes the endpoint.
	ends []*Statement
	end  *Statement
	// turn waits for the queue's rows of endpoints, and arrange says when they are
	// due.
	turn, arrange *Statement
}

func (s *webhooks) compileSaves() webhookSaves {
	endpoint := "UPDATE " + s.endpoints.base + " SET "
	this := " WHERE tenant_id = $1 AND id = $2"
	began := "coalesce(failing_since, $3)"
	earliest := "m.due_at"
	if !s.sqlite() {
		began = "coalesce(failing_since, $3::timestamptz)"
		earliest = "(extract(epoch FROM m.due_at) * 1000000)::bigint"
	}
	saves := webhookSaves{
		endpoint: s.endpoints.update("tenant_id", "id"), keys: s.keys.update("tenant_id", "endpoint_id"),
		message: s.messages.update("tenant_id", "id"), attempt: s.attempts.update("tenant_id", "id"),
		fail: &Statement{SQL: endpoint + "failures = failures + 1, failing_since = " + began + this},
		heal: &Statement{SQL: endpoint + "failures = 0, failing_since = NULL" + this + " AND failures > 0"},
		end:  s.one("DELETE FROM " + s.endpoints.base + this + " AND version = $3"),
		arrange: &Statement{SQL: "UPDATE " + s.work.base + " AS w SET due_at = (SELECT CASE WHEN e.status = 'active' THEN (" +
			"SELECT " + earliest + " FROM " + s.messages.name + " AS m " +
			"WHERE m.tenant_id = $1 AND m.endpoint_id = w.endpoint_id AND m.due_at IS NOT NULL ORDER BY m.due_at LIMIT 1) END " +
			"FROM " + s.endpoints.name + " AS e WHERE e.tenant_id = $1 AND e.id = w.endpoint_id) " +
			"WHERE w.tenant_id = $1 AND " + s.in("w.endpoint_id")},
	}
	for _, base := range []string{s.attempts.base, s.messages.base, s.keys.base, s.work.base} {
		saves.ends = append(saves.ends, &Statement{SQL: "DELETE FROM " + base + " WHERE tenant_id = $1 AND endpoint_id = $2"})
	}
	if !s.sqlite() {
		saves.turn = &Statement{SQL: "SELECT epoch FROM " + s.work.base + " WHERE tenant_id = $1 AND " + s.in("endpoint_id") +
			" ORDER BY endpoint_id FOR UPDATE"}
	}
	return saves
}

// Write takes an endpoint before what belongs to it, and the queue last.
func (s *webhooks) Write(ctx context.Context, c webhook.Changes, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		var steps []Step
		for _, more := range []func() ([]Step, error){
			func() ([]Step, error) { return s.saveEndpoints(as, c) },
			func() ([]Step, error) { return put(as, s.keys, s.saves.keys, c.NewKeys, c.Keys, rowOfKeys) },
			func() ([]Step, error) {
				return put(as, s.messages, s.saves.message, c.NewDeliveries, c.Deliveries, rowOfMessage)
			},
			func() ([]Step, error) {
				return put(as, s.attempts, s.saves.attempt, c.NewAttempts, c.Attempts, rowOfAttempt)
			},
			func() ([]Step, error) { return s.queue(as, c) },
			func() ([]Step, error) { return s.remove(as, c.Deleted), nil },
		} {
			added, err := more()
			if err != nil {
				return nil, err
			}
			steps = append(steps, added...)
		}
		return steps, nil
	})
}

// saveEndpoints returns the steps that change endpoints, and count what failed.
func (s *webhooks) saveEndpoints(as Principal, c webhook.Changes) ([]Step, error) {
	steps, err := put(as, s.endpoints, s.saves.endpoint, c.NewEndpoints, c.Endpoints, rowOfEndpoint)
	for _, f := range c.Failures {
		steps = append(steps, Step{Statement: s.saves.fail, Args: []any{string(as.Tenant), string(f.Endpoint), s.moment(f.At)}})
	}
	for _, id := range c.Healed {
		steps = append(steps, Step{Statement: s.saves.heal, Args: []any{string(as.Tenant), string(id)}})
	}
	return steps, err
}

// queue returns the steps that keep the queue of work in step with endpoints and
// their deliveries. On PostgreSQL a statement does not see what is committed
// while it waits for a row: so the rows are waited for before one looks at what
// they are to say.
func (s *webhooks) queue(as Principal, c webhook.Changes) ([]Step, error) {
	var rows []*turnRow
	for _, e := range c.NewEndpoints {
		rows = append(rows, &turnRow{TenantID: as.Tenant, EndpointID: e.ID})
	}
	steps, err := s.work.addAll(rows)
	var touched []string
	for _, e := range c.Endpoints {
		touched = append(touched, string(e.ID))
	}
	for _, d := range slices.Concat(c.NewDeliveries, c.Deliveries) {
		touched = append(touched, string(d.EndpointID))
	}
	if err != nil || len(touched) == 0 {
		return steps, err
	}
	slices.Sort(touched)
	args := []any{string(as.Tenant), s.listed(slices.Compact(touched))}
	if s.saves.turn != nil {
		steps = append(steps, Step{Statement: s.saves.turn, Args: args, Row: func(Values) error { return nil }})
	}
	return append(steps, Step{Statement: s.saves.arrange, Args: args}), nil
}

func (s *webhooks) remove(as Principal, deleted []webhook.Endpoint) []Step {
	var steps []Step
	for _, e := range deleted {
		args := []any{string(as.Tenant), string(e.ID)}
		for _, one := range s.saves.ends {
			steps = append(steps, Step{Statement: one, Args: args})
		}
		steps = append(steps, Step{Statement: s.saves.end, Args: append(args, e.Version-1)})
	}
	return steps
}
