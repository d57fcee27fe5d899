package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func orderPlans(t *testing.T, s *session) {
	p := s.plans(t)
	var grown []order.Order
	acme := s.grow(t, func(of scope.TenantID, rows int) { grown = append(grown, s.growOrders(t, of, rows)...) })

	p.within("an order", byKey, func() { get(s.Orders().Get(in(acme), grown[3].ID))(t) })
	p.orderLists(acme, grown)
	p.orderWrites(acme, grown)
}

// growOrders places orders of many customers, a minute after another.
func (s *session) growOrders(t *testing.T, of scope.TenantID, count int) []order.Order {
	t.Helper()
	all := make([]order.Order, count)
	for i := range all {
		o := s.draftOrder(of, customer.ID(fmt.Sprintf("cust_%d", i%(grownRows/5))), 2)
		o.Metadata = bulk()
		o.CreatedAt = s.now.Add(time.Duration(i%grownRows) * time.Minute)
		o.Status, o.Phase = order.StatusPending, inTurn(i, order.PhaseAwaitingApproval)
		if rare(i) {
			o.Status, o.Phase = order.StatusFailed, order.PhaseAtRest
		}
		must(t, s.Orders().Create(in(of), o, s.keyed(of, "order", string(o.ID), 1, wordsOf(i)...)))
		all[i] = o
	}
	return all
}

// asked is a query, and the words that go with it.
type asked struct {
	order.Query
	words []page.Match
}

func (p *planned) orderLists(acme scope.TenantID, grown []order.Order) {
	t, store := p.t, p.Orders()
	gold := page.Match{Term: page.Term{Key: "metadata.tier", Value: "gold"}}
	word := page.Match{Term: page.Term{Key: "name", Value: "odd07"}}
	combinations([]func(*asked){
		func(q *asked) { q.Customer = grown[7].CustomerID },
		func(q *asked) { q.Status = order.StatusFailed },
		func(q *asked) { q.From = grown[grownRows-10].CreatedAt },
		func(q *asked) { q.To = grown[10].CreatedAt },
		func(q *asked) { q.words = append(q.words, gold) },
		func(q *asked) { q.words = append(q.words, word) },
	}, func(q asked, chosen int) {
		l := ofPage
		switch {
		case !q.From.IsZero() || !q.To.IsZero():
			l = ofPeriod
		case chosen > 1:
			l = ofMatches
		}
		for _, w := range windows(string(grown[grownRows/2].ID)) {
			p.within(fmt.Sprintf("orders of %+v %+v", q, w), l, func() { get(store.List(in(acme), q.Query, q.words, w))(t) })
		}
		if chosen == 0 {
			l = ofTenant
		} else {
			l = ofMatches
		}
		p.within(fmt.Sprintf("the number of orders of %+v", q), l, func() { get(store.Count(in(acme), q.Query, q.words))(t) })
	})
	p.within("orders of a status that most have", ofPage, func() {
		get(store.List(in(acme), order.Query{Status: order.StatusPending}, nil, page.Window{Limit: planPage}))(t)
	})
	for what, m := range matches() {
		p.within("orders by "+what, m.limit, func() {
			get(store.List(in(acme), order.Query{}, m.ask, page.Window{Limit: planPage}))(t)
		})
	}
}

func (p *planned) orderWrites(acme scope.TenantID, grown []order.Order) {
	t, store := p.t, p.Orders()
	for _, items := range []int{1, 3} {
		o := p.draftOrder(acme, "cust_1", items)
		p.within("a creation of an order", byKey, func() {
			must(t, store.Create(in(acme), o, p.keyed(acme, "order", string(o.ID), 1, wordsOf(7)[:items]...)))
		})
		p.within("a receipt of an order", byKey, func() { get(store.Receipt(in(acme), "order.keyed", string(o.ID)))(t) })
	}
	next := p.progress(grown[0])
	commit := p.commitOrder(next, "failed", wordsOf(7)...)
	p.within("a save of an order", byKey, func() { must(t, store.Save(in(acme), next, commit)) })
	next.Version++
	commit = p.commitOrder(next, "failed", wordsOf(8)...)
	commit.Former = wordsOf(7)
	p.within("a save of an order whose terms are known", byKey, func() { must(t, store.Save(in(acme), next, commit)) })
	var many []order.Saved
	for _, o := range grown[1:4] {
		many = append(many, order.Saved{Order: p.progress(o), Terms: wordsOf(7)})
	}
	p.within("a save of orders", byKey, func() { must(t, store.SaveMany(in(acme), many, p.commitOrder(next, "failed"))) })
}
