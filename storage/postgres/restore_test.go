package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgresserver"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// TestARestoredDatabaseGoesOn dumps a database in which events are delivered, have
// a position or have none yet, and restores it: what was delivered does not come
// again, all else does, and positions go on without a gap.
func TestARestoredDatabaseGoesOn(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func(t *testing.T) installation{
		"as migrated": func(t *testing.T) installation {
			t.Helper()
			i := install(t)
			i.up(t)
			return i
		},
		"sealed": sealed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := made(t)
			after := installation{Database: postgrestest.Empty(t), prefix: before.prefix}
			t.Cleanup(func() {
				require.NoError(t, postgres.Migrate(context.Background(), after.Superuser, after.options(postgres.Nothing)))
			})
			p, heard := before.mirrored(t)
			acme := platformatest.Seed(t, p, "acme")
			ctx := tenant.NewContext(t.Context(), acme.Tenant)
			add := func(p *platforma.Platform, email string) {
				t.Helper()
				_, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: email})
				require.NoError(t, err)
			}
			require.Equal(t, []int64{1}, heard.positions(), "that of the seed")
			add(p, "second@example.com")
			_, err := before.Open(t).Events().Stamp(scope.Operator(ctx), event.Stamping{Service: "customer", Limit: 10})
			require.NoError(t, err)
			add(p, "third@example.com")

			move(t, before.Superuser, after.Superuser)
			require.NoError(t, postgres.Migrate(t.Context(), after.Superuser, after.options("")))
			if name == "sealed" {
				require.NoError(t, after.opensSealed(t))
			}
			p, heard = after.mirrored(t)
			add(p, "fourth@example.com")
			require.NoError(t, p.Settle(ctx))
			require.Equal(t, []int64{2, 3, 4}, heard.positions())
		})
	}
}

// move dumps a database and restores it into an empty one.
func move(t *testing.T, from, to string) {
	t.Helper()
	written, failure := dump(t, from, "--format=custom")
	require.Empty(t, failure)
	file := filepath.Join(t.TempDir(), "dump")
	require.NoError(t, os.WriteFile(file, []byte(written), 0o600))
	bin, err := postgresserver.Find(t.Context())
	require.NoError(t, err)
	restore := exec.CommandContext(t.Context(), filepath.Join(bin.Dir, "pg_restore"), "--exit-on-error", "--dbname", to, file)
	said, err := restore.CombinedOutput()
	require.NoError(t, err, string(said))
}

// mirror notes the positions of a subscription's events.
type mirror struct {
	mu   sync.Mutex
	seen []int64
}

func (m *mirror) positions() []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// mirrored is a platform on the installation, with a subscription to customers.
func (i installation) mirrored(t *testing.T) (*platforma.Platform, *mirror) {
	t.Helper()
	p, err := platforma.New(i.Open(t), platformatest.Options())
	require.NoError(t, err)
	m := &mirror{}
	require.NoError(t, p.Events.Subscribe(event.Subscription{
		Name: "mirror", Services: []string{"customer"}, Handle: func(_ context.Context, e event.Event) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.seen = append(m.seen, e.Position)
			return nil
		},
	}))
	return p, m
}
