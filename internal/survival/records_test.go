package survival

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/platforma/platforma/event"
)

// record is an event, in an outbox or as it was delivered.
type record struct {
	Service  string `json:"service,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Subject  string `json:"subject,omitempty"`
	Version  int64  `json:"version,omitempty"`
	Position int64  `json:"position,omitempty"`
	// Data is the hash of the event's data.
	Data string `json:"data,omitempty"`
}

func recordOf(e event.Event) record {
	return record{
		Service: e.Service, Tenant: string(e.Tenant), ID: string(e.ID), Type: e.Type, Subject: e.Subject, Version: e.Version,
		Position: e.Position, Data: hashed(e.Data),
	}
}

func hashed(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// entity is an entity as it is in the end.
type entity struct {
	Table, Tenant, ID string
	Version           int64
}

// left is what is in the database in the end.
type left struct {
	events   []record
	entities []entity
	// underWay counts orders and resources that are not at an end, letters the
	// events that were put aside.
	underWay, letters int
}

// tables are the entities' tables, by their services.
var tables = map[string][]string{
	"tenant": {"tenants", "users", "roles"}, "customer": {"customers"}, "catalog": {"products"}, "order": {"orders"},
	"resource": {"clusters", "networks", "resources", "instances"}, "webhook": {"endpoints"},
}

// whatIsLeft reads the database without the library: as PostgreSQL's superuser,
// or the file as it is.
func whatIsLeft(t *testing.T, driver, dsn string) (l left) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	query := func(text string, row func(*sql.Rows) error) {
		// On SQLite a service's tables have its name before theirs.
		if driver == "sqlite" {
			text = strings.ReplaceAll(text, `".`, `_`)
			text = strings.ReplaceAll(text, `"`, "")
		}
		rows, err := db.QueryContext(context.Background(), text)
		require.NoError(t, err, text)
		defer rows.Close()
		for rows.Next() {
			require.NoError(t, row(rows))
		}
		require.NoError(t, rows.Err())
	}
	for service, names := range tables {
		query(`SELECT tenant_id, id, type, subject, version, coalesce(position, 0), data FROM "`+service+`".outbox`,
			func(rows *sql.Rows) error {
				r := record{Service: service}
				var data []byte
				err := rows.Scan(&r.Tenant, &r.ID, &r.Type, &r.Subject, &r.Version, &r.Position, &data)
				r.Data = hashed(data)
				l.events = append(l.events, r)
				return err
			})
		for _, name := range names {
			tenant := "tenant_id"
			if name == "tenants" {
				tenant = "id"
			}
			query(`SELECT `+tenant+`, id, version FROM "`+service+`".`+name, func(rows *sql.Rows) error {
				e := entity{Table: name}
				err := rows.Scan(&e.Tenant, &e.ID, &e.Version)
				l.entities = append(l.entities, e)
				return err
			})
		}
	}
	count := func(into *int) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			var n int
			err := rows.Scan(&n)
			*into += n
			return err
		}
	}
	query(`SELECT count(*) FROM "order".orders WHERE status IN ('pending', 'processing')`, count(&l.underWay))
	query(`SELECT count(*) FROM "resource".resources WHERE status = 'provisioning'`, count(&l.underWay))
	query(`SELECT count(*) FROM "event".dead_letters`, count(&l.letters))
	return l
}
