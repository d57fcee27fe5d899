package order_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

const (
	acme    tenant.ID     = "ten_01jqzv7h3vfey8mgd6g2p9x4ta"
	clerk   tenant.UserID = "usr_01jqzv7h3vfey8mgd6g2p9x4ta"
	ada     customer.ID   = "cust_01jqzv7h3vfey8mgd6g2p9x4ta"
	nobody  customer.ID   = "cust_01jqzv7h3vfey8mgd6g2p9x4tz"
	vmSmall catalog.ID    = "prod_01jqzv7h3vfey8mgd6g2p9x4ta"
	setup   catalog.ID    = "prod_01jqzv7h3vfey8mgd6g2p9x4tb"
	retired catalog.ID    = "prod_01jqzv7h3vfey8mgd6g2p9x4tc"
	unknown catalog.ID    = "prod_01jqzv7h3vfey8mgd6g2p9x4tz"
)

// memory is an order store that keeps one tenant's orders in a map.
type memory struct {
	mu       sync.Mutex
	orders   map[order.ID]order.Order
	terms    map[order.ID][]page.Term
	receipts map[string]event.Receipt
	handled  map[string]bool
	events   []event.Event
	writes   int
	// before is called before each write, to let others in between.
	before func()
}

func copied(o order.Order) order.Order {
	text, err := json.Marshal(o)
	if err == nil {
		o = order.Order{}
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		panic(err)
	}
	return o
}

func missing(id order.ID) error { return &fault.Error{ID: string(id), Kind: fault.ErrNotFound} }

func (m *memory) write(c event.Commit, saved ...order.Saved) error {
	if m.before != nil {
		before := m.before
		m.before = nil
		before()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Receipt != nil {
		if _, ok := m.receipts[c.Receipt.Key]; ok {
			return &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
		}
	}
	if c.Delivery != nil && m.handled[c.Delivery.Event] {
		return &fault.Error{Kind: fault.ErrExists, Err: event.ErrDelivered}
	}
	for _, s := range saved {
		if m.orders[s.Order.ID].Version != s.Order.Version-1 {
			return &fault.Error{Kind: fault.ErrConflict}
		}
		if !slices.Equal(s.Former, m.terms[s.Order.ID]) {
			return errors.New("the former terms are not those that are stored")
		}
	}
	for _, s := range saved {
		m.orders[s.Order.ID], m.terms[s.Order.ID] = copied(s.Order), s.Terms
	}
	if c.Receipt != nil {
		m.receipts[c.Receipt.Key] = *c.Receipt
	}
	if c.Delivery != nil {
		m.handled[c.Delivery.Event] = true
	}
	m.events = append(m.events, c.Events...)
	m.writes++
	return nil
}

func (m *memory) Create(_ context.Context, o order.Order, c event.Commit) error {
	return m.write(c, order.Saved{Order: o, Terms: c.Terms})
}

func (m *memory) Save(_ context.Context, o order.Order, c event.Commit) error {
	return m.write(c, order.Saved{Order: o, Terms: c.Terms, Former: c.Former})
}

func (m *memory) SaveMany(_ context.Context, saved []order.Saved, c event.Commit) error {
	return m.write(c, saved...)
}

func (m *memory) Get(_ context.Context, id order.ID) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orders[id]
	if !ok {
		return order.Order{}, missing(id)
	}
	return copied(o), nil
}

func (m *memory) List(_ context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []order.Order
	for _, id := range slices.Sorted(maps.Keys(m.orders)) {
		o := m.orders[id]
		ok := (q.Customer == "" || q.Customer == o.CustomerID) && (q.Status == "" || q.Status == o.Status) &&
			!o.CreatedAt.Before(q.From) && (q.To.IsZero() || o.CreatedAt.Before(q.To)) && string(id) > w.After
		for _, match := range matches {
			ok = ok && slices.Contains(m.terms[id], match.Term)
		}
		if ok && (w.Limit == 0 || len(found) < w.Limit) {
			found = append(found, copied(o))
		}
	}
	return found, nil
}

func (m *memory) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	found, err := m.List(ctx, q, matches, page.Window{})
	return int64(len(found)), err
}

func (m *memory) Receipt(_ context.Context, _, key string) (event.Receipt, error) {
	r, ok := m.receipts[key]
	if !ok {
		return r, fault.ErrNotFound
	}
	return r, nil
}

// happened are the names of the events since the last call.
func (m *memory) happened() []string {
	var names []string
	for _, e := range m.events {
		names = append(names, e.Type)
	}
	m.events = nil
	return names
}

// tenants answers the gate.
type tenants struct {
	tenant.Store
	standing tenant.Standing
	clerk    []tenant.Permission
}

func (s *tenants) Standing(_ context.Context, user tenant.UserID) (tenant.Standing, error) {
	answer := s.standing
	if user == clerk {
		answer.UserStatus, answer.Permissions = tenant.UserActive, s.clerk
	}
	return answer, nil
}

