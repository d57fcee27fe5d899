package survival

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/postgresserver"
)

// campaign is a host of several processes on one database, and who kills them.
type campaign struct {
	folder string
	place  place
	// server is PostgreSQL's, and nil on SQLite. Its superuser reads at driver and
	// dsn what is left.
	server      *postgresserver.Server
	driver, dsn string

	lease   time.Duration
	seed    uint64
	random  *rand.Rand
	shops   []shop
	journal *notes
	writers []*process
	relays  []*process
	kills   map[string]int
}

// The sizes of a host.
const (
	writerCount     = 16
	writerProcesses = 2
	relayProcesses  = 2
)

// open makes the tenants.
func (c *campaign) open(t *testing.T, seed uint64, lease time.Duration) {
	t.Helper()
	c.seed, c.lease, c.random, c.kills = seed, lease, rand.New(rand.NewPCG(seed, 0)), map[string]int{}
	c.folder = t.TempDir()
	var err error
	c.journal, err = openNotes(c.path(journal))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.journal.file.Close() })
	c.within(t, func(_ context.Context, p *platforma.Platform) { c.shops = openShops(t, p) })
}

// within does something in the test's own process, which has the subscriptions
// too.
func (c *campaign) within(t *testing.T, do func(context.Context, *platforma.Platform)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*longest)
	defer cancel()
	own := part{Name: "the test", Folder: c.folder, Place: c.place, Lease: c.lease}
	p, err := own.platform(ctx)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	require.NoError(t, own.subscribe(p))
	do(ctx, p)
}

// staff starts the processes.
func (c *campaign) staff(t *testing.T, think time.Duration) {
	t.Helper()
	for i := range relayProcesses {
		c.relays = append(c.relays, c.process(t, fmt.Sprintf("relay-%d", i), part{}))
	}
	numbers := make([][]int, writerProcesses)
	for number := range writerCount {
		numbers[number%writerProcesses] = append(numbers[number%writerProcesses], number)
	}
	for i, some := range numbers {
		// Events whose order is that of clocks would be out of order.
		behind := time.Duration(i) * 3 * time.Second
		c.writers = append(c.writers, c.process(t, fmt.Sprintf("writers-%d", i), part{
			Writers: some, Seed: c.seed, Pause: think, Shops: c.shops, Behind: behind,
		}))
	}
}

func (c *campaign) path(name string) string { return filepath.Join(c.folder, name) }

func (c *campaign) process(t *testing.T, role string, of part) *process {
	t.Helper()
	of.Folder, of.Place, of.Lease = c.folder, c.place, c.lease
	p := &process{role: role, part: of}
	p.start(t)
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	return p
}

// await waits until so many bytes have come into the journal: some work is done.
func (c *campaign) await(t *testing.T, more int64) {
	t.Helper()
	size := func() int64 {
		info, err := os.Stat(c.path(journal))
		require.NoError(t, err)
		return info.Size()
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	for enough := size() + more; size() < enough; {
		require.True(t, pause(ctx, time.Millisecond), "nothing is delivered any more: %s", c.relays[0].said())
	}
}

// victim is what is killed at once.
type victim int

const (
	aWriter victim = iota
	aRelay
	server
	everything
)

// kill kills a victim while work is under way, and starts it again.
func (c *campaign) kill(t *testing.T, what victim) {
	t.Helper()
	c.await(t, 10_000+c.random.Int64N(busy))
	pause(context.Background(), time.Duration(c.random.IntN(50))*time.Millisecond)
	var dead []*process
	switch what {
	case aWriter:
		dead = []*process{pick(c.random, c.writers)}
		c.kills["of writers"]++
	case aRelay:
		dead = []*process{pick(c.random, c.relays)}
		c.kills["of relays"]++
	case server:
		c.kills["of the server"]++
	case everything:
		dead = append(append(dead, c.writers...), c.relays...)
		c.kills["of everything"]++
	}
	for _, p := range dead {
		c.note(t, note{Killed: p.Name})
	}
	outage := c.server != nil && (what == server || what == everything)
	if outage {
		c.note(t, note{Killed: theServer})
		require.NoError(t, c.server.Kill())
	}
	for _, p := range dead {
		p.kill(t)
	}
	if outage {
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		defer cancel()
		require.NoError(t, c.server.Restart(ctx))
		c.note(t, note{Back: true})
	}
	for _, p := range dead {
		p.start(t)
	}
}

func (c *campaign) note(t *testing.T, n note) {
	t.Helper()
	n.At = time.Now().UnixMicro()
	require.NoError(t, c.journal.add(n))
}

// end has the writers end, the rest of the work done, and the relays end, and
// collects the evidence.
func (c *campaign) end(t *testing.T) evidence {
	t.Helper()
	for _, p := range append(c.writers, c.relays...) {
		p.stop(t)
	}
	c.within(t, func(ctx context.Context, p *platforma.Platform) { require.NoError(t, p.Settle(ctx)) })
	e := evidence{
		left: whatIsLeft(t, c.driver, c.dsn), journal: readNotes[note](t, c.path(journal)),
		answers: map[int][]answer{}, opened: c.shops,
	}
	for number := range writerCount {
		e.answers[number] = readNotes[answer](t, answersOf(c.folder, number))
	}
	return e
}
