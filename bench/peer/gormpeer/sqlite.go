package gormpeer

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/platforma/platforma/bench/peer"
)

// OpenSQLite opens a SQLite database: one connection writes, the others read.
func OpenSQLite(_ context.Context, d peer.Database) (peer.Peer, error) {
	writer, err := openSQLite(d.Source, 1, url.Values{"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)"}})
	if err != nil {
		return nil, err
	}
	reader, err := openSQLite(d.Source, d.Connections, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return nil, errors.Join(err, closePool(writer))
	}
	return &Peer{reader: reader, writer: writer, rules: peer.NewRules(), sqlite: true}, nil
}

// openSQLite opens a pool with the settings that PLATFORMA has.
func openSQLite(path string, size int, settings url.Values) (*gorm.DB, error) {
	for _, pragma := range []string{"busy_timeout(10000)", "foreign_keys(1)", "synchronous(NORMAL)", "trusted_schema(0)"} {
		settings.Add("_pragma", pragma)
	}
	pool, err := sql.Open("sqlite", "file:"+path+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db, err := open(pool, size, dialect{pool}, gorm.Config{NamingStrategy: names{separator: "_"}, PrepareStmt: true})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// sqliteName is the name of the dialect.
const sqliteName = "sqlite"

// dialect is SQLite's, on a pool whose driver is the one that all peers have:
// GORM's own dialects for SQLite each come with another.
type dialect struct{ pool *sql.DB }

// Name implements [gorm.Dialector].
func (dialect) Name() string { return sqliteName }

// Initialize implements [gorm.Dialector].
func (d dialect) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
		LastInsertIDReversed: true,
	})
	return nil
}

// Migrator implements [gorm.Dialector].
func (d dialect) Migrator(db *gorm.DB) gorm.Migrator {
	return migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d}}
}

// DataTypeOf implements [gorm.Dialector]; nothing is created here.
func (dialect) DataTypeOf(f *schema.Field) string { return string(f.DataType) }

// DefaultValueOf implements [gorm.Dialector].
func (dialect) DefaultValueOf(*schema.Field) clause.Expression { return clause.Expr{SQL: "NULL"} }

// BindVarTo implements [gorm.Dialector].
func (dialect) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) {
	_ = w.WriteByte('?') // a builder does not fail
}

// QuoteTo implements [gorm.Dialector].
func (dialect) QuoteTo(w clause.Writer, name string) {
	_, _ = w.WriteString(`"` + strings.ReplaceAll(name, ".", `"."`) + `"`) // a builder does not fail
}

// Explain implements [gorm.Dialector].
func (dialect) Explain(query string, args ...any) string {
	return logger.ExplainSQL(query, nil, `'`, args...)
}
