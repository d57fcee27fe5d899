package growth

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/scope"
)

// Size is how large a database is.
type Size struct {
	// Orders is how many there are; at least 1,000, and even.
	// Half of them are of the tenant that is looked at, so that it grows as the
	// database does; the others share the rest.
	Orders int
	// Tenants is how many there are, at least 2.
	Tenants int
}

// String is the size as a table's head has it.
func (s Size) String() string { return fmt.Sprintf("%d orders, %d tenants", s.Orders, s.Tenants) }

func (s Size) check() error {
	if s.Orders < 1000 || s.Orders%2 != 0 || s.Tenants < 2 {
		return errors.New("a size is at least 1,000 orders, of an even number, and 2 tenants")
	}
	return nil
}

// Customers is how many the tenant that is looked at has; their emails are
// "ada.0@example.com" and so on.
func (s Size) Customers() int { return max(20, s.Orders/40) }

// each is how many customers each of the other tenants has.
func (s Size) each() int { return max(1, s.Orders/40/(s.Tenants-1)) }

// year is 2025 in milliseconds: when all orders but the first were placed.
const year = 365 * 24 * 60 * 60 * 1000

// chunk is how many orders a statement makes.
const chunk = 20_000

var (
	//go:embed fill/functions.sql
	functions string
	//go:embed fill/tenants.sql
	tenants string
	//go:embed fill/template.sql
	template string
	//go:embed fill/orders.sql
	orders string
	//go:embed fill/heads.sql
	heads string
)

// Fill makes a database as large as wanted. It needs a superuser's connection,
// and a tenant that has one customer and one order, whose events have their
// positions; it repeats these under ids, words and times of their own.
func Fill(ctx context.Context, conn *pgx.Conn, acme scope.TenantID, size Size) error {
	if err := size.check(); err != nil {
		return err
	}
	if err := prepare(ctx, conn, acme, size); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, tenants); err != nil {
		return err
	}
	if err := withoutIndexes(ctx, conn, func() error { return placeAll(ctx, conn, acme, size) }); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, heads)
	return err
}

// prepare makes what a session needs to fill.
func prepare(ctx context.Context, conn *pgx.Conn, acme scope.TenantID, size Size) error {
	if _, err := conn.Exec(ctx, functions); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "INSERT INTO size VALUES ($1, $2, $3, $4, $5, $6)", string(acme),
		size.Tenants, size.Orders, size.Customers(), size.each(), max(1, year/size.Orders))
	return err
}

// placeAll makes the orders, in two sessions at once. What a session repeats
// both read before the first has made anything.
func placeAll(ctx context.Context, conn *pgx.Conn, acme scope.TenantID, size Size) (err error) {
	other, err := pgx.ConnectConfig(ctx, conn.Config())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.Close(context.WithoutCancel(ctx))) }()
	if err := prepare(ctx, other, acme, size); err != nil {
		return err
	}
	sessions := []*pgx.Conn{conn, other}
	for _, session := range sessions {
		if _, err := session.Exec(ctx, template); err != nil {
			return err
		}
	}
	failed := make([]error, len(sessions))
	var group sync.WaitGroup
	for i, session := range sessions {
		group.Go(func() {
			for from := i * chunk; from < size.Orders && failed[i] == nil; from += len(sessions) * chunk {
				_, failed[i] = session.Exec(ctx, orders, from, min(from+chunk, size.Orders)-1)
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

// indexes are the indexes and keys of the order service's tables, in the order
// in which they were made: where two cost the same the planner takes the
// newest. Those that other tables refer to are made before the references.
const indexes = `SELECT drop, make FROM (
	SELECT c.contype = 'f' AS reference, c.conindid AS made,
		format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS drop,
		format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS make
	FROM pg_constraint AS c WHERE c.connamespace = '"order"'::regnamespace AND c.contype IN ('p', 'f')
	UNION ALL
	SELECT false, i.indexrelid, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
	FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
	WHERE c.relnamespace = '"order"'::regnamespace AND c.relkind = 'r'
		AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
) AS all_of_them ORDER BY reference, made`

// withoutIndexes takes the indexes away while something is done: to sort all
// rows once takes a fraction of what it takes to put each in its place.
func withoutIndexes(ctx context.Context, conn *pgx.Conn, do func() error) error {
	rows, err := conn.Query(ctx, indexes)
	if err != nil {
		return err
	}
	type definition struct{ Drop, Make string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[definition])
	if err != nil {
		return err
	}
	for _, index := range slices.Backward(all) {
		if _, err := conn.Exec(ctx, index.Drop); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	for _, index := range all {
		if _, err := conn.Exec(ctx, index.Make); err != nil {
			return err
		}
	}
	return nil
}
