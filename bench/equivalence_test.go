package bench_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/world"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// TestPeersAreEquivalent holds every peer to what PLATFORMA answers and writes:
// who is measured does all of the work.
func TestPeersAreEquivalent(t *testing.T) {
	t.Parallel()
	for _, on := range databases() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			e := newExam(t, on)
			for _, r := range on.peers[1:] {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					for _, difference := range e.differences(t, r.open) {
						t.Error(difference)
					}
				})
			}
		})
	}
}

// TestEquivalenceIsNoticed keeps the examination honest: of each thing that a
// peer could leave out, it says that it is missing.
func TestEquivalenceIsNoticed(t *testing.T) {
	t.Parallel()
	for _, on := range databases() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			e := newExam(t, on)
			for name, fault := range faults {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					found := e.differences(t, func(ctx context.Context, d peer.Database) (peer.Peer, error) {
						good, err := on.limit().open(ctx, d)
						return faulty{good, fault}, err
					})
					require.NotEmpty(t, found)
				})
			}
		})
	}
}

// exam is a world, and what PLATFORMA does in a copy of it.
type exam struct {
	on       database
	built    *world.World
	input    input
	expected protocol
}

// input is what is done with a peer.
type input struct {
	placement peer.Placement
	awaiting  order.ID
	draft     order.Draft
	products  []catalog.Draft
}

func newExam(t *testing.T, on database) *exam {
	t.Helper()
	built := on.test(t, world.Size{Tenants: 2, Orders: 60, Customers: 4, Products: 9})
	of := built.Tenants[0]
	products, err := world.Drafts(peer.ImportStep+20, "exam")
	require.NoError(t, err)
	e := &exam{on: on, built: built, input: input{
		placement: of.Placement(), awaiting: of.Orders[3], draft: of.Drafts[5], products: products,
	}}
	e.expected = e.take(t, on.peers[0].open)
	return e
}

// protocol is what a peer answered, and what it changed in the database.
type protocol struct {
	answers map[string]any
	changes map[string][]string
}

// differences says where a peer is not what PLATFORMA is.
func (e *exam) differences(t *testing.T, open peer.Open) []string {
	t.Helper()
	got := e.take(t, open)
	var all []string
	for name, want := range e.expected.answers {
		if diff := cmp.Diff(want, got.answers[name], cmpopts.EquateEmpty()); diff != "" {
			all = append(all, fmt.Sprintf("%s answers otherwise than PLATFORMA (-) does:\n%s", name, diff))
		}
	}
	for name, want := range e.expected.changes {
		if diff := cmp.Diff(want, got.changes[name]); diff != "" {
			all = append(all, fmt.Sprintf("%s writes otherwise than PLATFORMA (-) does:\n%s", name, diff))
		}
	}
	slices.Sort(all)
	return all
}

