package pgxpeer

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// principal is who acts: a service's role in a tenant.
type principal struct{ role, tenant string }

// statement is a text, its arguments, and what reads its rows (nil: none are
// expected).
type statement struct {
	sql  string
	args []any
	read func(pgx.Rows) error
}

const prologue = "SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true)"

var errNotFound = errors.New("not found")

// inBatch runs statements in one trip: the one Sync at the batch's end commits
// all, an error before it undoes all.
func inBatch(ctx context.Context, pool *pgxpool.Pool, as principal, statements []statement) (err error) {
	batch := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(statements)+1)}
	batch.Queue(prologue, as.role, as.tenant)
	for _, s := range statements {
		batch.Queue(s.sql, s.args...)
	}
	results := pool.SendBatch(ctx, batch)
	defer func() {
		if end := results.Close(); err == nil {
			err = end
		}
	}()
	if _, err := results.Exec(); err != nil {
		return err
	}
	for _, s := range statements {
		if err := answer(results, s); err != nil {
			return err
		}
	}
	return nil
}

func answer(results pgx.BatchResults, s statement) error {
	if s.read == nil {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	return s.read(rows)
}

// inTransaction runs statements between BEGIN and COMMIT; several go in one
// batch, as pgx advises.
func inTransaction(ctx context.Context, pool *pgxpool.Pool, as principal, statements []statement) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, prologue, as.role, as.tenant); err != nil {
			return err
		}
		if len(statements) > 1 {
			return inTrip(ctx, tx, statements)
		}
		s := statements[0]
		if s.read == nil {
			_, err := tx.Exec(ctx, s.sql, s.args...)
			return err
		}
		rows, err := tx.Query(ctx, s.sql, s.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return s.read(rows)
	})
}

func inTrip(ctx context.Context, tx pgx.Tx, statements []statement) (err error) {
	batch := &pgx.Batch{}
	for _, s := range statements {
		batch.Queue(s.sql, s.args...)
	}
	results := tx.SendBatch(ctx, batch)
	defer func() {
		if end := results.Close(); err == nil {
			err = end
		}
	}()
	for _, s := range statements {
		if err := answer(results, s); err != nil {
			return err
		}
	}
	return nil
}
