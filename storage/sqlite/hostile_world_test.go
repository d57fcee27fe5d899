package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqliteguard"
	"github.com/platforma/platforma/internal/sqlstore"
)

const (
	acme   = "ten_00000000000000000000000001"
	globex = "ten_00000000000000000000000002"
)

// rowsOf are rows of a tenant in tables of all services: $ID is the tenant, $N
// what its ids end with, and $S what only it may see.
const rowsOf = `
INSERT INTO tenant_tenants VALUES ('$ID', 1, '$S', 'slug-$N', 'active', '[]', '{}', 1, 1);
INSERT INTO tenant_commands VALUES ('$ID', 'create', '$S', '$S', 1);
INSERT INTO tenant_users VALUES ('$ID', 'usr_$N', 1, '$S', 'mail-$N', '$S', 'active', 1, 1);
INSERT INTO tenant_roles VALUES ('$ID', 'role_$N', 1, 'owner', '["$S"]', 1, 1, 1);
INSERT INTO tenant_user_roles VALUES ('$ID', 'usr_$N', 'owner');
INSERT INTO customer_customers VALUES ('$ID', 'cust_$N', 1, '$S', '$S', 'mail-$N', '', '{}', '{}', '{}', 1, 1, NULL);
INSERT INTO order_orders VALUES
  ('$ID', 'ord_$N', 1, 'cust_$N', 'pending', 'in_progress', 1, '$S', 'EUR', '{}', '$S', '', NULL, 1, 1, NULL),
  ('$ID', 'ord_9$N', 7, 'cust_$N', 'failed', 'at_rest', 1, '$S', 'EUR', '{}', '$S', '', NULL, 1, 1, NULL);
INSERT INTO order_items VALUES
  ('$ID', 'ord_$N', 'item_$N', 0, 'prod_$N', '$S', '$S', 1, '', '{}', '', '[]', '$S', '1', 'pending');
INSERT INTO order_terms VALUES ('$ID', 'word', '$S', 'ord_$N');
INSERT INTO order_receipts VALUES ('$ID', 'place', '$S', '$S', 'ord_$N', 1);
INSERT INTO order_outbox VALUES ('$ID', 'evt_$N', 1, 'placed', 'ord_$N', 1, 1, '', '', '', '', '$S');
INSERT INTO order_streams (tenant_id, position) VALUES ('$ID', 1);
INSERT INTO resource_clusters VALUES ('$ID', 'clus_$N', 1, '$S', 'nyc1', '{}', '{}', '{}', 'active', 1, 1);
INSERT INTO resource_resources VALUES ('$ID', 'res_$N', 1, '', 'ord_$N', 'item_$N', 1, 1, 'clus_$N', 'storage', '$S', 'nyc1', '',
  'running', 'running', 'at_rest', '', '', '{}', '{}', '$S', 0, '', NULL, 1, 1, NULL, '', '');
INSERT INTO resource_work VALUES ('$ID', 'res_$N', 1, 0, 0);
INSERT INTO event_lanes VALUES ('$ID', 'mirror', 'order', 0, 1, 0, 0, 0, 1, 1, '{}');
INSERT INTO event_dead_letters VALUES ('$ID', 'dead_$N', 'evt_$N', 'mirror', 'order', 1, '$S', 1);
`

// secret is what only the other tenant may see.
const secret = "globex-only"

// hostileWorld is a database of two tenants, or of one that is as if the other
// was never there, and a way to send it whatever somebody likes.
type hostileWorld struct {
	raw *sql.DB
	own *database
	// declared takes any statement for one of the library's own.
	declared *database
}

func newHostileWorld(t *testing.T, other bool, declared []string) hostileWorld {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloud.db")
	_, own, err := open(t.Context(), path, Options{Readers: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, own.Close()) })
	raw, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	w := hostileWorld{raw: raw, own: own, declared: &database{}}
	w.renew(t, other)
	require.NoError(t, w.declared.openFile(t.Context(), path, Options{Readers: 1}.withDefaults(), sqliteguard.Declare(declared...)))
	t.Cleanup(func() { require.NoError(t, w.declared.Close()) })
	return w
}

