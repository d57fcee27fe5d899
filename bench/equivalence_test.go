package bench_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
// peer could leave out, it says that it is missing. It needs no server: the
// examination is the same on all databases.
func TestEquivalenceIsNoticed(t *testing.T) {
	t.Parallel()
	on := onSQLite()
	e := newExam(t, on)
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, e.differences(t, func(ctx context.Context, d peer.Database) (peer.Peer, error) {
				good, err := on.limit().open(ctx, d)
				return faulty{good, fault}, err
			}, fault.step))
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

// differences says where a peer is not what PLATFORMA is, in some of the steps
// or in all.
func (e *exam) differences(t *testing.T, open peer.Open, only ...string) []string {
	t.Helper()
	got := e.take(t, open, only...)
	var all []string
	for name, answer := range got.answers {
		if diff := cmp.Diff(e.expected.answers[name], answer, cmpopts.EquateEmpty()); diff != "" {
			all = append(all, fmt.Sprintf("%s answers otherwise than PLATFORMA (-) does:\n%s", name, diff))
		}
	}
	for name, changed := range got.changes {
		missing, extra := difference(e.expected.changes[name], changed)
		if len(missing)+len(extra) > 0 {
			all = append(all, fmt.Sprintf("%s writes otherwise: PLATFORMA has\n%s\nwhere this peer has\n%s", name,
				strings.Join(missing, "\n"), strings.Join(extra, "\n")))
		}
	}
	slices.Sort(all)
	return all
}

// take lets a peer do everything in a copy of the world.
func (e *exam) take(t *testing.T, open peer.Open, only ...string) protocol {
	t.Helper()
	w, err := e.built.Copy(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	p, err := open(t.Context(), w.Database)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	got := protocol{answers: map[string]any{}, changes: map[string][]string{}}
	e.read(t, w, p, got)
	table := &rows{world: w}
	for _, step := range e.steps(t.Context(), w, p) {
		if len(only) == 0 || slices.Contains(only, step.name) {
			got.changes[step.name] = table.changes(t, func() {
				answer, err := step.do()
				got.answers[step.name] = answered(err, func() any { return answer })
			})
		}
	}
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

// step is something that changes the database, or must not.
type step struct {
	name string
	do   func() (answer any, err error)
}

// steps are what must be refused and leave nothing behind, and then what must
// be done.
func (e *exam) steps(ctx context.Context, w *world.World, p peer.Peer) []step {
	own, other := w.Tenants[0], w.Tenants[1]
	unknown := own.Drafts[0]
	unknown.Customer = "cust_00000000000000000000000000"
	twice := e.input.placement
	twice.Order.ID = own.Orders[0]
	taken := slices.Clone(e.input.products)
	taken[len(taken)-1].SKU = "vm-0"
	return []step{
		{"Get of another tenant's", func() (any, error) { return p.Get(ctx, own.ID, other.Orders[0]) }},
		{"Get of nothing", func() (any, error) { return p.Get(ctx, own.ID, "ord_00000000000000000000000000") }},
		{"Find of nobody", func() (any, error) { return p.Find(ctx, own.ID, "nobody@example.com") }},
		{"Order of nobody", func() (any, error) { return p.Order(ctx, own.ID, unknown) }},
		{"Update of another tenant's", func() (any, error) { return p.Update(ctx, own.ID, other.Orders[0]) }},
		{"Place of a taken id", func() (any, error) { return nil, p.Place(ctx, twice) }},
		{"Import of a taken SKU", func() (any, error) { return nil, p.Import(ctx, own.ID, taken) }},

		{"Place", func() (any, error) { return nil, p.Place(ctx, e.input.placement) }},
		{"Order", func() (any, error) {
			answer, err := p.Order(ctx, own.ID, e.input.draft)
			if err != nil {
				return nil, err
			}
			return len(p.AsOrder(answer).Items), nil
		}},
		{"Update", func() (any, error) {
			answer, err := p.Update(ctx, own.ID, e.input.awaiting)
			if err != nil {
				return nil, err
			}
			return p.AsOrder(answer).Status, nil
		}},
		{"Update again", func() (any, error) { return p.Update(ctx, own.ID, e.input.awaiting) }},
		{"Import", func() (any, error) { return nil, p.Import(ctx, own.ID, e.input.products) }},
	}
}

// faulty is a good peer with a fault.
type faulty struct {
	peer.Peer
	fault
}

// fault is what a faulty peer does otherwise.
type fault struct {
	step  string
	place func(*peer.Placement)
	get   func(order.Order) order.Order
}

var faults = map[string]fault{
	"no terms":       {step: "Place", place: func(p *peer.Placement) { p.Commit.Terms = nil }},
	"a term less":    {step: "Place", place: func(p *peer.Placement) { p.Commit.Terms = p.Commit.Terms[1:] }},
	"another event":  {step: "Place", place: func(p *peer.Placement) { p.Commit.Events[0].Data = []byte("{}") }},
	"a lost item":    {step: "Place", place: func(p *peer.Placement) { p.Order.Items = p.Order.Items[:2] }},
	"a lost amount":  {step: "Place", place: func(p *peer.Placement) { p.Order.Items[1].Amount = "0.00" }},
	"unread items":   {step: "Get of nothing", get: func(o order.Order) order.Order { o.Items = nil; return o }},
	"unread details": {step: "Get of nothing", get: func(o order.Order) order.Order { o.Metadata = nil; return o }},
	"no update":      {step: "Update"},
	"no import":      {step: "Import"},
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
	if f.step == "Update" {
		return f.Get(ctx, of, id)
	}
	return f.Peer.Update(ctx, of, id)
}

func (f faulty) Import(ctx context.Context, of scope.TenantID, drafts []catalog.Draft) error {
	if f.step == "Import" {
		return nil
	}
	return f.Peer.Import(ctx, of, drafts)
}
