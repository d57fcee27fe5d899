package sqlstore

import (
	"fmt"
	"hash/fnv"
)

// turn returns the statement that waits until nobody else gives positions to a
// service's events, or changes many of its lanes.
func turn(service string) *Statement {
	turn := fnv.New64a()
	turn.Write([]byte("platforma stamp " + service))
	return &Statement{SQL: fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(turn.Sum64()))}
}

// told is how a lane that is there learns of new events: one that was at its end
// is due from now on, and so is one that would wait for nothing but these.
const told = `ON CONFLICT (tenant_id, subscription, service) DO UPDATE SET head = excluded.head,
    due_at = CASE WHEN l.head <= l.position OR excluded.head > l.seen AND l.due_at > excluded.due_at
      THEN excluded.due_at ELSE l.due_at END`

// stamping returns the statement that gives positions to a service's committed
// events on PostgreSQL, when it is its turn, and tells the lanes: it sees what was
// committed until then.
//
// Writers append without a position, so they never wait for each other, and
// what commits late is stamped late instead of being missed. Of each tenant the
// oldest events are taken, found by a loose scan over the index of those that
// wait. An event waits for lower versions of its subject: by ids alone two
// hosts with different clocks could turn a subject's versions round. Those that
// were taken are all up to the last, so a subject's first version behind that one
// tells which have to wait.
//
// What waits may be a million times as much as the planner has heard of, and it
// takes the recursion's tenants for a hundred and each step's events for as many
// thousands: left a choice it reads all that waits, for each step. So a subject's
// versions are looked up one by one, with a condition that only the index of
// subjects has, and an array is a few rows to it, each of which it looks up by its
// key, with one that no index has.
func stamping(service, outbox, streams, lanes string) *Statement {
	return &Statement{SQL: fmt.Sprintf(`
WITH RECURSIVE tenants (tenant_id) AS (
  (SELECT tenant_id FROM %[1]s WHERE position IS NULL ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT o.tenant_id FROM %[1]s o WHERE o.position IS NULL AND o.tenant_id > t.tenant_id ORDER BY o.tenant_id LIMIT 1)
  FROM tenants t WHERE t.tenant_id IS NOT NULL
), oldest AS MATERIALIZED (
  SELECT o.*, max(o.id) OVER (PARTITION BY o.tenant_id) AS last
  FROM unnest(ARRAY(SELECT tenant_id FROM tenants WHERE tenant_id IS NOT NULL)) AS t (tenant_id) CROSS JOIN LATERAL (
    SELECT tenant_id, id, subject, version FROM %[1]s
    WHERE position IS NULL AND tenant_id = t.tenant_id ORDER BY id LIMIT $1
  ) o
), subjects AS MATERIALIZED (
  SELECT s.tenant_id, s.subject, (
    SELECT w.version FROM %[1]s w WHERE coalesce(w.position, 0) = 0 AND w.tenant_id = s.tenant_id AND w.subject = s.subject
      AND w.id || '' > s.last ORDER BY w.version LIMIT 1
  ) AS behind
  FROM (SELECT tenant_id, subject, max(last) AS last FROM oldest GROUP BY tenant_id, subject) s
), placed AS (
  SELECT o.tenant_id, o.id, o.version,
    max(o.id) OVER (PARTITION BY o.tenant_id, o.subject ORDER BY o.version, o.id) AS place
  FROM oldest o JOIN subjects s ON s.tenant_id = o.tenant_id AND s.subject = o.subject
  WHERE s.behind IS NULL OR s.behind >= o.version
), numbered AS MATERIALIZED (
  SELECT tenant_id, id, count(*) OVER (PARTITION BY tenant_id) AS total,
    row_number() OVER (PARTITION BY tenant_id ORDER BY place, version, id) AS number
  FROM placed
), heads AS (
  INSERT INTO %[2]s AS streams (tenant_id, position) SELECT tenant_id, max(number) FROM numbered GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET position = streams.position + excluded.position
  RETURNING tenant_id, position
), positions AS MATERIALIZED (
  SELECT n.tenant_id, n.id, h.position - n.total + n.number AS position
  FROM numbered n JOIN heads h ON h.tenant_id = n.tenant_id
), stamped AS (
  UPDATE %[1]s o SET position = p.position
  FROM unnest(ARRAY(SELECT tenant_id FROM positions), ARRAY(SELECT id FROM positions), ARRAY(SELECT position FROM positions))
    AS p (tenant_id, id, position)
  WHERE o.tenant_id = p.tenant_id AND o.id = p.id AND coalesce(o.position, 0) < 1
  RETURNING 1
), told AS (
  INSERT INTO %[3]s AS l (%[4]s)
  SELECT h.tenant_id, z.subscription, z.service, 0, h.position, 0, CAST($2 AS bigint), 0, 0, 0, '{}'
  FROM heads h JOIN %[3]s z ON z.tenant_id = '%[5]s' AND z.service = '%[6]s' ORDER BY h.tenant_id, z.subscription
  %[7]s
)
SELECT count(*) FROM stamped`, outbox, streams, lanes, laneColumns, nobody, service, told)}
}

// telling returns the statements that tell the lanes of events on SQLite, where
// the writing transaction has given them their positions.
func telling(service, streams, lanes string) []*Statement {
	untold := "SELECT tenant_id, position FROM " + streams + " WHERE told < position ORDER BY tenant_id LIMIT $1"
	return []*Statement{
		{SQL: fmt.Sprintf("INSERT INTO %[1]s AS l (%[2]s) "+
			"SELECT s.tenant_id, z.subscription, z.service, 0, s.position, 0, $2, 0, 0, 0, '{}' "+
			"FROM (%[3]s) AS s JOIN %[1]s AS z ON z.tenant_id = '%[4]s' AND z.service = '%[5]s' WHERE true %[6]s",
			lanes, laneColumns, untold, nobody, service, told)},
		{SQL: "UPDATE " + streams + " SET told = position WHERE tenant_id IN (SELECT tenant_id FROM (" + untold + ")) RETURNING tenant_id"},
	}
}