// renew gives the database its first rows again.
func (w hostileWorld) renew(t *testing.T, other bool) {
	t.Helper()
	all := "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = 1;"
	for _, insert := range regexp.MustCompile(`INSERT INTO (\w+)`).FindAllStringSubmatch(rowsOf, -1) {
		all += "DELETE FROM " + insert[1] + ";"
	}
	all += strings.NewReplacer("$ID", acme, "$N", "1", "$S", "acme-only").Replace(rowsOf)
	if other {
		all += strings.NewReplacer("$ID", globex, "$N", "2", "$S", secret).Replace(rowsOf)
	}
	_, err := w.raw.ExecContext(t.Context(), all+"COMMIT")
	require.NoError(t, err)
}

// others are all rows that are not acme's, as texts.
func (w hostileWorld) others(t *testing.T) []string {
	t.Helper()
	tables, err := texts(t.Context(), w.raw, `SELECT 'SELECT ''' || m.name || ' '' || json_array(' ||
		group_concat('"' || c.name || '"', ', ') || ') FROM ' || m.name || ' WHERE ' ||
		iif(m.name = 'tenant_tenants', 'id', 'tenant_id') || ' <> ''`+acme+`'''
		FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name IN ('tenant_id', 'slug'))
		GROUP BY m.name`)
	require.NoError(t, err)
	var all []string
	for _, table := range tables {
		rows, err := texts(t.Context(), w.raw, table)
		require.NoError(t, err)
		all = append(all, rows...)
	}
	return all
}

// answer is all that one learns of a statement: its rows or how many it
// changed, or its error.
type answer struct {
	rows    []string
	changed int64
	failure error
}

// code is the driver's code of the failure, or what is said instead.
func (a answer) kind() string {
	broken, ok := errors.AsType[*modernc.Error](a.failure)
	switch {
	case a.failure == nil && len(a.rows) == 0 && a.changed == 0:
		return "nothing"
	case a.failure == nil:
		return "answered"
	case errors.Is(a.failure, fault.ErrNoScope):
		return "no scope"
	case !ok:
		return a.failure.Error()
	case broken.Code() == lib.SQLITE_AUTH, strings.Contains(broken.Error(), "not authorized to use function"):
		return "denied"
	case broken.Code() == lib.SQLITE_CONSTRAINT_TRIGGER:
		return "refused"
	case broken.Code()&0xff == lib.SQLITE_CONSTRAINT:
		return "constraint"
	case broken.Code() == lib.SQLITE_READONLY:
		return "read only"
	default:
		return "error"
	}
}

func (a answer) String() string { return fmt.Sprint(a.rows, a.changed, a.failure) }

// send sends statements for a principal on one connection, and returns the answer
// to the last one, or the first failure.
func send(t *testing.T, db *sql.DB, as sqlstore.Principal, statements []string, args []any) (a answer) {
	t.Helper()
	ctx := t.Context()
	if as.Role != "" {
		if ctx, a.failure = sqliteguard.As(ctx, as); a.failure != nil {
			return a
		}
	}
	one, err := db.Conn(ctx)
	if err != nil {
		a.failure = err
		return a
	}
	defer one.Close()
	for _, text := range statements {
		if a = sendOne(ctx, one, text, args); a.failure != nil {
			return a
		}
	}
	return a
}

func sendOne(ctx context.Context, one *sql.Conn, text string, args []any) (a answer) {
	first, _, _ := strings.Cut(text, " ")
	answers := []string{"SELECT", "EXPLAIN", "WITH", "VALUES", "PRAGMA"}
	if !slices.Contains(answers, first) && !strings.Contains(text, "RETURNING") {
		result, err := one.ExecContext(ctx, text, args...)
		if err != nil {
			return answer{failure: err}
		}
		if slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "REPLACE"}, first) {
			a.changed, a.failure = result.RowsAffected()
		}
		return a
	}
	rows, err := one.QueryContext(ctx, text, args...)
	if err != nil {
		return answer{failure: err}
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return answer{failure: err}
	}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return answer{failure: err}
		}
		a.rows = append(a.rows, fmt.Sprint(values...))
	}
	a.failure = rows.Err()
	return a
}

func texts(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
