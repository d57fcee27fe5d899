package model

import (
	"context"
	"slices"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

// cursor is where a list was left, and of which list it is.
type cursor struct {
	of, last string
	at       page.Cursor
}

// listing is a list of one kind of entity, as a command asks for it.
type listing[T any] struct {
	kind, operation string
	// filter is the query without its page; bad is why it is refused.
	filter any
	bad    *refusal
	call   func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[T], error)
	// all are the entities that match, oldest first, of whom key is the place.
	all func(in *realm) []T
	key func(T) string
	// learn takes what only the answer knows from it; nil is nothing.
	learn func(got page.Page[T], after string, r page.Request)
}

// Which page is asked for, in [command.Key].
const (
	nextPage   = 1 // the one after the last that was read of this kind
	noPage     = 2 // one whose cursor is made up
	mostOfPage = 5 // in [command.N]: more than a page may have
)

// plan reads a page: the first or, of whatever list of the kind was left, the
// next. N is its size, and a version that was seen turns the order round.
func (l listing[T]) plan(w *world, c command) plan {
	by := w.by(c)
	q := page.Request{Limit: c.N, Newest: c.Seen != 0}
	if c.N == mostOfPage {
		q.Limit = page.MaxLimit + 1
	}
	list := text([]any{by.tenant, l.filter, q.Newest})
	left, begun := w.cursors[l.kind]
	after := ""
	var paths []string
	if c.N == mostOfPage {
		paths = append(paths, "limit")
	}
	switch {
	case c.Key == noPage:
		q.After = "bm93aGVyZQ"
		paths = append(paths, "after")
	case c.Key == nextPage && begun:
		q.After, after = left.at, left.last
		if left.of != list {
			paths = append(paths, "after")
		}
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (page.Page[T], error) {
		return l.call(ctx, p, q)
	}, func(got page.Page[T]) (want page.Page[T], _ *refusal) {
		in, no := w.rules.admit(by, l.operation, false)
		switch {
		case no != nil:
			return want, no
		case l.bad != nil:
			return want, l.bad
		case len(paths) > 0:
			return want, refuse(fault.ErrInvalid, paths...)
		}
		if l.learn != nil {
			l.learn(got, after, q)
		}
		all, more := l.window(in, after, q)
		want.Items, want.Next = got.Items[:0], got.Next // none are none, whether or not they are nil
		want.Items = append(slices.Clip(want.Items), all...)
		switch {
		case more && got.Next == "":
			w.rules.complain("there is more of the list, and no cursor to it")
		case !more && got.Next != "":
			w.rules.complain("there is no more of the list, but a cursor")
		case more:
			w.cursors[l.kind] = cursor{of: list, last: l.key(all[len(all)-1]), at: got.Next}
		}
		return want, nil
	})
}

// window is the page after a key, and whether there is more behind it.
func (l listing[T]) window(in *realm, after string, q page.Request) ([]T, bool) {
	var all []T
	for _, v := range l.all(in) {
		if after == "" || !q.Newest && l.key(v) > after || q.Newest && l.key(v) < after {
			all = append(all, v)
		}
	}
	if q.Newest {
		slices.Reverse(all)
	}
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	return all[:min(limit, len(all))], len(all) > limit
}

// listOp is the kind of command that lists.
func listOp(name string, whats int, plan func(w *world, c command) plan) op {
	return op{
		name: name, weight: 2, most: command{In: 1, By: 1, What: whats, N: mostOfPage, Key: 1, Seen: 1}, plan: plan,
		numbers: weighted(map[int]int{0: 2, 1: 6, 2: 4, 3: 1, mostOfPage: 1}),
	}
}

// matching are the entities of a map that match, oldest first.
func matching[V any](all map[string]*V, matches func(V) bool) []V {
	var list []V
	for _, v := range sorted(all) {
		if matches(*v) {
			list = append(list, *v)
		}
	}
	return list
}
