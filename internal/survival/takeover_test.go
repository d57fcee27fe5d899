package survival

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/tenant"
)

func TestADeadProcessesLanesAreTakenOverOnPostgreSQL(t *testing.T) {
	t.Parallel()
	takeover(t, onPostgres(t, newServer(t), "takeover"))
}

func TestADeadProcessesLanesAreTakenOverOnSQLite(t *testing.T) {
	t.Parallel()
	takeover(t, onSQLite(t))
}

// takeover has a process hang in a tenant's lanes. While it lives they are its
// own, however long; when it is dead, another one goes on within its lease.
func takeover(t *testing.T, c *campaign) {
	t.Helper()
	const late = lease + 10*time.Second
	c.open(t, 1, lease)
	hung, lively := string(c.shops[0].Tenant), c.shops[1].Tenant
	first := c.process(t, "relay-0", part{Hang: hung})
	c.until(t, first, func(notes []note) bool {
		lanes := map[[2]string]bool{}
		for _, n := range of(notes, first, hung) {
			lanes[[2]string{n.Subscription, n.Service}] = true
		}
		// A tenant has tenant, customer, catalog and resource events at first.
		return len(lanes) == 4*len(subscriptions()) && len(of(notes, first, string(lively))) > 8
	})
	second := c.process(t, "relay-1", part{})
	c.within(t, func(_ context.Context, p *platforma.Platform) {
		made := 0
		c.until(t, second, func(notes []note) bool {
			made++
			_, err := p.Customers.Create(tenant.NewContext(t.Context(), lively), customer.Draft{
				Name: "Lively", Email: fmt.Sprintf("lively-%d@example.com", made),
			})
			require.NoError(t, err)
			had := of(notes, second, string(lively))
			return len(had) > 0 && time.Duration(had[len(had)-1].At-had[0].At)*time.Microsecond > 2*lease
		})
	})
	require.Empty(t, of(c.notes(t), second, hung), "the first one lives and has the lanes")

	c.note(t, note{Killed: first.Name})
	first.kill(t)
	died := time.Now()
	c.until(t, second, func(notes []note) bool { return len(of(notes, second, hung)) > 0 })
	had := of(c.notes(t), second, hung)
	waited := time.UnixMicro(had[0].At).Sub(died)
	assert.Less(t, waited, late)
	c.relays = []*process{second}
	e := c.end(t)
	v := e.judge()
	assert.Empty(t, v.findings[lost], v)
	assert.Empty(t, v.findings[disordered], v)
	again := map[string]bool{}
	for _, n := range e.journal {
		if n.Tenant == hung && n.By != first.Name {
			again[n.Subscription+n.ID] = true
		}
	}
	for _, n := range of(e.journal, first, hung) {
		assert.True(t, again[n.Subscription+n.ID], "%s hung in %s, and nobody had it again", n.By, n.ID)
	}
	counttest.Logf(t, "%s: lanes leased for %s were taken over after %s", c.driver, lease, waited.Round(time.Millisecond))
}

// of are the notes of a process about a tenant's events.
func of(notes []note, by *process, tenant string) (all []note) {
	for _, n := range notes {
		if n.By == by.Name && n.Tenant == tenant {
			all = append(all, n)
		}
	}
	return all
}

func (c *campaign) notes(t *testing.T) []note {
	t.Helper()
	return readNotes[note](t, c.path(journal))
}

// until waits for what the journal says.
func (c *campaign) until(t *testing.T, who *process, enough func([]note) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	for !enough(c.notes(t)) {
		require.True(t, pause(ctx, retry), "%s does not come this far: %s", who.Name, who.said())
	}
}
