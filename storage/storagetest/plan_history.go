package storagetest

import (
	"fmt"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// histories look at the history of a service's events, which have grown. One
// entity of the tenant has as many as all others together.
func (p *planned) histories(of scope.TenantID, service string) {
	t, store, ctx := p.t, p.Events(), in(of)
	busy, quiet := p.ids.New("busy"), p.ids.New("quiet")
	for subject, count := range map[string]int{busy: grownRows, quiet: grownMany / 2} {
		p.emittersAbout(t, func(n int) (string, int64) { return subject, int64(n + 1) })[service](of, count)
	}
	for waiting := true; waiting; {
		waiting = get(store.Stamp(operator(), p.stamping(service, 1000)))(t) > 0
	}
	window := page.Window{Limit: planPage}
	about := func(q event.HistoryQuery) {
		var seen []event.Revision
		read := func(w page.Window) {
			p.within(fmt.Sprintf("the history of the %s service, %+v %+v", service, q, w), p.limitOf(q),
				func() { seen = get(store.History(ctx, service, q, w))(t) })
		}
		read(window)
		key := seen[len(seen)-1].Key(q)
		for _, w := range windows(key) {
			read(w)
		}
	}
	ids := get(store.List(ctx, service, page.Window{Limit: grownRows / 2}))(t)
	from, to := ids[grownRows/6].ID, ids[grownRows/3].ID
	for _, q := range []event.HistoryQuery{{}, {From: from}, {To: to}, {From: from, To: to}} {
		about(q)
	}
	for _, q := range []event.HistoryQuery{{Subject: busy}, {Subject: quiet}, {Subject: busy, From: ids[0].ID}} {
		about(q)
	}
}

// limitOf is how much a history may look at. Within a time, an entity's may be
// walked along: how many events it has there, its arguments alone tell.
func (p *planned) limitOf(q event.HistoryQuery) limit {
	if q.Subject != "" && (q.From != "" || q.To != "") {
		return ofPeriod
	}
	return ofPage
}