// customers knows Ada, while she is there.
type customers struct{ gone bool }

func (c *customers) Get(ctx context.Context, id customer.ID) (customer.Customer, error) {
	by, err := scope.From(ctx)
	switch {
	case err != nil || by.Kind != scope.KindSystem:
		return customer.Customer{}, &fault.Error{Op: "customer.get", Kind: fault.ErrForbidden}
	case id != ada || c.gone:
		return customer.Customer{}, &fault.Error{Op: "customer.get", Entity: "customer", ID: string(id), Kind: fault.ErrNotFound}
	}
	return customer.Customer{ID: id}, nil
}

// shelf is a catalog store that knows some products.
type shelf struct {
	catalog.Store
	products map[catalog.ID]catalog.Product
}

func (s *shelf) Many(_ context.Context, ids []catalog.ID) ([]catalog.Product, error) {
	var found []catalog.Product
	for _, id := range ids {
		if p, ok := s.products[id]; ok {
			found = append(found, p)
		}
	}
	return found, nil
}

// world is an order service with all that it asks.
type world struct {
	*order.Service
	store     *memory
	tenants   *tenants
	customers *customers
	shelf     *shelf
	gate      *tenant.Gate
	now       time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		store: &memory{
			orders: map[order.ID]order.Order{}, terms: map[order.ID][]page.Term{},
			receipts: map[string]event.Receipt{}, handled: map[string]bool{},
		},
		tenants: &tenants{standing: tenant.Standing{
			Status: tenant.Active, Settings: tenant.Settings{DefaultCurrency: "USD"},
		}},
		customers: &customers{}, shelf: &shelf{products: map[catalog.ID]catalog.Product{}},
		now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC),
	}
	w.sell(t, vmSmall, "vm-small", catalog.StatusActive, catalog.ProductSpecs{
		ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(t, "2"), MemoryGiB: quantity(t, "4"),
	})
	w.sell(t, setup, "setup", catalog.StatusActive, catalog.ProductSpecs{})
	w.sell(t, retired, "retired", catalog.StatusArchived, catalog.ProductSpecs{})
	clock := func() time.Time { return w.now }
	w.gate = tenant.NewGate(w.tenants, &tenant.GateOptions{Clock: clock, Entropy: rand.NewPCG(1, 2), TTL: time.Nanosecond})
	w.Service = order.NewService(w.store, w.gate, w.customers, catalog.NewService(w.shelf, w.gate, nil))
	return w
}

func quantity(t *testing.T, number string) money.Quantity {
	t.Helper()
	q, err := money.NewQuantity(number)
	require.NoError(t, err)
	return q
}

// sell puts a product on the shelf, sold in nyc1 for 10.005 USD a month.
func (w *world) sell(t *testing.T, id catalog.ID, sku string, status catalog.Status, specs catalog.ProductSpecs) {
	t.Helper()
	rate, err := money.NewRate("10.005", "USD")
	require.NoError(t, err)
	p := catalog.Product{
		ID: id, TenantID: acme, SKU: sku, Name: sku, Status: status, Category: catalog.CategoryService, Specs: specs,
		Regions: []string{"nyc1"}, Version: 1,
		Pricing: catalog.Pricing{{Name: "base", Period: catalog.PeriodMonth, Model: catalog.Flat{Rate: rate}}},
	}
	if specs.ResourceType != "" {
		p.Category, p.ProvisioningTemplateID = catalog.CategoryCompute, "vm"
	}
	w.shelf.products[id] = p
}

// host acts for the tenant.
func host() context.Context { return tenant.NewContext(context.Background(), acme) }

// background handles an event.
func background(event int) context.Context {
	return scope.WithDelivery(scope.System(context.Background(), acme), &scope.Delivery{
		Subscription: "test", Event: fmt.Sprint("evt_", event),
	})
}

// draft orders so many virtual machines and a setup.
func draft(machines int64) order.Draft {
	return order.Draft{Customer: ada, Region: "nyc1", Items: []order.ItemDraft{
		{Product: vmSmall, Quantity: machines}, {Product: setup, Quantity: 1},
	}}
}

// place places an order that must be accepted.
func (w *world) place(t *testing.T, d order.Draft) order.Order {
	t.Helper()
	o, err := w.Place(host(), d)
	require.NoError(t, err)
	w.store.happened()
	return o
}

// hold lets every order wait for an approval.
func (w *world) hold() {
	w.tenants.standing.Settings.OrderApproval.Mode = tenant.ApprovalAll
	w.gate.Forget(acme)
}

func types(names ...string) []string {
	for i := range names {
		names[i] = event.TypeOf("order", names[i])
	}
	return names
}

// report is what is true when units of the first item are so.
func report(o order.Order, units order.ItemProgress) order.Progress {
	units.Item = o.Items[0].ID
	return order.Progress{
		Order: o.ID, Attempt: o.Attempt, Items: []order.ItemProgress{units},
		Live: units.Provisioning + units.Running + units.Stopped + units.Failed,
	}
}
