package postgrestest

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Lender lends databases to the tests beneath one, each to one test at a time.
// What comes back is emptied and lent again: that is far cheaper than a new
// copy of the template. It is safe for concurrent use.
type Lender struct {
	owner testing.TB
	mu    sync.Mutex
	free  []Database
}

// NewLender returns a lender whose databases are removed at the owner's end.
func NewLender(owner testing.TB) *Lender {
	owner.Helper()
	return &Lender{owner: owner}
}

// Lend returns an empty, migrated database, which is taken back at the end of
// the test.
func (l *Lender) Lend(t testing.TB) Database {
	t.Helper()
	d, ok := l.take()
	if !ok {
		d = New(l.owner)
	}
	t.Cleanup(func() {
		reusable, err := empty(d)
		if err != nil {
			t.Errorf("the database cannot be emptied: %v", err)
		}
		if reusable {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.free = append(l.free, d)
		}
	})
	return d
}

func (l *Lender) take() (Database, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return Database{}, false
	}
	last := len(l.free) - 1
	d := l.free[last]
	l.free = l.free[:last]
	return d, true
}

// empty deletes all rows. A database that has grown is not worth it: what was
// measured in the next test would depend on this one.
func empty(d Database) (reusable bool, err error) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, d.Superuser)
	if err != nil {
		return false, err
	}
	defer c.Close(ctx)
	if err := c.QueryRow(ctx, "SELECT pg_database_size(current_database()) < 20 * 1024 * 1024").Scan(&reusable); err != nil || !reusable {
		return false, err
	}
	_, err = c.Exec(ctx, `DO $$
DECLARE
  tab regclass;
BEGIN
  SET LOCAL session_replication_role = replica; -- foreign keys do not matter where nothing stays
  FOR tab IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('tenant', 'customer', 'catalog', 'order', 'resource', 'webhook', 'event')
  LOOP
    EXECUTE 'DELETE FROM ' || tab;
  END LOOP;
END
$$`)
	return err == nil, err
}
