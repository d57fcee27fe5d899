package model

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
)

// bench is a set of databases in step, for one sequence after the other. The
// sequences share them, as tenants do: each has tenants of its own.
type bench struct {
	open      func(t testing.TB) []*database
	databases []*database
	faulty    func(storage.Driver) storage.Driver
	number    int
	seen      map[outcome]int
}

// alone opens a database in memory, both one of each adapter, lasting two that
// can be opened again.
func alone(t testing.TB) []*database {
	t.Helper()
	return []*database{memory(t)}
}

func both(t testing.TB) []*database {
	t.Helper()
	return []*database{memory(t), server(t)}
}

func lasting(t testing.TB) []*database {
	t.Helper()
	return []*database{file(t), server(t)}
}

// worn is how many sequences share databases: the work in the background looks
// at all their tenants.
const worn = 200

// begin makes the world of a sequence.
func (b *bench) begin(t testing.TB) (*world, error) {
	t.Helper()
	if b.databases == nil || b.number%worn == 0 {
		b.retire(t)
		b.databases = b.open(t)
	}
	b.number++
	w := &world{number: b.number, rules: newRules(), cursors: map[string]cursor{}, seen: b.seen}
	w.began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(b.number) * 72 * time.Hour)
	w.now, w.latest, w.started = w.began, w.began, w.began
	for _, d := range b.databases {
		s := &system{database: d, world: w, backEnd: &backEnd{plant: newPlant()}, watcher: &watcher{}, faulty: b.faulty}
		if err := s.start(); err != nil {
			return nil, err
		}
		w.systems = append(w.systems, s)
	}
	return w, nil
}

// run runs a sequence. After one that fails, what is left of it must not be in
// the way of the next.
func (b *bench) run(t testing.TB, commands []command) error {
	t.Helper()
	w, err := b.begin(t)
	if err == nil {
		err = w.run(append(opening(), commands...))
	}
	if err != nil {
		b.retire(t)
	}
	return err
}

func (b *bench) retire(t testing.TB) {
	t.Helper()
	for _, d := range b.databases {
		d.close(t)
	}
	b.databases = nil
}

// opening is how every sequence begins: with two tenants, of whom the first has
// all that an order takes.
func opening() []command {
	return []command{
		{Op: "tenant.create"}, {Op: "tenant.create", N: 1},
		{Op: "user.add", What: 3}, {Op: "customer.create"}, {Op: "product.import", N: importActive},
		{Op: "cluster.create"}, {Op: "network.create", What: 1},
	}
}

// listed writes a sequence as Go.
func listed(commands []command) string {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "\n\t\t%s", c)
	}
	return b.String()
}

// TestModel runs sequences on SQLite and PostgreSQL in step: on a database in
// memory, and on one in a file that is opened again now and then. Without a
// PostgreSQL server it runs SQLite alone.
func TestModel(t *testing.T) {
	t.Parallel()
	parts := map[string]func(t testing.TB) []*database{"memory": both, "file": lasting}
	if os.Getenv(postgrestest.Variable) == "" {
		parts = map[string]func(t testing.TB) []*database{"alone": alone}
	}
	for name, open := range parts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{open: open, seen: map[outcome]int{}}
			fails := func(commands []command) bool { return b.run(t, commands) != nil }
			var failed []command
			t.Cleanup(func() {
				if failed != nil {
					left := cut(failed, fails)
					t.Logf("cut down, behind what opening does: %v%s", b.run(t, left), listed(left))
				}
			})
			rapid.Check(t, func(rt *rapid.T) {
				commands := sequences().Draw(rt, "commands")
				if err := b.run(t, commands); err != nil {
					// What fails the check must read the same each time, or it
					// is taken for another failure and not cut down.
					failed = commands
					rt.Fatal("the databases and the rules do not say the same")
				}
			})
			t.Logf("%d commands; %v", total(b.seen), untested(b.seen))
		})
	}
}
