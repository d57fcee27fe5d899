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
	a := c.actor
	for _, k := range kinds {
		of := a.acting(k, r)
		got := ask(ctx, c.conn, k, a.scope(r, of), k.text(r, r.at, r.fresh))
		want := expected(r, k, a)
		sum.mu.Lock()
		sum.cases++
		sum.answers[cmp.Or(got.code, "answered")]++
		sum.mu.Unlock()
		if got.answer != want {
			sum.faultf(got.code == "" && (want.code != "" || got.count > want.count),
				"%s: %s by %s: %s, want %s", r.SQL, k.name, a.name, got.answer, want)
		}
		for _, id := range got.tenants {
			if a.sight != seesAll && (of == nil || id != string(*of)) {
				sum.faultf(true, "%s: %s by %s: a row of %s", r.SQL, k.name, a.name, id)
			}
		}
		if a.sight == seesOther {
			sum.mu.Lock()
			sum.twins++
			sum.mu.Unlock()
			missing := ask(ctx, c.conn, k, a.scope(r, of), k.text(r, r.fresh, r.at))
			if one, other := got.told(r, r.at), missing.told(r, r.fresh); one != other {
				sum.faultf(true, "%s: %s: another tenant's row answers\n%s\nand a missing one\n%s", r.SQL, k.name, one, other)
			}
		}
	}
}