// take lets a peer do everything in a copy of the world.
func (e *exam) take(t *testing.T, open peer.Open) protocol {
	t.Helper()
	w, err := e.built.Copy(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	p, err := open(t.Context(), w.Database)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	got := protocol{answers: map[string]any{}, changes: map[string][]string{}}
	e.read(t, w, p, got)
	e.refused(t, w, p, got)
	e.write(t, w, p, got)
	return got
}

// listed is an answer of List.
type listed struct {
	Orders []order.Order
	More   bool
}

func (e *exam) read(t *testing.T, w *world.World, p peer.Peer, got protocol) {
	t.Helper()
	for _, of := range w.Tenants {
		for _, id := range of.Orders[:10] {
			answer, err := p.Get(t.Context(), of.ID, id)
			got.answers["Get "+string(id)] = answered(err, func() any { return p.AsOrder(answer) })
		}
		for i, page := range of.Pages {
			answer, err := p.List(t.Context(), of.ID, page)
			got.answers[fmt.Sprintf("List %s %d", of.ID, i)] = answered(err, func() any {
				orders, more := p.AsOrders(answer)
				return listed{orders, more}
			})
		}
		for _, email := range of.Emails {
			answer, err := p.Find(t.Context(), of.ID, email)
			got.answers[fmt.Sprintf("Find %s %s", of.ID, email)] = answered(err, func() any { return p.AsCustomer(answer) })
		}
	}
}

// answered is an answer, or that there was an error.
func answered(err error, answer func() any) any {
	if err != nil {
		return "refused"
	}
	return answer()
}

// refused tries what must be refused, and must leave nothing behind.
func (e *exam) refused(t *testing.T, w *world.World, p peer.Peer, got protocol) {
	t.Helper()
	own, other := w.Tenants[0], w.Tenants[1]
	unknown := own.Drafts[0]
	unknown.Customer = "cust_00000000000000000000000000"
	taken := slices.Clone(e.input.products)
	taken[len(taken)-1].SKU = "vm-0"
	for name, try := range map[string]func() error{
		"Get of another tenant's order": func() error { _, err := p.Get(t.Context(), own.ID, other.Orders[0]); return err },
		"Get of nothing":                func() error { _, err := p.Get(t.Context(), own.ID, "ord_00000000000000000000000000"); return err },
		"Find of nobody":                func() error { _, err := p.Find(t.Context(), own.ID, "nobody@example.com"); return err },
		"Order of nobody":               func() error { _, err := p.Order(t.Context(), own.ID, unknown); return err },
		"Update of another tenant's":    func() error { _, err := p.Update(t.Context(), own.ID, other.Orders[0]); return err },
		"Place twice": func() error {
			twice := e.input.placement
			twice.Order.ID = own.Orders[0]
			return p.Place(t.Context(), twice)
		},
		"Import of a taken SKU": func() error { return p.Import(t.Context(), own.ID, taken) },
	} {
		got.changes[name] = e.on.changes(t, w, func() {
			got.answers[name] = answered(try(), func() any { return "done" })
		})
	}
}

func (e *exam) write(t *testing.T, w *world.World, p peer.Peer, got protocol) {
	t.Helper()
	of := w.Tenants[0].ID
	for _, step := range []struct {
		name string
		do   func(of scope.TenantID) error
	}{
		{"Place", func(scope.TenantID) error { return p.Place(t.Context(), e.input.placement) }},
		{"Order", func(of scope.TenantID) error {
			answer, err := p.Order(t.Context(), of, e.input.draft)
			if err == nil {
				got.answers["Order"] = len(p.AsOrder(answer).Items)
			}
			return err
		}},
		{"Update", func(of scope.TenantID) error {
			answer, err := p.Update(t.Context(), of, e.input.awaiting)
			if err == nil {
				got.answers["Update"] = p.AsOrder(answer).Status
			}
			return err
		}},
		{"Update again", func(of scope.TenantID) error {
			_, err := p.Update(t.Context(), of, e.input.awaiting)
			got.answers["Update again"] = answered(err, func() any { return "done" })
			return nil
		}},
		{"Import", func(of scope.TenantID) error { return p.Import(t.Context(), of, e.input.products) }},
	} {
		got.changes[step.name] = e.on.changes(t, w, func() { require.NoError(t, step.do(of), step.name) })
	}
}

// faulty is a good peer with a fault.
type faulty struct {
	peer.Peer
	fault
}

// fault is what a faulty peer does otherwise.
type fault struct {
	place func(*peer.Placement)
	get   func(order.Order) order.Order
	skip  string
}

var faults = map[string]fault{
	"no terms":       {place: func(p *peer.Placement) { p.Commit.Terms = nil }},
	"a term less":    {place: func(p *peer.Placement) { p.Commit.Terms = p.Commit.Terms[1:] }},
	"another event":  {place: func(p *peer.Placement) { p.Commit.Events[0].Data = []byte("{}") }},
	"a lost item":    {place: func(p *peer.Placement) { p.Order.Items = p.Order.Items[:2] }},
	"a lost amount":  {place: func(p *peer.Placement) { p.Order.Items[1].Amount = "0.00" }},
	"unread items":   {get: func(o order.Order) order.Order { o.Items = nil; return o }},
	"unread details": {get: func(o order.Order) order.Order { o.Metadata = nil; return o }},
	"no update":      {skip: "Update"},
	"no import":      {skip: "Import"},
}

func (f faulty) Place(ctx context.Context, p peer.Placement) error {
	if f.place != nil {
		p.Order.Items = slices.Clone(p.Order.Items)
		p.Commit.Events = slices.Clone(p.Commit.Events)
		f.place(&p)
	}
	return f.Peer.Place(ctx, p)
}

func (f faulty) AsOrder(answer any) order.Order {
	o := f.Peer.AsOrder(answer)
	if f.get != nil {
		o = f.get(o)
	}
	return o
}

func (f faulty) Update(ctx context.Context, of scope.TenantID, id order.ID) (any, error) {
	if f.skip == "Update" {
		return f.Get(ctx, of, id)
	}
	return f.Peer.Update(ctx, of, id)
}

func (f faulty) Import(ctx context.Context, of scope.TenantID, drafts []catalog.Draft) error {
	if f.skip == "Import" {
		return nil
	}
	return f.Peer.Import(ctx, of, drafts)
}
