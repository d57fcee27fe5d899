package sqlite

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/sqlstore"
)

// attack is what somebody sends on a connection of the adapter's who should see
// and change nothing of globex's.
type attack struct {
	why string
	// as is who sends it; nothing is the order service for acme.
	as sqlstore.Principal
	// sent are the statements; the last one's answer counts.
	sent []string
	args []any
	// injected is the answer to one that sends its own text, declared the answer
	// where it is a text of the library: a bug of ours. Empty is the same.
	injected, declared string
	// leaks says that the answer tells something of globex, and why that is so.
	leaks string
}

func sql1(text string) []string { return []string{text} }

var (
	orderOfAcme    = sqlstore.Principal{Role: "order", Tenant: acme}
	tenantOfAcme   = sqlstore.Principal{Role: "tenant", Tenant: acme}
	resourceOfAcme = sqlstore.Principal{Role: "resource", Tenant: acme}
	eventOfAcme    = sqlstore.Principal{Role: sqlstore.RoleEvent, Tenant: acme}
	relay          = sqlstore.Principal{Role: sqlstore.RoleRelay}
	operator       = sqlstore.Principal{Role: sqlstore.RoleOperator}
)

// TestHostile sends each attack to a database where globex is, and to one where
// it is not. The answers must be the same to the byte, which says more than that
// nothing of globex's is in them, and globex's rows must be as they were.
func TestHostile(t *testing.T) {
	t.Parallel()
	groups := map[string][]attack{"reads": hostileReads(), "writes": hostileWrites(), "schemes": hostileSchemes()}
	for name, attacks := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.GreaterOrEqual(t, len(attacks), 30)
			var texts []string
			known := 0
			for _, a := range attacks {
				if name == "writes" {
					texts = append(texts, a.sent...)
				}
				if a.leaks != "" {
					known++
				}
			}
			counttest.Logf(t, "%d attacks, %d of them known to tell something", len(attacks), known)
			with, without := newHostileWorld(t, true, texts), newHostileWorld(t, false, texts)
			for n, a := range attacks {
				t.Run(fmt.Sprintf("%02d", n+1), func(t *testing.T) {
					a.try(t, with, without)
					with.renew(t, true)
					without.renew(t, false)
				})
			}
		})
	}
}

func (a attack) try(t *testing.T, with, without hostileWorld) {
	t.Helper()
	if a.as == (sqlstore.Principal{}) {
		a.as = orderOfAcme
	}
	if a.declared == "" {
		a.declared = a.injected
	}
	before := with.others(t)
	require.NotEmpty(t, before)
	same := true
	for _, way := range []struct {
		name, want string
		of         func(hostileWorld) *database
	}{
		{"injected", a.injected, func(w hostileWorld) *database { return w.own }},
		{"declared", a.declared, func(w hostileWorld) *database { return w.declared }},
	} {
		got := send(t, way.of(with).writer, a.as, a.sent, a.args)
		none := send(t, way.of(without).writer, a.as, a.sent, a.args)
		assert.Equal(t, way.want, got.kind(), "%s, %s: %s answered %s", a.why, way.name, a.sent, got)
		assert.NotContains(t, got.String(), secret, "%s, %s", a.why, way.name)
		same = same && got.String() == none.String()
		if a.leaks == "" {
			assert.Equal(t, none.String(), got.String(), "%s, %s: %s", a.why, way.name, a.sent)
		}
	}
	if a.leaks != "" {
		assert.False(t, same, "%s does not leak any more: %s", a.why, a.leaks)
	}
	assert.Equal(t, before, with.others(t), a.why)
}
