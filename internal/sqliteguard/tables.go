package sqliteguard

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Tables are what the guards know of the tables of a database, by their names.
type Tables map[string]table

// table is one that a service owns.
type table struct {
	name, service string
	// tenant is the column that the tenant is in.
	tenant string
	// primary is the index of the primary key, if another index does not begin
	// with the tenant.
	primary string
	// kin are the tables that foreign keys lead to or from. SQLite reads their
	// keys when a row is written.
	kin []string
}

const readTables = `SELECT t.name, c.name, coalesce((
	SELECT p.name FROM pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS f ON f.seqno = 0
	JOIN pragma_index_list(t.name) AS p ON p.origin = 'pk' WHERE f.name <> c.name LIMIT 1), '')
FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c ON c.cid = 0 WHERE t.type = 'table'`

const readReferences = `SELECT t.name, k."table"
FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'`

// Read reads the catalog of a database that the migrations have brought up to
// date, on a connection without guards. A service's table begins with its name,
// and with the column of the tenant.
func Read(ctx context.Context, db *sql.DB) (Tables, error) {
	all := Tables{}
	err := each(ctx, db, readTables, func(row []string) error {
		service, _, _ := strings.Cut(row[0], "_")
		t := table{name: row[0], service: service, tenant: row[1], primary: row[2]}
		// What else is in the file is the host's, and out of reach.
		if isService(service) && (t.tenant == "tenant_id" || t.name == tenants && t.tenant == "id") {
			all[t.name] = t
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	if len(all) == 0 {
		return all, errors.New("the database has no tables")
	}
	return all, each(ctx, db, readReferences, func(row []string) error {
		for _, pair := range [][2]string{{row[0], row[1]}, {row[1], row[0]}} {
			if t, ok := all[pair[0]]; ok {
				t.kin = append(t.kin, pair[1])
				all[pair[0]] = t
			}
		}
		return nil
	})
}

// tenants is the table whose rows are the tenants themselves.
const tenants = "tenant_tenants"

// each calls a function for the texts of each row of an answer.
func each(ctx context.Context, db *sql.DB, query string, do func(row []string) error) (err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row, targets := make([]string, len(columns)), make([]any, len(columns))
		for i := range targets {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := do(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sorted returns the tables by their names.
func (t Tables) sorted() []table {
	all := slices.Collect(maps.Values(t))
	slices.SortFunc(all, func(a, b table) int { return strings.Compare(a.name, b.name) })
	return all
}
