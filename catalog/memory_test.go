package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// memory is a store for tests, of one tenant.
type memory struct {
	mu       sync.Mutex
	products []Product
	terms    map[ID][]page.Term
	commits  []event.Commit
	receipts []event.Receipt
	calls    []string
	// before is called before a write and may fail it.
	before func() error
}

func (m *memory) enter(call string) func() {
	m.mu.Lock()
	m.calls = append(m.calls, call)
	return m.mu.Unlock
}

func (m *memory) find(match func(Product) bool) (Product, error) {
	if i := slices.IndexFunc(m.products, match); i >= 0 {
		return m.products[i], nil
	}
	return Product{}, fault.ErrNotFound
}

func (m *memory) commit(c event.Commit, products ...New) error {
	if m.before != nil {
		if err := m.before(); err != nil {
			return err
		}
	}
	for _, n := range products {
		if _, err := m.find(func(p Product) bool { return p.SKU == n.Product.SKU && p.ID != n.Product.ID }); err == nil {
			var f fault.Fields
			f.Add("sku", "must not be another product's")
			return &fault.Error{Kind: fault.ErrExists, Fields: f.All()}
		}
	}
	if c.Receipt != nil {
		if _, err := m.receipt(c.Receipt.Operation, c.Receipt.Key); err == nil {
			return &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
		}
		m.receipts = append(m.receipts, *c.Receipt)
	}
	for _, n := range products {
		m.products = slices.DeleteFunc(m.products, func(p Product) bool { return p.ID == n.Product.ID })
		m.products = append(m.products, n.Product)
		m.terms[n.Product.ID] = n.Terms
	}
	slices.SortFunc(m.products, func(a, b Product) int { return strings.Compare(string(a.ID), string(b.ID)) })
	m.commits = append(m.commits, c)
	return nil
}

func (m *memory) Create(_ context.Context, p Product, c event.Commit) error {
	defer m.enter("Create")()
	return m.commit(c, New{p, c.Terms})
}

func (m *memory) CreateMany(_ context.Context, products []New, c event.Commit) error {
	defer m.enter("CreateMany")()
	return m.commit(c, products...)
}

func (m *memory) Get(_ context.Context, id ID) (Product, error) {
	defer m.enter("Get")()
	return m.find(func(p Product) bool { return p.ID == id })
}

func (m *memory) BySKU(_ context.Context, sku string) (Product, error) {
	defer m.enter("BySKU")()
	return m.find(func(p Product) bool { return p.SKU == sku })
}

func (m *memory) Many(_ context.Context, ids []ID) (found []Product, err error) {
	defer m.enter("Many")()
	for _, p := range m.products {
		if slices.Contains(ids, p.ID) {
			found = append(found, p)
		}
	}
	return found, nil
}

func (m *memory) Taken(_ context.Context, skus []string) (taken []string, err error) {
	defer m.enter("Taken")()
	for _, p := range m.products {
		if slices.Contains(skus, p.SKU) {
			taken = append(taken, p.SKU)
		}
	}
	return taken, nil
}

func (m *memory) List(_ context.Context, q Query, matches []page.Match, w page.Window) (found []Product, err error) {
	defer m.enter("List")()
	for _, p := range m.products {
		all := !slices.ContainsFunc(matches, func(match page.Match) bool {
			return !slices.ContainsFunc(m.terms[p.ID], func(t page.Term) bool {
				return t == match.Term || match.Prefix && t.Key == match.Key && strings.HasPrefix(t.Value, match.Value)
			})
		})
		if all && string(p.ID) > w.After && (q.Category == "" || q.Category == p.Category) && (q.Status == "" || q.Status == p.Status) {
			found = append(found, p)
		}
	}
	return found[:min(len(found), w.Limit)], nil
}

func (m *memory) Save(_ context.Context, p Product, c event.Commit) error {
	defer m.enter("Save")()
	stored, err := m.find(func(other Product) bool { return other.ID == p.ID })
	if err != nil {
		return err
	}
	if stored.Version+1 != p.Version {
		return fault.ErrConflict
	}
	if !slices.Equal(c.Former, m.terms[p.ID]) {
		return errors.New("the former terms are not those that are stored")
	}
	return m.commit(c, New{p, c.Terms})
}

func (m *memory) Receipt(_ context.Context, operation, key string) (event.Receipt, error) {
	defer m.enter("Receipt")()
	return m.receipt(operation, key)
}

func (m *memory) receipt(operation, key string) (event.Receipt, error) {
	for _, r := range m.receipts {
		if r.Operation == operation && r.Key == key {
			return r, nil
		}
	}
	return event.Receipt{}, fault.ErrNotFound
}

// events are the types of all that happened, without what they share.
func (m *memory) events() (names []string) {
	for _, c := range m.commits {
		for _, e := range c.Events {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.Type, "platforma.catalog."), ".v1"))
		}
	}
	return names
}

// standing answers the gate.
type standing struct {
	tenant.Store
	answer tenant.Standing
}

func (s *standing) Standing(_ context.Context, user tenant.UserID) (tenant.Standing, error) {
	if user == "" {
		return tenant.Standing{Status: s.answer.Status, Settings: s.answer.Settings}, nil
	}
	return s.answer, nil
}

type fixture struct {
	*Service
	store    *memory
	standing *tenant.Standing
	ctx      context.Context //nolint:containedctx // a test's, with its scope
}

func newService(t *testing.T, guard Guard) fixture {
	t.Helper()
	tenants := &standing{answer: tenant.Standing{Status: tenant.Active, Settings: tenant.Settings{DefaultCurrency: "USD"}}}
	f := fixture{
		store:    &memory{terms: map[ID][]page.Term{}},
		standing: &tenants.answer,
		ctx:      scope.Tenant(t.Context(), tenantID),
	}
	gate := tenant.NewGate(tenants, &tenant.GateOptions{
		Clock: day, TTL: -1, Permissions: Permissions(),
	})
	f.Service = NewService(f.store, gate, guard)
	return f
}

// draft is of the product that machine is.
func draft() Draft {
	p := machine()
	return Draft{
		Name: p.Name, SKU: p.SKU, Category: p.Category, Specs: p.Specs, Pricing: p.Pricing, Regions: p.Regions,
		ProvisioningTemplateID: p.ProvisioningTemplateID,
	}
}

func named(sku string) Draft {
	d := draft()
	d.SKU = sku
	return d
}

var errBroken = errors.New("the disk is on fire")
