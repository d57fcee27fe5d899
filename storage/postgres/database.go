package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

// database runs steps, each list of them in one batch: one network round trip.
type database struct {
	// pools are where each role's connections come from: one for all, or one for
	// each where each has a login of its own.
	pools  map[string]*pgxpool.Pool
	prefix string
}

// Close closes the pools.
func (d *database) Close() error {
	for _, pool := range d.pools {
		pool.Close() // which may be done again
	}
	return nil
}

// prologue begins every batch. Both settings end with the transaction, so that
// nothing of one operation is left for the next.
const prologue = "SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true)"

// Read runs steps on one snapshot. A statement is one by itself; several need
// a transaction that says so, which the same batch begins and commits.
func (d *database) Read(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	return d.run(ctx, as, len(steps) > 1, steps)
}

// Write runs steps in the implicit transaction of a batch: its one Sync
// commits all of it, and an error before undoes all of it.
func (d *database) Write(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	return d.run(ctx, as, false, steps)
}

func (d *database) run(ctx context.Context, as sqlstore.Principal, snapshot bool, steps []sqlstore.Step) error {
	batch := &pgx.Batch{}
	if snapshot {
		batch.Queue("BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ")
	}
	batch.Queue(prologue, d.prefix+"_"+as.Role, string(as.Tenant))
	for _, step := range steps {
		batch.Queue(step.Statement.SQL, step.Args...)
	}
	if snapshot {
		batch.Queue("COMMIT")
	}
	// A connection on which the transaction is still open after an error is
	// closed by the pool when it comes back, not used again.
	conn, err := d.pools[as.Role].Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	results := conn.SendBatch(ctx, batch)
	keep(batch)
	err = answers(results, snapshot, steps)
	if end := results.Close(); err == nil {
		err = end
	}
	switch {
	case forbidden(err):
		_ = conn.Conn().Close(ctx)
	case suspect(err):
		_ = conn.Conn().DeallocateAll(ctx) // where that fails the connection is of no use, and says so itself
	}
	return unavailable(err)
}

// keep makes a batch that was sent keep its prepared statements, whatever comes
// of it. Where one statement fails pgx forgets all of its batch, by their texts,
// and prepares them anew: two round trips more for what comes next. But what is
// refused is refused for its values.
func keep(sent *pgx.Batch) {
	for _, q := range sent.QueuedQueries {
		q.SQL = ""
	}
}

// forbidden says whether the database denied what no statement of the library's
// is denied: something may have left the session in a role that cannot even
// become another one.
func forbidden(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == denied
}

// suspect says whether an error may be of a statement that was prepared on
// tables that are others now. It is none that says what it means for the step.
func suspect(err error) bool {
	var typed *fault.Error
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !errors.As(err, &typed)
}

func answers(results pgx.BatchResults, snapshot bool, steps []sqlstore.Step) error {
	if snapshot {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	if _, err := results.Exec(); err != nil {
		return err
	}
	for _, step := range steps {
		if err := answer(results, step); err != nil {
			return refused(step, err)
		}
	}
	if snapshot {
		_, err := results.Exec()
		return err
	}
	return nil
}

func answer(results pgx.BatchResults, step sqlstore.Step) error {
	if step.Row == nil {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	var v values
	for rows.Next() {
		if err := v.row(rows, step.Row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// The conditions that say something about the operation: PostgreSQL's, and
// those that the schema raises.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	checkViolation      = "23514"
	notNullViolation    = "23502"
	serialization       = "40001"
	deadlock            = "40P01"
	expectation         = "PF002"
	// dataException begins the conditions of values that the database cannot
	// keep: a text with a NUL, a number out of range.
	dataException = "22"
)

// refused says what a broken rule means for a step; the condition and the
// constraint's name decide, never the text.
func refused(step sqlstore.Step, err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch e.Code {
	case uniqueViolation:
		return step.Statement.Refusal(sqlstore.BrokenUnique, e.ConstraintName)
	case foreignKeyViolation:
		return step.Statement.Refusal(sqlstore.BrokenReference, e.ConstraintName)
	case checkViolation, notNullViolation:
		return step.Statement.Refusal(sqlstore.BrokenCheck, e.ConstraintName)
	case expectation:
		return step.Statement.Refusal(sqlstore.BrokenExpectation, "")
	}
	if typed := ofAnyStatement(e); typed != nil {
		return typed
	}
	return err
}

// ofAnyStatement says what a condition means whatever the statement, or nil.
func ofAnyStatement(e *pgconn.PgError) error {
	switch {
	case e.Code == serialization || e.Code == deadlock:
		return &fault.Error{Kind: fault.ErrConflict, Err: driverError{e}}
	case strings.HasPrefix(e.Code, dataException):
		return &fault.Error{Kind: fault.ErrInvalid, Err: driverError{e}}
	}
	return nil
}

// unavailable gives a driver's error its kind, and a message that decides
// nothing: the condition's code.
func unavailable(err error) error {
	var typed *fault.Error
	if err == nil || errors.As(err, &typed) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &fault.Error{Kind: fault.ErrUnavailable, Err: driverError{e}}
	}
	return &fault.Error{Kind: fault.ErrUnavailable, Err: err}
}

// driverError hides the server's text, which may quote data, and keeps the
// error for those who unwrap it.
type driverError struct{ err *pgconn.PgError }

func (e driverError) Error() string { return "PostgreSQL condition " + e.err.Code }
func (e driverError) Unwrap() error { return e.err }
