package bench_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/facade"
	"github.com/platforma/platforma/bench/peer/pgxpeer"
	"github.com/platforma/platforma/bench/world"
	"github.com/platforma/platforma/internal/postgrestest"
)

// rival is a peer in a contest.
type rival struct {
	name string
	open peer.Open
}

// database is a kind of database, and who works on it.
type database struct {
	name string
	// limit names the peer that the others are measured against.
	limit string
	// rtts are the network round trip times: that of the loopback, and more.
	rtts  []time.Duration
	peers []rival
	build func(ctx context.Context, size world.Size) (*world.World, error)
}

func onPostgres() database {
	return database{
		name: "postgres", limit: "pgx-batch", rtts: []time.Duration{0, time.Millisecond}, build: postgres,
		peers: []rival{
			{"platforma", facade.OpenPostgres},
			{"pgx-batch", pgxpeer.OpenBatch},
			{"pgx", pgxpeer.OpenTransaction},
		},
	}
}

var errNoServer = errors.New("PostgreSQL is left out: run `make bench`, or set " + postgrestest.Variable + " to a superuser's DSN")

func postgres(ctx context.Context, size world.Size) (*world.World, error) {
	superuser := os.Getenv(postgrestest.Variable)
	if superuser == "" {
		return nil, errNoServer
	}
	return world.Postgres(ctx, superuser, size)
}

// world returns one for an operation: what only reads shares it, what changes
// something gets its own, which ends with the benchmark.
func (d database) world(b *testing.B, o operation) *world.World {
	b.Helper()
	w, err := worlds.get(d)
	if o.changes {
		w, err = d.build(context.WithoutCancel(b.Context()), o.size)
	}
	if errors.Is(err, errNoServer) {
		b.Skip(err)
	}
	require.NoError(b, err)
	if o.changes {
		b.Cleanup(func() { require.NoError(b, w.Close()) })
	}
	return w
}

// shelter keeps a world of each kind of database.
type shelter struct {
	ctx context.Context //nolint:containedctx // as long as the process lives

	mu    sync.Mutex
	built map[string]*world.World
}

func (s *shelter) get(d database) (*world.World, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w, ok := s.built[d.name]; ok {
		return w, nil
	}
	w, err := d.build(s.ctx, world.Size{})
	if err != nil {
		return nil, err
	}
	if s.built == nil {
		s.built = map[string]*world.World{}
	}
	s.built[d.name] = w
	return w, nil
}

func (s *shelter) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, w := range s.built {
		all = append(all, w.Close())
	}
	s.built = nil
	return errors.Join(all...)
}
