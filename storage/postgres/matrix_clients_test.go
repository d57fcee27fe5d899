package postgres_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// tally is what a run of the matrix came to.
type tally struct {
	mu                  sync.Mutex
	cases, twins, leaks int
	answers             map[string]int
	faults              []string
}

func (s *tally) add(h heard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cases++
	s.answers[cmp.Or(h.code, "answered")]++
}

func (s *tally) twin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.twins++
}

func (s *tally) faultf(leak bool, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leak {
		s.leaks++
	}
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func (s *tally) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s.answers)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, s.answers[name]))
	}
	return fmt.Sprintf("%d cases (%s), %d of them compared with those of a missing row, %d leaks", s.cases, strings.Join(parts, ", "), s.twins, s.leaks)
}

// check fails the test on every fault, of which it shows some.
func (s *tally) check(t *testing.T) {
	t.Helper()
	if len(s.faults) > 0 {
		t.Errorf("%d faults:\n%s", len(s.faults), strings.Join(s.faults[:min(40, len(s.faults))], "\n"))
	}
}

// client is an actor with a connection of its own.
type client struct {
	actor
	conn *pgconn.PgConn
}

// enter connects all actors.
func (m *matrix) enter(t *testing.T, dsn func(string) string) []client {
	t.Helper()
	var all []client
	for _, a := range actors(m.a, m.b, m.schemas) {
		login := m.database.App
		if a.owner {
			login = m.database.Owner
		}
		all = append(all, client{a, connect(t, dsn(login)).PgConn()})
	}
	return all
}

// run has every client send every kind of statement to some tables.
func (m *matrix) run(ctx context.Context, clients []client, tables ...*relation) *tally {
	sum := &tally{answers: map[string]int{}}
	var group sync.WaitGroup
	atOnce := make(chan struct{}, 4)
	for _, c := range clients {
		group.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			for _, r := range tables {
				if c.visits(r) {
					c.visit(ctx, r, sum)
				}
			}
		})
	}
	group.Wait()
	return sum
}

// visit sends every kind of statement to one table.
func (c client) visit(ctx context.Context, r *relation, sum *tally) {
	for _, k := range kinds {
		c.send(ctx, r, k, sum, k.text(r, r.at, r.fresh), k.text(r, r.fresh, r.at))
	}
}

// send sends a statement about a row and compares the answer with the rules;
// for another tenant also with that to the statement about a row that is
// missing.
func (c client) send(ctx context.Context, r *relation, k kind, sum *tally, sql, missing string) {
	of := c.acting(k, r)
	got := ask(ctx, c.conn, k, c.scope(r, of), sql)
	sum.add(got)
	if want := expected(r, k, c.actor); got.answer != want {
		sum.faultf(got.code == "" && (want.code != "" || got.count > want.count),
			"%s: %s by %s: %s, want %s", r.SQL, k.name, c.name, got.answer, want)
	}
	for _, id := range got.tenants {
		if c.sight != seesAll && (of == nil || id != string(*of)) {
			sum.faultf(true, "%s: %s by %s: a row of %s", r.SQL, k.name, c.name, id)
		}
	}
	if c.sight != seesOther {
		return
	}
	none := ask(ctx, c.conn, k, c.scope(r, of), missing)
	sum.twin()
	if one, other := got.told(r, r.at), none.told(r, r.fresh); one != other {
		sum.faultf(true, "%s: %s: another tenant's row answers\n%s\nand a missing one\n%s", r.SQL, k.name, one, other)
	}
}
