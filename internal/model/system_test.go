package model

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/sqlite"
)

// database is a database that sequences run on, one after the other.
type database struct {
	name   string
	open   func() (storage.Driver, error)
	driver storage.Driver
	// lasting says that what is in it survives that it is closed.
	lasting bool
	closed  bool
}

// memory opens a database in memory, file one in a file, and server a fresh one
// on the PostgreSQL server.
func memory(t testing.TB) *database {
	t.Helper()
	return opened(t, &database{name: "sqlite in memory", open: func() (storage.Driver, error) {
		return sqlite.Open(context.Background(), sqlite.Memory, nil)
	}})
}

func file(t testing.TB) *database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloud.db")
	return opened(t, &database{name: "sqlite", lasting: true, open: func() (storage.Driver, error) {
		return sqlite.Open(context.Background(), path, &sqlite.Options{Readers: 1})
	}})
}

func server(t testing.TB) *database {
	t.Helper()
	made := postgrestest.New(t)
	return opened(t, &database{name: "postgres", lasting: true, open: func() (storage.Driver, error) {
		return postgres.Open(context.Background(), made.App, &postgres.Options{Prefix: postgrestest.Prefix, MaxConns: 2})
	}})
}

func opened(t testing.TB, d *database) *database {
	t.Helper()
	var err error
	if d.driver, err = d.open(); err != nil {
		t.Fatalf("the database does not open: %v", err)
	}
	t.Cleanup(func() { d.close(t) })
	return d
}

// close closes the database, once.
func (d *database) close(t testing.TB) {
	t.Helper()
	if d.closed {
		return
	}
	d.closed = true
	if err := d.driver.Close(); err != nil {
		t.Errorf("the database does not close: %v", err)
	}
	d.driver = nil // the test's end has hold of d, and of thousands where a sequence is cut down
}

// reopen closes a lasting database and opens it again.
func (d *database) reopen() error {
	if !d.lasting {
		return nil
	}
	err := d.driver.Close()
	if err == nil {
		d.driver, err = d.open()
	}
	return err
}

// system is a platform on a database, with all that is around it.
type system struct {
	*database
	world    *world
	platform *platforma.Platform
	mortal   *mortal
	backEnd  *backEnd
	watcher  *watcher
	// faulty plants a fault into the driver; nil leaves it as it is.
	faulty func(storage.Driver) storage.Driver
}

// template is what the back end makes; of any other there is none.
const template = "vm"

// tries is how often the worker tries an action, and attempts how often the
// relay tries an event.
const (
	tries    = 3
	attempts = 2
)

// start makes a platform on the database, as a process does that starts. There
// is one lane and one worker, so that all is done in one order on every
// database, and no pause but those that a back end asks for.
func (s *system) start() error {
	driver := s.driver
	if s.faulty != nil {
		driver = s.faulty(driver)
	}
	s.mortal = &mortal{Driver: driver, fresh: map[string]map[event.ID]bool{}, budget: -1}
	var err error
	s.platform, err = platforma.New(s.mortal, &platforma.Options{
		Provisioners: map[string]resource.Provisioner{template: s.backEnd},
		Clock:        func() time.Time { return s.world.now },
		Entropy:      rand.NewPCG(uint64(s.world.number), uint64(s.world.starts)),
		Logger:       slog.New(slog.DiscardHandler),
		Relay: &event.RelayOptions{
			Lanes: 1, Patience: time.Hour, Attempts: attempts, Lease: time.Hour, Backoff: func(int) time.Duration { return 0 },
		},
		Worker: &resource.WorkerOptions{Concurrency: 1, MaxTries: tries, Backoff: 1, MaxBackoff: 1, Lease: time.Hour},
	})
	if err != nil {
		return err
	}
	return s.platform.Events.Subscribe(event.Subscription{Name: watching, Services: watched, Handle: s.watcher.handle})
}

// ask has the system do something, and notes its answer.
func (s *system) ask(ctx context.Context, p plan) answer {
	s.mortal.asked = 0
	value, err := p.call(ctx, s.platform)
	return answerOf(value, err)
}

func (s *system) String() string { return fmt.Sprintf("%s (platform %d)", s.name, s.world.starts) }
