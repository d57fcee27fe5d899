package catalog

import (
	"context"
	"iter"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Service is the catalog service. It is safe for concurrent use.
type Service struct {
	store Store
	gate  *tenant.Gate
	guard Guard
}

// Guard answers, before a product is archived, whether orders still run on it,
// with fault.ErrState. It is asked in the system's scope: who may archive need
// not be allowed to read orders.
type Guard func(ctx context.Context, id ID) error

// NewService returns the service on a store; a nil guard asks nobody.
func NewService(store Store, gate *tenant.Gate, guard Guard) *Service {
	return &Service{store: store, gate: gate, guard: guard}
}

const (
	service = "catalog"
	entity  = "product"
)

// Permissions are the operations of the service.
func Permissions() []tenant.Permission {
	return []tenant.Permission{
		"catalog.create", "catalog.import", "catalog.get", "catalog.list", "catalog.update", "catalog.activate",
		"catalog.archive", "catalog.quote",
	}
}

// Create creates a product as a draft. A SKU that another product of the
// tenant has is fault.ErrExists.
func (s *Service) Create(ctx context.Context, d Draft) (Product, error) {
	const operation = "catalog.create"
	return aggregate.Command[Product]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Product, error) { return s.store.Get(ctx, ID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (p Product, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Product{}, err
			}
			defer access.End(&err, entity, "")
			p = d.product(&access)
			var f fault.Fields
			p.check(&f)
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return Product{}, err
			}
			commit, err := access.Commit(receipt.For(string(p.ID)), p.fact(EventCreated))
			if err != nil {
				return Product{}, err
			}
			commit.Terms = p.terms()
			return p, s.store.Create(ctx, p, commit)
		},
	}.Run(ctx)
}

// product makes the product of a draft, and keeps nothing of the caller's.
func (d Draft) product(access *tenant.Access) Product {
	return Product{
		ID: ID(access.NewID(prefix)), TenantID: access.Scope.Tenant, Name: d.Name, SKU: d.SKU, Category: d.Category,
		Specs: d.Specs.clone(), Pricing: cloneSlice(d.Pricing), Regions: cloneSlice(d.Regions),
		Status: Lifecycle().Initial, ProvisioningTemplateID: d.ProvisioningTemplateID,
		Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
	}
}

func (p Product) fact(name string) tenant.Fact {
	return tenant.Fact{Service: service, Name: name, Subject: string(p.ID), Version: p.Version, Data: p}
}

// Get reads a product.
func (s *Service) Get(ctx context.Context, id ID) (p Product, err error) {
	access, err := s.gate.Read(ctx, "catalog.get")
	if err != nil {
		return Product{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Product{}, err
	}
	return s.store.Get(ctx, id)
}

// BySKU reads the product that has a SKU, as written.
func (s *Service) BySKU(ctx context.Context, sku string) (p Product, err error) {
	access, err := s.gate.Read(ctx, "catalog.get")
	if err != nil {
		return Product{}, err
	}
	defer access.End(&err, entity, "")
	var f fault.Fields
	checkSKU(&f, sku)
	if err := f.Err("", "", ""); err != nil {
		return Product{}, err
	}
	return s.store.BySKU(ctx, sku)
}

// Many reads products, 1 to [page.MaxLimit], in the order of their ids. Where
// some are not there it is fault.ErrNotFound, and the fields name each.
func (s *Service) Many(ctx context.Context, ids []ID) (products []Product, err error) {
	access, err := s.gate.Read(ctx, "catalog.get")
	if err != nil {
		return nil, err
	}
	defer access.End(&err, entity, "")
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	distinct := slices.Clone(ids)
	slices.Sort(distinct)
	found, err := s.products(ctx, slices.Compact(distinct))
	if err != nil {
		return nil, err
	}
	var missing fault.Fields
	var first ID
	for i, id := range ids {
		product, ok := found[id]
		if !ok {
			if missing.Empty() {
				first = id
			}
			missing.At("ids", i).Add("", "must be one of the tenant's products")
			continue
		}
		products = append(products, product)
	}
	if !missing.Empty() {
		return nil, &fault.Error{Entity: entity, ID: string(first), Kind: fault.ErrNotFound, Fields: missing.All()}
	}
	return products, nil
}

func checkIDs(ids []ID) error {
	var f fault.Fields
	if len(ids) == 0 || len(ids) > page.MaxLimit {
		f.Add("ids", "must have 1 to %d entries, has %d", page.MaxLimit, len(ids))
		return f.Err("", "", "")
	}
	for i, text := range ids {
		id.Check(f.At("ids", i), "", prefix, string(text))
	}
	return f.Err("", "", "")
}

// products reads products by distinct ids, of which some may not be there.
func (s *Service) products(ctx context.Context, ids []ID) (map[ID]Product, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // no ids, no products
	}
	found, err := s.store.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	products := make(map[ID]Product, len(found))
	for _, product := range found {
		products[product.ID] = product
	}
	return products, nil
}

// List reads a page of products.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Product], err error) {
	access, err := s.gate.Read(ctx, "catalog.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(entity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Product, error) {
			return s.store.List(ctx, q, q.matches(), w)
		},
		func(p Product) string { return string(p.ID) })
}

// All iterates over all products of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Product, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Product], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}
