package model

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// faulty is a driver with one fault: in the store that is not nil.
type faulty struct {
	storage.Driver
	tenants   tenant.Store
	customers customer.Store
	catalog   catalog.Store
	orders    order.Store
	resources resource.Store
}

func (f faulty) Tenants() tenant.Store {
	if f.tenants != nil {
		return f.tenants
	}
	return f.Driver.Tenants()
}

func (f faulty) Customers() customer.Store {
	if f.customers != nil {
		return f.customers
	}
	return f.Driver.Customers()
}

func (f faulty) Catalog() catalog.Store {
	if f.catalog != nil {
		return f.catalog
	}
	return f.Driver.Catalog()
}

func (f faulty) Orders() order.Store {
	if f.orders != nil {
		return f.orders
	}
	return f.Driver.Orders()
}

func (f faulty) Resources() resource.Store {
	if f.resources != nil {
		return f.resources
	}
	return f.Driver.Resources()
}

// planted are drivers with one fault each, by what is wrong with them.
var planted = map[string]func(storage.Driver) storage.Driver{
	"a version is not checked": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: overwriting{d.Customers()}}
	},
	"another tenant's customer is found": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: &leaking{Store: d.Customers()}}
	},
	"an email is not free again": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: &clinging{Store: d.Customers(), kept: map[string]bool{}}}
	},
	"a page begins one too late": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: skipping{d.Customers()}}
	},
	"an email is found in its own case only": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: literal{d.Customers()}}
	},
	"words are forgotten when an entity changes": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, customers: forgetful{d.Customers()}}
	},
	"a receipt is lost": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, catalog: receiptless{d.Catalog()}}
	},
	"an import is stored in part": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, catalog: partial{d.Catalog()}}
	},
	"an event is lost": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, orders: silenced{d.Orders()}}
	},
	"items keep their statuses": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, orders: frozen{d.Orders()}}
	},
	"open orders are not found": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, orders: closed{d.Orders()}}
	},
	"a suspension is seen late": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, tenants: &stale{Store: d.Tenants(), kept: map[scope.TenantID]tenant.Standing{}}}
	},
	"a refusal is swallowed": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, tenants: swallowing{d.Tenants()}}
	},
	"capacity is not given back": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, resources: keeping{d.Resources()}}
	},
	"an action's try is not stored": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, resources: untried{d.Resources()}}
	},
	"an address is handed out twice": func(d storage.Driver) storage.Driver {
		return faulty{Driver: d, resources: lavish{d.Resources()}}
	},
}

// overwriting saves over whatever is there.
type overwriting struct{ customer.Store }

func (s overwriting) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	err := s.Store.Save(ctx, c, commit)
	if errors.Is(err, fault.ErrConflict) {
		present, lost := s.Get(ctx, c.ID)
		if lost != nil {
			return err
		}
		c.Version = present.Version + 1
		return s.Store.Save(ctx, c, commit)
	}
	return err
}

// leaking finds a customer in whatever tenant it is.
type leaking struct {
	customer.Store
	mu      sync.Mutex
	tenants []scope.TenantID
}

func (s *leaking) Create(ctx context.Context, c customer.Customer, commit event.Commit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.tenants, c.TenantID) {
		s.tenants = append(s.tenants, c.TenantID)
	}
	return s.Store.Create(ctx, c, commit)
}

func (s *leaking) Get(ctx context.Context, id customer.ID) (customer.Customer, error) {
	found, err := s.Store.Get(ctx, id)
	for _, other := range s.tenants {
		if errors.Is(err, fault.ErrNotFound) {
			found, err = s.Store.Get(scope.System(ctx, other), id)
		}
	}
	return found, err
}

// clinging keeps the emails of the deleted.
type clinging struct {
	customer.Store
	mu   sync.Mutex
	kept map[string]bool
}

func (s *clinging) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[string(c.TenantID)+c.Email] = c.DeletedAt != nil
	return s.Store.Save(ctx, c, commit)
}

