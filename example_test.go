package platforma_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

func Example() {
	ctx := context.Background()
	db := must(sqlite.Open(ctx, sqlite.Memory, nil)) // or a file; or postgres.Open(ctx, dsn, nil)
	p := must(platforma.New(db, &platforma.Options{
		Provisioners: map[string]resource.Provisioner{"vm": &hypervisor{}},
	}))
	defer p.Close()

	acme := must(p.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{Name: "Acme Cloud"}))
	ctx = tenant.NewContext(ctx, acme.ID) // all that follows is Acme's

	two, eight, many := must(money.NewQuantity("2")), must(money.NewQuantity("8")), must(money.NewQuantity("512"))
	rack := must(p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: "rack-1", Region: "nyc1",
		Capacity: resource.Capacity{VCPUs: many, MemoryGiB: many, Instances: 64}}))
	must(p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: rack.ID, Name: "private", CIDR: "10.0.0.0/24"}))
	vm := must(p.Catalog.Create(ctx, catalog.Draft{
		Name: "Small machine", SKU: "vm-small", Category: catalog.CategoryCompute, Regions: []string{"nyc1"},
		Specs: catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine, VCPUs: two, MemoryGiB: eight},
		Pricing: catalog.Pricing{{Name: "instance", Period: catalog.PeriodMonth,
			Model: catalog.Flat{Rate: must(money.NewRate("12.50", "USD"))}}},
		ProvisioningTemplateID: "vm",
	}))
	must(p.Catalog.Activate(ctx, vm.ID))

	ada := must(p.Customers.Create(ctx, customer.Draft{Name: "Ada Lovelace", Email: "ada@example.com"}))
	placed := must(p.Orders.Place(ctx, order.Draft{Customer: ada.ID, Currency: "USD", Key: "cart-7f3a", // once for a key
		Items: []order.ItemDraft{{Product: vm.ID, Quantity: 3, Region: "nyc1"}}}))
	check(p.Settle(ctx)) // until nothing is left to do; a server has p.Run(ctx) in the background
	fmt.Println(must(p.Orders.Get(ctx, placed.ID)).Status, placed.Total())
	for r, err := range p.Resources.All(ctx, resource.Query{Order: placed.ID}) {
		check(err)
		fmt.Println(r.Type, r.Status, "in", r.Region, r.Network.PrivateIPs)
	}

	// Output:
	// provisioned 37.50 USD
	// virtual_machine running in nyc1 [10.0.0.2]
	// virtual_machine running in nyc1 [10.0.0.3]
	// virtual_machine running in nyc1 [10.0.0.4]
}

// hypervisor is the back end that machines are made in: here a map, else an
// API.
type hypervisor struct {
	mu       sync.Mutex
	machines map[resource.ID]resource.Status
}

func (h *hypervisor) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.machines == nil {
		h.machines = map[resource.ID]resource.Status{}
	}
	if h.machines[r.Desired.ID] != resource.StatusTerminated { // what is gone stays gone
		h.machines[r.Desired.ID] = map[resource.Action]resource.Status{
			resource.ActionCreate: resource.StatusRunning, resource.ActionStart: resource.StatusRunning,
			resource.ActionStop: resource.StatusStopped, resource.ActionTerminate: resource.StatusTerminated,
		}[r.Action]
	}
	return resource.Outcome{Result: resource.Done, ExternalID: "machine-" + string(r.Desired.ID)}, nil
}

func (h *hypervisor) Observe(_ context.Context, r resource.Request) (resource.Observation, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	status, exists := h.machines[r.Desired.ID]
	return resource.Observation{Exists: exists, Status: status}, nil
}

// must ends the program at the error that comes with a value.
func must[T any](v T, err error) T {
	check(err)
	return v
}

// check ends the program at an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
