// Package sqlite is the adapter for SQLite: a file, no server. It is made for
// one host on one machine, for tests, and for programs of their own.
//
//	db, err := sqlite.Open(ctx, "cloud.db", nil)
//	p, err := platforma.New(db, nil)
//
// Open creates the file and brings its schema up to date. One connection
// writes and several read, so that readers never wait; several processes may
// open one file.
//
// All connections are under guard: inside SQLite too, an operation reaches the
// rows of its tenant alone, and the tables of its service. The guards are on the
// connections, not in the file: whoever opens it with another driver is held by
// none of them. A host may keep tables of its own in the file, which the adapter
// does not reach; triggers of its own on the adapter's tables are refused.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/driver/sqliteshim"
	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqliteguard"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/storage"
)

// Options are how a database is opened; nil means the defaults.
type Options struct {
	// Readers is how many connections read at once; 0 is the number of
	// processors, at least 2.
	Readers int
	// BusyTimeout is how long a statement waits for another process's write;
	// 0 is ten seconds.
	BusyTimeout time.Duration
	// Durable makes every commit survive a power failure, at the price of a
	// disk flush each. The default survives the process's death at any point.
	Durable bool
}

// Memory is the path of a database in memory, which ends with Close.
const Memory = ":memory:"

// Open opens a database file, creates it where it is not there, and brings its
// schema up to date. Errors are fault.ErrUnavailable, also where the SQLite driver
// cannot keep tenants apart.
func Open(ctx context.Context, path string, o *Options) (storage.Driver, error) {
	if o == nil {
		o = &Options{}
	}
	driver, _, err := open(ctx, path, *o)
	if err != nil {
		return nil, &fault.Error{Op: "sqlite.open", Kind: fault.ErrUnavailable, Err: err}
	}
	return driver, nil
}

func (o Options) withDefaults() Options {
	if o.Readers == 0 {
		o.Readers = max(2, runtime.NumCPU())
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 10 * time.Second
	}
	return o
}

// checkPath refuses what cannot be opened before anything is. The shim names
// the driver of the platform: where that is not the one whose authorizer and
// hooks the adapter relies on, isolation could not be kept.
func checkPath(path string) error {
	if name := sqliteshim.DriverName(); name != "sqlite" {
		return fmt.Errorf("no pure Go SQLite driver for this platform (%s/%s)", runtime.GOOS, runtime.GOARCH)
	}
	if path == "" {
		return errors.New("the path of the database is empty")
	}
	return nil
}

// open opens a database, migrates it, and puts its connections under guard. A
// file is migrated on a connection of its own, which has no guards and is closed
// then; a database in memory has one connection only.
func open(ctx context.Context, path string, o Options) (*sqlstore.Driver, *database, error) {
	if err := checkPath(path); err != nil {
		return nil, nil, err
	}
	o = o.withDefaults()
	db := &database{}
	driver := sqlstore.NewDriver(sqlitedialect.New(), db, db.Close)
	declared := sqliteguard.Declare(driver.Writes()...)
	err := patiently(ctx, o.BusyTimeout, func() error {
		if path == Memory {
			return db.openMemory(ctx, o, declared)
		}
		return db.openFile(ctx, path, o, declared)
	})
	if err != nil {
		return nil, nil, err
	}
	return driver, db, nil
}

func (d *database) openMemory(ctx context.Context, o Options, declared sqliteguard.Declared) error {
	d.writer = guarded(&sqliteguard.Connector{
		DSN: dsn(Memory, o, false), Declared: declared,
		Before: func(ctx context.Context, one *sql.DB) error {
			return errors.Join(checkPragmas(ctx, one, o, Memory), migrateTo(ctx, one, newest()))
		},
	}, 1)
	d.reader = d.writer
	return d.begin(ctx)
}

func (d *database) openFile(ctx context.Context, path string, o Options, declared sqliteguard.Declared) (err error) {
	one := pool(&modernc.Driver{}, dsn(path, o, false), 1)
	defer func() { err = errors.Join(err, one.Close()) }()
	check := func(ctx context.Context, one *sql.DB) error { return checkPragmas(ctx, one, o, path) }
	if err := check(ctx, one); err != nil {
		return err
	}
	if err := migrateTo(ctx, one, newest()); err != nil {
		return err
	}
	tables, err := sqliteguard.Read(ctx, one)
	if err != nil {
		return err
	}
	d.writer = guarded(&sqliteguard.Connector{
		DSN: dsn(path, o, false), Before: check, Tables: tables, Declared: declared,
	}, 1)
	d.reader = guarded(&sqliteguard.Connector{
		DSN: dsn(path, o, true), Before: check, Tables: tables, Declared: declared, Reads: true,
	}, o.Readers)
	return d.begin(ctx)
}

// begin opens a connection of each kind, so that what does not work is found
// out at once.
func (d *database) begin(ctx context.Context) error {
	for _, db := range []*sql.DB{d.writer, d.reader} {
		if err := db.PingContext(ctx); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	return nil
}

// newest is the newest version of the schema.
func newest() string {
	versions := Versions()
	return versions[len(versions)-1]
}

// patiently tries again what is refused because another process is at it. SQLite
// does not wait by itself where it turns a new file into one with a log.
func patiently(ctx context.Context, patience time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := try()
		busy, ok := errors.AsType[*modernc.Error](err)
		if !ok || busy.Code()&0xff != lib.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// connector opens connections of a driver value of the adapter's own, so that
// nothing of the host's is in reach.
type connector struct {
	driver *modernc.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

func pool(d *modernc.Driver, dsn string, size int) *sql.DB {
	return sized(sql.OpenDB(connector{d, dsn}), size)
}

func guarded(c *sqliteguard.Connector, size int) *sql.DB { return sized(sql.OpenDB(c), size) }

func sized(db *sql.DB, size int) *sql.DB {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

func dsn(path string, o Options, reader bool) string {
	synchronous := "NORMAL"
	if o.Durable {
		synchronous = "FULL"
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", o.BusyTimeout.Milliseconds()),
		"foreign_keys(1)", "synchronous(" + synchronous + ")", "trusted_schema(0)", "recursive_triggers(1)",
	}}
	if reader {
		q.Set("_txlock", "deferred")
	} else if path != Memory {
		q["_pragma"] = append(q["_pragma"], "journal_mode(WAL)")
	}
	if path == Memory {
		return path + "?" + q.Encode()
	}
	// A "?" or "#" of the path itself must not end it.
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?" + q.Encode()
}

// checkPragmas reads back what the DSN asked for: a driver that does not know
// an option ignores it without a word.
func checkPragmas(ctx context.Context, db *sql.DB, o Options, path string) error {
	expected := map[string]string{
		"foreign_keys": "1", "trusted_schema": "0", "synchronous": "1",
		"busy_timeout": strconv.FormatInt(o.BusyTimeout.Milliseconds(), 10), "recursive_triggers": "1",
	}
	if o.Durable {
		expected["synchronous"] = "2"
	}
	if path != Memory {
		expected["journal_mode"] = "wal"
	}
	for name, want := range expected {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("SQLite's %s is %s and must be %s", name, got, want)
		}
	}
	return nil
}
