package postgres

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/internal/sqlstore"
)

// facts are what a database answers to an inspection.
type facts struct {
	database string
	version  int  // as in 150018
	strings  bool // backslashes in them are nothing special
	migrated bool // and the list of migrations may be read
	applied  []string
	// broken are the findings of the rules that are queries.
	broken []Finding
	// sealed says that the database has to be: what is advice elsewhere counts.
	sealed bool
}

// circumstances is the first question of an inspection.
const circumstances = "SELECT current_database(), current_setting('server_version_num'), current_setting('standard_conforming_strings')"

// settings are those that an inspection needs, until the end of the transaction
// that its batch is. It is the login that looks, whatever role is set for it. With
// the path, names come with their schemas in what the catalog answers, and mean
// what they say; a compiled plan would cost more than the query. As statements of
// their own they are there for everybody, also where set_config is not.
func settings() []string {
	return []string{"SET LOCAL ROLE NONE", "SET LOCAL search_path = pg_catalog", "SET LOCAL jit = off"}
}

// look asks a database all that the rules are about, in one round trip.
func look(ctx context.Context, conn *pgconn.PgConn, o InspectOptions) (facts, error) {
	arguments, err := texts(o.Prefix, o.Logins, o.Tables, sqlstore.Services())
	if err != nil {
		return facts{}, err
	}
	batch := &pgconn.Batch{}
	batch.ExecParams(circumstances, nil, nil, nil, nil)
	for _, statement := range settings() {
		batch.ExecParams(statement, nil, nil, nil, nil)
	}
	batch.ExecParams(inspection(), arguments, nil, nil, nil)
	batch.ExecParams("SELECT name FROM platforma.applied ORDER BY name", nil, nil, nil, nil)
	answers, err := conn.ExecBatch(ctx, batch).ReadAll()
	f, err := read(answers, err)
	f.sealed = o.Sealed
	return f, err
}

// The conditions of a list of migrations that is not there, or not for
// everybody.
const (
	undefinedTable  = "42P01"
	undefinedSchema = "3F000"
	denied          = "42501"
)

// read takes the answers for what they say. The last one that fails says that
// the database is not migrated; what fails before it, on a server that is too
// old, is of no interest.
func read(answers []*pgconn.Result, err error) (facts, error) {
	var f facts
	rules := 1 + len(settings())
	for i, answer := range answers {
		if answer.Err != nil {
			break
		}
		for _, row := range answer.Rows {
			switch i {
			case 0:
				f.database, f.strings = string(row[0]), string(row[2]) == "on"
				f.version, _ = strconv.Atoi(string(row[1])) // a server says nothing else
				if f.tooOld() {
					return f, nil
				}
			case rules:
				f.broken = append(f.broken, found(string(row[0]), string(row[1]), string(row[2])))
			default:
				f.applied = append(f.applied, string(row[0]))
			}
		}
	}
	f.migrated = err == nil
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(answers) <= rules || answers[rules].Err != nil {
		return f, err
	}
	switch refused.Code {
	case undefinedTable, undefinedSchema, denied:
		return f, nil
	default:
		return f, err
	}
}

// texts writes arguments as PostgreSQL reads them.
func texts(arguments ...any) ([][]byte, error) {
	types, all := pgtype.NewMap(), make([][]byte, len(arguments))
	for i, argument := range arguments {
		kind := uint32(pgtype.TextOID)
		if list, ok := argument.([]string); ok {
			kind, argument = pgtype.TextArrayOID, append([]string{}, list...) // none is an empty list
		}
		var err error
		if all[i], err = types.Encode(kind, pgtype.TextFormatCode, argument, []byte{}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
