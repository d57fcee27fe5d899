package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// built builds the program once for all tests that kill it, without the race
// detector, which the tests in this process have: killing is about the file.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "quickstart")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// folder is for what all tests share.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "quickstart-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// program is the quickstart as a process of its own.
func program(ctx context.Context, t *testing.T, out *bytes.Buffer, args ...string) *exec.Cmd {
	t.Helper()
	path, err := built()
	assert.NoError(t, err)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd
}

// once runs the quickstart in this process and returns what it printed.
func once(t *testing.T, o options) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), o, &out), out.String())
	return out.String()
}

// fresh are the options of a run on a SQLite file that is not there yet.
func fresh(t *testing.T) options {
	t.Helper()
	return onFile(filepath.Join(t.TempDir(), "cloud.db"))
}

func onFile(db string) options { return options{db: db, backend: db + ".datacenter.jsonl"} }

// units is how many machines the basket asks for.
func units() (n int) {
	for _, b := range basket {
		n += int(b.quantity)
	}
	return n
}

// whole checks the end of the story by what the database and the data center's
// file say: one order, provisioned, one running resource for each unit, and one
// machine for each resource.
func whole(t *testing.T, o options) bool {
	t.Helper()
	home, err := locate(o)
	if !assert.NoError(t, err) {
		return false
	}
	db, err := home.open(context.Background())
	if !assert.NoError(t, err) {
		return false
	}
	p, err := platforma.New(db, nil)
	if !assert.NoError(t, err) {
		return false
	}
	defer func() { assert.NoError(t, p.Close()) }()
	acme, err := p.Tenants.BySlug(tenant.AsOperator(context.Background()), "acme-cloud")
	if !assert.NoError(t, err) {
		return false
	}
	ctx := tenant.NewContext(context.Background(), acme.ID)

	type unit struct {
		order  order.ID
		item   order.ItemID
		number int
	}
	ofUnit, ofMachine := map[unit]resource.ID{}, map[string]resource.ID{}
	for r, err := range p.Resources.All(ctx, resource.Query{}) {
		assert.NoError(t, err)
		assert.Equal(t, resource.StatusRunning, r.Status, r.Name)
		assert.NotEmpty(t, r.ClusterID, r.Name)
		assert.Len(t, r.Network.PrivateIPs, 1, r.Name)
		assert.Len(t, r.Network.PublicIPs, 1, r.Name)
		ofUnit[unit{r.OrderID, r.OrderItemID, r.Unit}] = r.ID
		ofMachine[r.ExternalID] = r.ID
	}
	assert.Len(t, ofUnit, units(), "one resource a unit")
	assert.Len(t, ofMachine, units(), "one machine a resource")
	for o, err := range p.Orders.All(ctx, order.Query{}) {
		assert.NoError(t, err)
		assert.Equal(t, order.StatusProvisioned, o.Status)
	}
	for name, list := range map[string]func() (int, error){
		"tenants":   func() (int, error) { return count(p.Tenants.All(tenant.AsOperator(ctx), tenant.Query{})) },
		"users":     func() (int, error) { return count(p.Tenants.AllUsers(ctx, tenant.UserQuery{})) },
		"customers": func() (int, error) { return count(p.Customers.All(ctx, customer.Query{})) },
		"products":  func() (int, error) { return count(p.Catalog.All(ctx, catalog.Query{})) },
		"orders":    func() (int, error) { return count(p.Orders.All(ctx, order.Query{})) },
		"resources": func() (int, error) { return count(p.Resources.All(ctx, resource.Query{})) },
		"clusters":  func() (int, error) { return count(p.Resources.AllClusters(ctx, resource.ClusterQuery{})) },
		"networks":  func() (int, error) { return count(p.Resources.AllNetworks(ctx, resource.NetworkQuery{})) },
	} {
		n, err := list()
		assert.NoError(t, err)
		assert.Equal(t, map[string]int{
			"tenants": 2, "users": 1, "customers": 1, "products": 22, "orders": 1, "resources": units(),
			"clusters": len(clusters), "networks": len(clusters),
		}[name], n, name)
	}
	made := machines(t, home.backend)
	for machine, id := range ofMachine {
		assert.Equal(t, machine, made[id], "the machine of %s", id)
	}
	return assert.Len(t, made, units(), "as many machines in the file as resources") && !t.Failed()
}

func count[T any](list iter.Seq2[T, error]) (n int, err error) {
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// machines reads the data center's file without the data center: the machines
// that it made, each of which must be there once.
func machines(t *testing.T, path string) map[resource.ID]string {
	t.Helper()
	text, err := os.ReadFile(path)
	assert.NoError(t, err)
	made := map[resource.ID]string{}
	for line := range bytes.Lines(text) {
		var r struct {
			Resource resource.ID `json:"resource_id"`
			Machine  string      `json:"machine"`
		}
		if json.Unmarshal(line, &r) != nil {
			continue // what a killed process did not finish
		}
		assert.NotContains(t, made, r.Resource, "a second machine for a resource")
		made[r.Resource] = r.Machine
	}
	return made
}
