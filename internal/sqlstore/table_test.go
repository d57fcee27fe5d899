package sqlstore

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// TestStatements shows what bun compiles: named tables, numbered placeholders,
// no RETURNING that nobody reads and some roles may not ask for, and on
// PostgreSQL a compare-and-swap that raises.
func TestStatements(t *testing.T) {
	t.Parallel()
	postgres := newEvents(New(pgdialect.New(), nil))
	require.Equal(t, `INSERT INTO "event"."dead_letters" ("tenant_id", "id", "event_id", "subscription", "service", `+
		`"attempts", "failure", "created_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, postgres.dead.insert.SQL)
	require.Equal(t, `WITH changed AS (DELETE FROM "event"."dead_letters" WHERE (tenant_id = $1) AND (id = $2) RETURNING 1) `+
		`SELECT platforma.expect_one(count(*)) FROM changed`, postgres.discard.SQL)

	sqlite := newEvents(New(sqlitedialect.New(), nil))
	require.Equal(t, `DELETE FROM main."event_dead_letters" WHERE (tenant_id = $1) AND (id = $2)`, sqlite.discard.SQL)
	require.Equal(t, `SELECT "d"."tenant_id", "d"."id", "d"."event_id", "d"."subscription", "d"."service", "d"."attempts", `+
		`"d"."failure", "d"."created_at" FROM "event_dead_letters" AS "d"`, sqlite.dead.query().String())
}
