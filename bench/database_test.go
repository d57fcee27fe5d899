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

// world returns one for an operation. All are copies of one that is built once:
// what only reads shares a copy, what changes something gets its own, which ends
// with the benchmark.
func (d database) world(b *testing.B, o operation) *world.World {
	b.Helper()
	s, err := worlds.get(d)
	if errors.Is(err, errNoServer) {
		b.Skip(err)
	}
	require.NoError(b, err)
	if !o.changes {
		return s.read
	}
	w, err := s.built.Copy(b.Context())
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, w.Close()) })
	return w
}

// shelter keeps the worlds of each kind of database.
type shelter struct {
	ctx context.Context //nolint:containedctx // as long as the process lives

	mu    sync.Mutex
	kinds map[string]*shared
}

// shared is a world as it was built, and a copy for everybody who only reads.
type shared struct{ built, read *world.World }

func (s *shelter) get(d database) (*shared, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.kinds[d.name]; ok {
		return kept, nil
	}
	built, err := d.build(s.ctx, world.Size{})
	if err != nil {
		return nil, err
	}
	read, err := built.Copy(s.ctx)
	if err != nil {
		return nil, errors.Join(err, built.Close())
	}
	if s.kinds == nil {
		s.kinds = map[string]*shared{}
	}
	s.kinds[d.name] = &shared{built, read}
	return s.kinds[d.name], nil
}

func (s *shelter) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, kept := range s.kinds {
		all = append(all, kept.read.Close(), kept.built.Close())
	}
	s.kinds = nil
	return errors.Join(all...)
}
