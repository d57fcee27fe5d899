package events_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

const (
	callers = 8
	writes  = 40 // of each caller in a round
)

// BenchmarkEventsWrite writes as the library does, and the same without the
// events: an order placed, and a customer updated.
func BenchmarkEventsWrite(b *testing.B) {
	onEach(b, func(b *testing.B, s site) {
		b.Helper()
		told, silent := platform(b, s, platformatest.Options()), platform(b, mute{s}, platformatest.Options())
		acme := platformatest.Seed(b, told, "acme")
		for name, write := range map[string]func(ctx context.Context, p *platforma.Platform, i int) error{
			"place": func(ctx context.Context, p *platforma.Platform, _ int) error {
				_, err := p.Orders.Place(ctx, order.Draft{
					Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
				})
				return err
			},
			"update": updates(b, told, acme),
		} {
			by := func(p *platforma.Platform) func(*testing.B, int) int {
				return func(b *testing.B, _ int) int {
					b.Helper()
					ctx := tenant.NewContext(b.Context(), acme.Tenant)
					var group sync.WaitGroup
					for i := range callers {
						group.Go(func() {
							for range writes {
								require.NoError(b, write(ctx, p, i))
							}
						})
					}
					group.Wait()
					return callers * writes
				}
			}
			b.Run(name, func(b *testing.B) {
				s.compare(b, nil, contender{"with-events", by(told)}, contender{"without", by(silent)})
			})
		}
	})
}

// updates gives each caller a customer of its own.
func updates(b *testing.B, p *platforma.Platform, of platformatest.Seeded) func(context.Context, *platforma.Platform, int) error {
	b.Helper()
	var all []customer.ID
	for i := range callers {
		made, err := p.Customers.Create(tenant.NewContext(b.Context(), of.Tenant), customer.Draft{
			Name: "Grace Hopper", Email: fmt.Sprintf("grace-%d@example.com", i),
		})
		require.NoError(b, err)
		all = append(all, made.ID)
	}
	names := make([]int, callers)
	return func(ctx context.Context, p *platforma.Platform, i int) error {
		names[i]++
		company := "Company of turn " + string(rune('A'+names[i]%26))
		_, err := p.Customers.Update(ctx, all[i], customer.Change{Company: &company})
		return err
	}
}

// mute is a database that stores no event of orders and customers.
type mute struct{ storage.Driver }

func (m mute) Orders() order.Store       { return muteOrders{m.Driver.Orders()} }
func (m mute) Customers() customer.Store { return muteCustomers{m.Driver.Customers()} }

func (m mute) Close() error { return nil }

type muteOrders struct{ order.Store }

func (s muteOrders) Create(ctx context.Context, o order.Order, c event.Commit) error {
	c.Events = nil
	return s.Store.Create(ctx, o, c)
}

type muteCustomers struct{ customer.Store }

func (s muteCustomers) Save(ctx context.Context, o customer.Customer, c event.Commit) error {
	c.Events = nil
	return s.Store.Save(ctx, o, c)
}
