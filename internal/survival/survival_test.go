package survival

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/platforma/platforma/internal/counttest"
)

// TestSurvivesOnPostgreSQL kills processes and the server.
func TestSurvivesOnPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	unhurt(t, onPostgres(t, s, "unhurt"))
	killed(t, onPostgres(t, s, "killed"), 1, []victim{aWriter, aRelay, server, server, aRelay, everything})
}

// TestSurvivesOnSQLite kills processes that share a file, in the midst of their
// commits too.
func TestSurvivesOnSQLite(t *testing.T) {
	t.Parallel()
	unhurt(t, onSQLite(t))
	killed(t, onSQLite(t), 1, []victim{aWriter, aRelay, aWriter, aWriter, aRelay, everything})
}

// unhurt is a campaign in which nobody dies: nothing comes twice.
func unhurt(t *testing.T, c *campaign) {
	t.Helper()
	c.open(t, 1, time.Minute)
	c.staff(t, think)
	c.await(t, 3*busy)
	judged(t, c)
}

// killed is one with deaths, in an order that is drawn.
func killed(t *testing.T, c *campaign, seed uint64, victims []victim) {
	t.Helper()
	c.open(t, seed, lease)
	c.staff(t, think)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(victims), func(i, j int) { victims[i], victims[j] = victims[j], victims[i] })
	for _, what := range victims {
		c.kill(t, what)
	}
	c.await(t, busy/2)
	judged(t, c)
}

func judged(t *testing.T, c *campaign) {
	t.Helper()
	v := c.end(t).judge()
	counttest.Logf(t, "%s, seed %d, %d writers, %s: %s", c.driver, c.seed, writerCount, c.killed(), v.counts())
	assert.Empty(t, v.findings, "seed %d: %v", c.seed, v)
	assert.Positive(t, v.deliveries)
}

// killed tells how often who was killed.
func (c *campaign) killed() string {
	total, each := 0, make([]string, 0, len(c.kills))
	for _, whose := range slices.Sorted(maps.Keys(c.kills)) {
		total += c.kills[whose]
		each = append(each, fmt.Sprintf("%d %s", c.kills[whose], whose))
	}
	if total == 0 {
		return "nobody killed"
	}
	return fmt.Sprintf("%d kills (%s)", total, strings.Join(each, ", "))
}
