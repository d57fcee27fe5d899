package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqliteguard"
	"github.com/platforma/platforma/internal/sqlstore"
)

// database runs steps: one connection writes, several read. All of them are
// under guard, so that the context says who runs a step.
type database struct {
	writer, reader *sql.DB
	prepared       sync.Map // of prepareKey to *sql.Stmt
}

// prepareKey tells prepared statements apart: one is compiled for a role.
type prepareKey struct {
	db        *sql.DB
	role, sql string
}

// Close closes both pools.
func (d *database) Close() error {
	err := d.writer.Close()
	if d.reader != d.writer {
		err = errors.Join(err, d.reader.Close())
	}
	return err
}

// prepare returns the prepared statement of a text; database/sql prepares it
// on each connection once.
func (d *database) prepare(ctx context.Context, db *sql.DB, role, text string) (*sql.Stmt, error) {
	key := prepareKey{db, role, text}
	if s, ok := d.prepared.Load(key); ok {
		return s.(*sql.Stmt), nil //nolint:forcetypeassert // only statements are stored
	}
	s, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if kept, loaded := d.prepared.LoadOrStore(key, s); loaded {
		return kept.(*sql.Stmt), s.Close() //nolint:forcetypeassert,sqlclosecheck // only statements are stored; this one lost
	}
	return s, nil
}

// Read runs steps on one snapshot: a statement is one by itself, several are
// one in a transaction.
func (d *database) Read(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	ctx, err := sqliteguard.As(ctx, as)
	if err != nil {
		return err
	}
	if len(steps) == 1 {
		s, err := d.prepare(ctx, d.reader, as.Role, steps[0].Statement.SQL)
		if err != nil {
			return unavailable(err)
		}
		return unavailable(query(ctx, s, steps[0]))
	}
	return d.within(ctx, d.reader, as.Role, steps)
}

// Write runs steps in one immediate transaction.
func (d *database) Write(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	ctx, err := sqliteguard.As(ctx, as)
	if err != nil {
		return err
	}
	return d.within(ctx, d.writer, as.Role, steps)
}

// within runs steps in one transaction. A context that ends meanwhile rolls it
// back; database/sql then says no more than that it is over, so the cause is
// added.
func (d *database) within(ctx context.Context, db *sql.DB, role string, steps []sqlstore.Step) error {
	err := d.transact(ctx, db, role, steps)
	if cause := ctx.Err(); cause != nil && fault.KindOf(err) == fault.ErrUnavailable && !errors.Is(err, cause) {
		return &fault.Error{Kind: fault.ErrUnavailable, Err: cause}
	}
	return err
}

func (d *database) transact(ctx context.Context, db *sql.DB, role string, steps []sqlstore.Step) (err error) {
	// All statements are prepared before the transaction takes the connection.
	statements := make([]*sql.Stmt, len(steps))
	for i, step := range steps {
		statements[i], err = d.prepare(ctx, db, role, step.Statement.SQL) //nolint:sqlclosecheck // kept
		if err != nil {
			return unavailable(err)
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	for i, step := range steps {
		if err := run(ctx, tx, statements[i], step); err != nil {
			return errors.Join(unavailable(err), rollback(tx))
		}
	}
	return unavailable(tx.Commit())
}

// rollback ends a failed transaction; that the context has ended it already is
// no error.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return unavailable(err)
	}
	return nil
}

func run(ctx context.Context, tx *sql.Tx, s *sql.Stmt, step sqlstore.Step) error {
	s = tx.StmtContext(ctx, s) //nolint:sqlclosecheck // the transaction closes it
	if step.Row != nil {
		return query(ctx, s, step)
	}
	result, err := s.ExecContext(ctx, step.Args...)
	if err != nil {
		return refused(ctx, tx, step, err)
	}
	if step.Statement.One {
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if n != 1 {
			return step.Statement.Refusal(sqlstore.BrokenExpectation, "")
		}
	}
	return nil
}

func query(ctx context.Context, s *sql.Stmt, step sqlstore.Step) error {
	rows, err := s.QueryContext(ctx, step.Args...)
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

// refused says what a broken constraint means. SQLite names it in a text for
// people only, so the constraints that it can be are asked one by one.
func refused(ctx context.Context, tx *sql.Tx, step sqlstore.Step, err error) error {
	broken, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return err
	}
	switch broken.Code() {
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
		for _, u := range step.Statement.Uniques() {
			if u.Probe == "" {
				return step.Statement.Refusal(sqlstore.BrokenUnique, u.Name)
			}
			args := make([]any, len(u.Args))
			for i, n := range u.Args {
				args[i] = step.Args[n]
			}
			var taken int
			switch err := tx.QueryRowContext(ctx, u.Probe, args...).Scan(&taken); {
			case err == nil:
				return step.Statement.Refusal(sqlstore.BrokenUnique, u.Name)
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}
		return step.Statement.Refusal(sqlstore.BrokenUnique, "")
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return step.Statement.Refusal(sqlstore.BrokenReference, "")
	case lib.SQLITE_CONSTRAINT_CHECK, lib.SQLITE_CONSTRAINT_NOTNULL, lib.SQLITE_CONSTRAINT_DATATYPE:
		return step.Statement.Refusal(sqlstore.BrokenCheck, "")
	default:
		return err
	}
}

// unavailable gives a driver's error its kind, and a message that does not
// decide anything: the result code.
func unavailable(err error) error {
	var typed *fault.Error
	if err == nil || errors.As(err, &typed) {
		return err
	}
	if broken, ok := errors.AsType[*modernc.Error](err); ok {
		return &fault.Error{Kind: fault.ErrUnavailable, Err: driverError{broken}}
	}
	return &fault.Error{Kind: fault.ErrUnavailable, Err: err}
}

// driverError hides the driver's text, which may quote data, and keeps the
// error for those who unwrap it.
type driverError struct{ err *modernc.Error }

func (e driverError) Error() string { return fmt.Sprintf("SQLite result code %d", e.err.Code()) }
func (e driverError) Unwrap() error { return e.err }