func (s *clinging) Create(ctx context.Context, c customer.Customer, commit event.Commit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[string(c.TenantID)+c.Email] {
		return &fault.Error{Kind: fault.ErrExists, Fields: []fault.Field{{Path: "email", Rule: "must be free"}}}
	}
	return s.Store.Create(ctx, c, commit)
}

// skipping leaves out the first of every page but the first.
type skipping struct{ customer.Store }

func (s skipping) List(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error) {
	found, err := s.Store.List(ctx, matches, w)
	if w.After != "" && len(found) > 0 {
		return found[1:], err
	}
	return found, err
}

// literal compares emails as they are written.
type literal struct{ customer.Store }

func (s literal) ByEmail(ctx context.Context, email string) (customer.Customer, error) {
	found, err := s.Store.ByEmail(ctx, email)
	if err == nil && found.Email != email {
		return customer.Customer{}, fault.ErrNotFound
	}
	return found, err
}

// forgetful does not index what is saved.
type forgetful struct{ customer.Store }

func (s forgetful) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	commit.Terms = nil
	return s.Store.Save(ctx, c, commit)
}

// receiptless keeps no receipts.
type receiptless struct{ catalog.Store }

func (s receiptless) Create(ctx context.Context, p catalog.Product, commit event.Commit) error {
	commit.Receipt = nil
	return s.Store.Create(ctx, p, commit)
}

// partial loses the last product of many.
type partial struct{ catalog.Store }

func (s partial) CreateMany(ctx context.Context, products []catalog.New, commit event.Commit) error {
	return s.Store.CreateMany(ctx, products[:len(products)-1], commit)
}

// silenced loses an event of a change that has two.
type silenced struct{ order.Store }

func (s silenced) Create(ctx context.Context, o order.Order, commit event.Commit) error {
	commit.Events = commit.Events[:1]
	return s.Store.Create(ctx, o, commit)
}

// frozen does not save the statuses of items.
type frozen struct{ order.Store }

func (s frozen) Save(ctx context.Context, o order.Order, commit event.Commit) error {
	before, err := s.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	o.Items = before.Items
	return s.Store.Save(ctx, o, commit)
}

// closed finds nothing by what is asked for in the background.
type closed struct{ order.Store }

func (s closed) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	if len(matches) > 0 {
		return 0, nil
	}
	return s.Store.Count(ctx, q, matches)
}

// stale remembers for ever how a tenant stood.
type stale struct {
	tenant.Store
	mu   sync.Mutex
	kept map[scope.TenantID]tenant.Standing
}

func (s *stale) Standing(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, err := scope.FromTenant(ctx)
	if kept, ok := s.kept[by.Tenant]; ok && err == nil && user == "" {
		return kept, nil
	}
	found, err := s.Store.Standing(ctx, user)
	if err == nil && user == "" {
		s.kept[by.Tenant] = found
	}
	return found, err
}

// swallowing says that a role is deleted which is not.
type swallowing struct{ tenant.Store }

func (s swallowing) DeleteRole(ctx context.Context, r tenant.Role, commit event.Commit) error {
	if err := s.Store.DeleteRole(ctx, r, commit); !errors.Is(err, fault.ErrState) {
		return err
	}
	return nil
}

// keeping does not store what clusters have left, when something is given back.
type keeping struct{ resource.Store }

func (s keeping) Write(ctx context.Context, changes resource.Changes, commit event.Commit) error {
	if slices.ContainsFunc(changes.Resources, func(r resource.Resource) bool { return r.TerminatedAt != nil }) {
		changes.Clusters = nil
	}
	return s.Store.Write(ctx, changes, commit)
}

// untried forgets between two tries that there was one.
type untried struct{ resource.Store }

func (s untried) Get(ctx context.Context, id resource.ID) (resource.Resource, error) {
	found, err := s.Store.Get(ctx, id)
	found.Tries = min(found.Tries, 1)
	return found, err
}

// lavish does not store which addresses are handed out.
type lavish struct{ resource.Store }

func (s lavish) Write(ctx context.Context, changes resource.Changes, commit event.Commit) error {
	if len(changes.NewResources) > 0 {
		changes.Networks = nil
	}
	return s.Store.Write(ctx, changes, commit)
}
