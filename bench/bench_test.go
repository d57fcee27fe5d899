package bench_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/world"
	"github.com/platforma/platforma/catalog"
)

func BenchmarkGet(b *testing.B)    { contest{onPostgres(), get}.run(b) }
func BenchmarkPlace(b *testing.B)  { contest{onPostgres(), place}.run(b) }
func BenchmarkOrder(b *testing.B)  { contest{onPostgres(), orders}.run(b) }
func BenchmarkList(b *testing.B)   { contest{onPostgres(), list}.run(b) }
func BenchmarkFind(b *testing.B)   { contest{onPostgres(), find}.run(b) }
func BenchmarkUpdate(b *testing.B) { contest{onPostgres(), update}.run(b) }
func BenchmarkImport(b *testing.B) { contest{onPostgres(), imports}.run(b) }

// do is one call of an operation on a peer.
type do = func(ctx context.Context, p peer.Peer, i int) error

// stride spreads calls over what there is.
const stride = 7919

// get reads an order of three items.
var get = operation{prepare: func(_ context.Context, w *world.World, _, _ int) (do, error) {
	return func(ctx context.Context, p peer.Peer, i int) error {
		t := w.Tenants[i%len(w.Tenants)]
		_, err := p.Get(ctx, t.ID, t.Orders[i*stride%len(t.Orders)])
		return err
	}, nil
}}

// list reads a page of 50 orders.
var list = operation{prepare: func(_ context.Context, w *world.World, _, _ int) (do, error) {
	return func(ctx context.Context, p peer.Peer, i int) error {
		t := w.Tenants[i%len(w.Tenants)]
		_, err := p.List(ctx, t.ID, t.Pages[i*stride%len(t.Pages)])
		return err
	}, nil
}}

// find reads a customer by email.
var find = operation{prepare: func(_ context.Context, w *world.World, _, _ int) (do, error) {
	return func(ctx context.Context, p peer.Peer, i int) error {
		t := w.Tenants[i%len(w.Tenants)]
		_, err := p.Find(ctx, t.ID, t.Emails[i*stride%len(t.Emails)])
		return err
	}, nil
}}

// place stores an order of three items.
var place = operation{changes: true, prepare: func(_ context.Context, w *world.World, _, _ int) (do, error) {
	return func(ctx context.Context, p peer.Peer, i int) error {
		return p.Place(ctx, w.Tenants[i%len(w.Tenants)].Placement())
	}, nil
}}

// orders prices and stores an order of three items.
var orders = operation{changes: true, prepare: func(_ context.Context, w *world.World, _, _ int) (do, error) {
	return func(ctx context.Context, p peer.Peer, i int) error {
		t := w.Tenants[i%len(w.Tenants)]
		_, err := p.Order(ctx, t.ID, t.Drafts[i*stride%len(t.Drafts)])
		return err
	}, nil
}}

// update approves an order.
var update = operation{changes: true, prepare: func(ctx context.Context, w *world.World, n, _ int) (do, error) {
	made, err := w.Awaiting(ctx, n)
	return func(ctx context.Context, p peer.Peer, i int) error {
		_, err := p.Update(ctx, made[i].Order.TenantID, made[i].Order.ID)
		return err
	}, err
}}

// products is how many an import has.
const products = 10_000

// imports stores 10,000 products.
var imports = operation{
	changes: true, shared: true,
	prepare: func(_ context.Context, w *world.World, n, callers int) (do, error) {
		drafts := make([][]catalog.Draft, n)
		for i := range drafts {
			var err error
			if drafts[i], err = world.Drafts(products/callers, fmt.Sprint(marks.Add(1))); err != nil {
				return nil, err
			}
		}
		return func(ctx context.Context, p peer.Peer, i int) error {
			return p.Import(ctx, w.Tenants[i%len(w.Tenants)].ID, drafts[i])
		}, nil
	},
}

// marks make the SKUs of each import unique.
var marks atomic.Int64
