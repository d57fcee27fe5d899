package storagetest

import (
	"context"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

// worldlyMatch finds what is a world's.
func worldlyMatch(*world) []page.Match { return []page.Match{{Term: worldly}} }

func customerMethods() []method {
	const of = "Customers"
	return []method{
		receipt(of, "customer", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
			return s.Customers().Receipt
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (customer.Customer, error) {
			return s.Customers().Get(ctx, w.customer.ID)
		}),
		reading(of, "ByEmail", func(ctx context.Context, s *session, w *world) (customer.Customer, error) {
			return s.Customers().ByEmail(ctx, w.customer.Email)
		}),
		finding(of, "List", "", worldlyMatch, func(ctx context.Context, s *session, m []page.Match) ([]customer.Customer, error) {
			return s.Customers().List(ctx, m, page.Window{Limit: 9})
		}),
		creating(of, "Create", "customer", func(_ *testing.T, s *session, w *world) (customer.Customer, string) {
			c := s.draftCustomer(w.tenant, s.word()+"@example.com")
			c.Metadata, c.BillingAddress.Lines = map[string]string{"tier": "gold"}, []string{"Main Street 1"}
			return c, string(c.ID)
		}, func(ctx context.Context, s *session, e customer.Customer, c event.Commit) error {
			return s.Customers().Create(ctx, e, c)
		}, changed),
		saving[customer.Customer]{
			store: of, name: "Save", service: "customer", terms: []page.Term{changed, worldly},
			read: func(ctx context.Context, s *session, w *world) (customer.Customer, error) {
				return s.Customers().Get(ctx, w.customer.ID)
			},
			drafted: func(w *world) customer.Customer { return w.customer },
			id:      func(e customer.Customer) string { return string(e.ID) },
			version: func(e *customer.Customer) *int64 { return &e.Version },
			counter: func(e *customer.Customer) counter { return inText(&e.Company) },
			save: func(ctx context.Context, s *session, e customer.Customer, c event.Commit) error {
				return s.Customers().Save(ctx, e, c)
			},
		}.method(),
	}
}

func catalogMethods() []method {
	const of = "Catalog"
	return []method{
		receipt(of, "catalog", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
			return s.Catalog().Receipt
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (catalog.Product, error) {
			return s.Catalog().Get(ctx, w.product.ID)
		}),
		reading(of, "BySKU", func(ctx context.Context, s *session, w *world) (catalog.Product, error) {
			return s.Catalog().BySKU(ctx, w.product.SKU)
		}),
		finding(of, "Many", "", func(w *world) []catalog.ID { return []catalog.ID{w.product.ID} },
			func(ctx context.Context, s *session, ids []catalog.ID) ([]catalog.Product, error) {
				return s.Catalog().Many(ctx, ids)
			}),
		finding(of, "Taken", "", func(w *world) []string { return []string{w.product.SKU} },
			func(ctx context.Context, s *session, skus []string) ([]string, error) {
				return s.Catalog().Taken(ctx, skus)
			}),
		finding(of, "List", "", worldlyMatch, func(ctx context.Context, s *session, m []page.Match) ([]catalog.Product, error) {
			return s.Catalog().List(ctx, catalog.Query{}, m, page.Window{Limit: 9})
		}),
		creating(of, "Create", "catalog", func(t *testing.T, s *session, w *world) (catalog.Product, string) {
			t.Helper()
			p := s.draftProduct(t, w.tenant, s.word())
			p.Specs.Ports, p.Specs.Attributes = []int{22, 443}, map[string]string{"image": "debian"}
			p.Specs.Configurable = map[string]catalog.Option{"image": {Values: []string{"debian", "alpine"}}}
			return p, string(p.ID)
		}, func(ctx context.Context, s *session, p catalog.Product, c event.Commit) error {
			return s.Catalog().Create(ctx, p, c)
		}, changed),
		{
			store: of, name: "CreateMany", service: "catalog", effect: creates,
			bind: func(t *testing.T, s *session, w *world) ([]any, call) {
				t.Helper()
				all, c := s.several(t, w.tenant, s.word(), 3)
				keyed := w.commit(s, "catalog", string(all[0].Product.ID), 1)
				c.Receipt, c.Delivery = keyed.Receipt, keyed.Delivery
				return []any{all, c}, func(ctx context.Context) (any, error) { return nil, s.Catalog().CreateMany(ctx, all, c) }
			},
		},
		saving[catalog.Product]{
			store: of, name: "Save", service: "catalog", terms: []page.Term{changed, worldly},
			read: func(ctx context.Context, s *session, w *world) (catalog.Product, error) {
				return s.Catalog().Get(ctx, w.product.ID)
			},
			drafted: func(w *world) catalog.Product { return w.product },
			id:      func(e catalog.Product) string { return string(e.ID) },
			version: func(e *catalog.Product) *int64 { return &e.Version },
			counter: func(e *catalog.Product) counter { return inText(&e.Name) },
			save: func(ctx context.Context, s *session, e catalog.Product, c event.Commit) error {
				return s.Catalog().Save(ctx, e, c)
			},
		}.method(),
	}
}

func orderMethods() []method {
	const of = "Orders"
	save := saving[order.Order]{
		store: of, name: "Save", service: "order", terms: []page.Term{changed, worldly},
		read: func(ctx context.Context, s *session, w *world) (order.Order, error) {
			return s.Orders().Get(ctx, w.order.ID)
		},
		drafted: func(w *world) order.Order { return w.order },
		id:      func(e order.Order) string { return string(e.ID) },
		version: func(e *order.Order) *int64 { return &e.Version },
		counter: func(e *order.Order) counter { return inText(&e.Failure) },
		save: func(ctx context.Context, s *session, e order.Order, c event.Commit) error {
			return s.Orders().Save(ctx, e, c)
		},
	}
	many := save
	many.name = "SaveMany"
	many.save = func(ctx context.Context, s *session, e order.Order, c event.Commit) error {
		all := []order.Saved{{Order: e, Terms: c.Terms}}
		c.Terms = nil
		return s.Orders().SaveMany(ctx, all, c)
	}
	return []method{
		save.method(), many.method(),
		receipt(of, "order", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
			return s.Orders().Receipt
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (order.Order, error) {
			return s.Orders().Get(ctx, w.order.ID)
		}),
		finding(of, "List", "", worldlyMatch, func(ctx context.Context, s *session, m []page.Match) ([]order.Order, error) {
			return s.Orders().List(ctx, order.Query{}, m, page.Window{Limit: 9})
		}),
		finding(of, "Count", "", worldlyMatch, func(ctx context.Context, s *session, m []page.Match) (int64, error) {
			return s.Orders().Count(ctx, order.Query{}, m)
		}),
		creating(of, "Create", "order", func(_ *testing.T, s *session, w *world) (order.Order, string) {
			o := s.draftOrder(w.tenant, w.customer.ID, 2)
			o.Metadata, o.Items[0].Configuration = map[string]string{"cart": "7"}, map[string]string{"image": "debian"}
			o.Items[1].Rates = []order.Rate{{Rule: "base", Period: catalog.PeriodHour}}
			return o, string(o.ID)
		}, func(ctx context.Context, s *session, o order.Order, c event.Commit) error {
			return s.Orders().Create(ctx, o, c)
		}, changed),
	}
}
