package survival

import (
	"context"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/sqlite"
)

// The roles of the library in the databases of these tests.
const (
	rolePrefix = "survival"
	appLogin   = "survival_app"
	appSecret  = "for-tests-only"
)

// place is where a database is: the application's DSN, or a file.
type place struct {
	DSN  string `json:"dsn,omitempty"`
	File string `json:"file,omitempty"`
}

func (p place) open(ctx context.Context) (storage.Driver, error) {
	if p.File != "" {
		return sqlite.Open(ctx, p.File, nil)
	}
	return postgres.Open(ctx, p.DSN, &postgres.Options{Prefix: rolePrefix, MaxConns: 8})
}

// retry is how long to wait before trying again what failed since the database
// does not answer.
const retry = 20 * time.Millisecond

// platform opens the database as soon as there is one, as a host's process would
// that starts while its server is down.
func (p part) platform(ctx context.Context) (*platforma.Platform, error) {
	driver, err := p.Place.open(ctx)
	for ; err != nil; driver, err = p.Place.open(ctx) {
		if !pause(ctx, retry) {
			return nil, err
		}
	}
	o := platformatest.Options()
	o.Clock = func() time.Time { return time.Now().Add(-p.Behind) }
	o.Poll = 50 * time.Millisecond
	o.Relay = &event.RelayOptions{
		Lease: p.Lease, Backoff: func(int) time.Duration { return 100 * time.Millisecond }, Timeout: time.Hour,
	}
	o.Worker = &resource.WorkerOptions{Timeout: time.Second, Lease: 2 * time.Second, Backoff: 100 * time.Millisecond}
	return platforma.New(driver, o)
}

// pause waits, and says whether the context lasts.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
