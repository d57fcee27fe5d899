package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
)

// InTenant runs a host's own statements, on tables that the host put under the
// policy with CALL platforma.isolate, in the tenant of the context's scope. They
// see and change that tenant's rows alone, and nothing of the library's: they run
// as the role "<prefix>_host". The database is one that [Open] returned.
//
// The statements are one transaction and one round trip. What comes of each is
// read by its callback, see [pgx.QueuedQuery]; a callback is called when the
// transaction is over, so that its error is returned and undoes nothing. What a
// statement sets for the session is reset. A batch is run once.
//
// The scope is all that is asked for: who may do what in the host's tables, and
// whether a suspended tenant may, is the host's to say. Without a scope it is
// fault.ErrNoScope, before any I/O; with another adapter's database, or with
// Options.Logins and none for "host", fault.ErrInvalid. Where the database
// refuses, a unique key is fault.ErrExists, another rule or a value
// fault.ErrInvalid, a lost race fault.ErrConflict, and all else
// fault.ErrUnavailable; each unwraps to the *pgconn.PgError, whose text may quote
// data. No row where one was to be read is fault.ErrNotFound. It is safe for
// concurrent use.
func InTenant(ctx context.Context, db storage.Driver, batch *pgx.Batch) error {
	by, err := scope.FromTenant(ctx)
	if err != nil {
		return err
	}
	own, ok := db.(driver)
	if !ok {
		return fault.New(fault.ErrInvalid, "the database is none that postgres.Open returned")
	}
	return own.database.host(ctx, by.Tenant, batch)
}

func (d *database) host(ctx context.Context, tenant scope.TenantID, batch *pgx.Batch) error {
	pool, ok := d.pools[roleHost]
	if !ok {
		return fault.New(fault.ErrInvalid, "Options.Logins has none for the host's own statements")
	}
	sent := &pgx.Batch{}
	scoped := false
	sent.Queue(prologue, d.prefix+"_"+roleHost, string(tenant)).Exec(func(pgconn.CommandTag) error {
		scoped = true
		return nil
	})
	for _, q := range batch.QueuedQueries {
		one := *q // its text is taken away below
		sent.QueuedQueries = append(sent.QueuedQueries, &one)
	}
	// A host's statement may have set something for the session.
	sent.Queue("RESET ROLE")
	sent.Queue("RESET ALL")
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	results := conn.SendBatch(ctx, sent)
	keep(sent)
	err = hosted(results.Close())
	lost := conn.Conn().IsClosed()
	switch { // as for the library's own statements
	case !scoped && forbidden(err):
		_ = conn.Conn().Close(ctx)
	case errors.Is(err, fault.ErrUnavailable):
		_ = conn.Conn().DeallocateAll(ctx)
	}
	if lost {
		return unavailable(err)
	}
	return err
}

// hosted says what a refusal means for a host's statement, of whose tables
// nothing is known; what a callback returned is the host's, and stays.
func hosted(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return &fault.Error{Kind: fault.ErrNotFound, Err: err}
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch e.Code {
	case uniqueViolation:
		return &fault.Error{Kind: fault.ErrExists, Err: driverError{e}}
	case foreignKeyViolation, checkViolation, notNullViolation:
		return &fault.Error{Kind: fault.ErrInvalid, Err: driverError{e}}
	case expectation:
		return &fault.Error{Kind: fault.ErrConflict, Err: driverError{e}}
	}
	if typed := ofAnyStatement(e); typed != nil {
		return typed
	}
	return unavailable(e)
}
