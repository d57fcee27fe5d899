package catalog

import (
	"context"
	"errors"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// ImportOptions are how a price list is imported; nil means the defaults.
type ImportOptions struct {
	// Activate makes the products active at once; else they are drafts.
	Activate bool
	// SkipExisting leaves out what has a SKU that a product has; else such a
	// SKU refuses the whole import. An import that was cut short can be begun
	// again with it.
	SkipExisting bool
	// Progress is told after each step how many drafts of how many are done;
	// nil tells nobody.
	Progress func(done, total int)
}

// Import is what an import did.
type Import struct {
	// Created are the ids of the new products, in the order of their drafts.
	Created []ID
	// Skipped are the SKUs that were left out.
	Skipped []string
}

// importStep is how many products are stored in one atomic step.
const importStep = 500

// Import creates products in bulk, in steps of 500, each of which is stored
// whole or not at all. Before the first, all drafts are checked: everything
// that is wrong with any is fault.ErrInvalid, each field as drafts[i].field,
// and a SKU that is taken is fault.ErrExists; then nothing is written. Where a
// later step fails, what the steps before it created is returned beside the
// error. In an event handler there is one step.
func (s *Service) Import(ctx context.Context, drafts []Draft, o *ImportOptions) (done Import, err error) {
	if o == nil {
		o = &ImportOptions{}
	}
	access, err := s.gate.Write(ctx, "catalog.import")
	if err != nil {
		return Import{}, err
	}
	defer access.End(&err, entity, "")
	if access.Scope.Delivery != nil && len(drafts) > importStep {
		return Import{}, stateError("an event handler makes one write, an import of so many makes several")
	}
	products, err := importable(&access, drafts, o.Activate)
	if err != nil {
		return Import{}, err
	}
	taken, err := s.taken(ctx, products)
	if err != nil {
		return Import{}, err
	}
	if !o.SkipExisting && len(taken) > 0 {
		return Import{}, takenError(products, taken)
	}
	for step := range slices.Chunk(products, importStep) {
		created, skipped, err := s.importStep(ctx, &access, step, taken)
		if err != nil {
			return done, err
		}
		done.Created = append(done.Created, created...)
		done.Skipped = append(done.Skipped, skipped...)
		if o.Progress != nil {
			o.Progress(len(done.Created)+len(done.Skipped), len(drafts))
		}
	}
	return done, nil
}

// importable makes the products of drafts, and names all that is wrong.
func importable(access *tenant.Access, drafts []Draft, activate bool) ([]Product, error) {
	var f fault.Fields
	products := make([]Product, len(drafts))
	first := make(map[string]int, len(drafts))
	for i, d := range drafts {
		in := f.At("drafts", i)
		p := d.product(access)
		p.check(in)
		if activate {
			p.sellable(in)
			p.Status = StatusActive
		}
		products[i] = p
		if d.Key != "" {
			in.Add("key", "must be empty in an import")
		}
		if at, twice := first[d.SKU]; twice && d.SKU != "" {
			in.Add("sku", "must be another than that of drafts[%d]", at)
			continue
		}
		first[d.SKU] = i
	}
	return products, f.Err("", "", "")
}

// taken finds the SKUs that products have already.
func (s *Service) taken(ctx context.Context, products []Product) (map[string]bool, error) {
	taken := map[string]bool{}
	for step := range slices.Chunk(products, importStep) {
		skus := make([]string, len(step))
		for i, p := range step {
			skus[i] = p.SKU
		}
		found, err := s.store.Taken(ctx, skus)
		if err != nil {
			return nil, err
		}
		for _, sku := range found {
			taken[sku] = true
		}
	}
	return taken, nil
}

func takenError(products []Product, taken map[string]bool) error {
	var f fault.Fields
	for i, p := range products {
		if taken[p.SKU] {
			f.At("drafts", i).Add("sku", "must not be that of another product, %s is", p.SKU)
		}
	}
	return &fault.Error{Entity: entity, Kind: fault.ErrExists, Fields: f.All(), Err: errors.New("nothing was imported")}
}

// importStep stores one step's products, but for those that are there.
func (s *Service) importStep(
	ctx context.Context, access *tenant.Access, step []Product, taken map[string]bool,
) (created []ID, skipped []string, err error) {
	var products []New
	var facts []tenant.Fact
	for _, p := range step {
		if taken[p.SKU] {
			skipped = append(skipped, p.SKU)
			continue
		}
		created = append(created, p.ID)
		products = append(products, New{Product: p, Terms: p.terms()})
		facts = append(facts, p.fact(EventCreated))
		if p.Status == StatusActive {
			facts = append(facts, p.fact(EventActivated))
		}
	}
	if len(products) == 0 {
		return nil, skipped, nil
	}
	commit, err := access.Commit(nil, facts...)
	if err != nil {
		return nil, nil, err
	}
	return created, skipped, s.store.CreateMany(ctx, products, commit)
}
