package faulty

import (
	"context"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// catalogCalls are the methods of a catalog.Store, for faults to change.
type catalogCalls struct {
	Create     func(ctx context.Context, p catalog.Product, commit event.Commit) error
	CreateMany func(ctx context.Context, products []catalog.New, commit event.Commit) error
	Get        func(ctx context.Context, id catalog.ID) (catalog.Product, error)
	BySKU      func(ctx context.Context, sku string) (catalog.Product, error)
	Many       func(ctx context.Context, ids []catalog.ID) ([]catalog.Product, error)
	Taken      func(ctx context.Context, skus []string) ([]string, error)
	List       func(ctx context.Context, q catalog.Query, matches []page.Match, w page.Window) ([]catalog.Product, error)
	Save       func(ctx context.Context, p catalog.Product, commit event.Commit) error
	Receipt    func(ctx context.Context, operation, key string) (event.Receipt, error)
}

// catalogStore is a catalog.Store of calls.
type catalogStore struct{ calls *catalogCalls }

var _ catalog.Store = catalogStore{}

func (s catalogStore) Create(ctx context.Context, p catalog.Product, commit event.Commit) error {
	return s.calls.Create(ctx, p, commit)
}

func (s catalogStore) CreateMany(ctx context.Context, products []catalog.New, commit event.Commit) error {
	return s.calls.CreateMany(ctx, products, commit)
}

func (s catalogStore) Get(ctx context.Context, id catalog.ID) (catalog.Product, error) {
	return s.calls.Get(ctx, id)
}

func (s catalogStore) BySKU(ctx context.Context, sku string) (catalog.Product, error) {
	return s.calls.BySKU(ctx, sku)
}

func (s catalogStore) Many(ctx context.Context, ids []catalog.ID) ([]catalog.Product, error) {
	return s.calls.Many(ctx, ids)
}

func (s catalogStore) Taken(ctx context.Context, skus []string) ([]string, error) {
	return s.calls.Taken(ctx, skus)
}

func (s catalogStore) List(ctx context.Context, q catalog.Query, matches []page.Match, w page.Window) ([]catalog.Product, error) {
	return s.calls.List(ctx, q, matches, w)
}

func (s catalogStore) Save(ctx context.Context, p catalog.Product, commit event.Commit) error {
	return s.calls.Save(ctx, p, commit)
}

func (s catalogStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}
