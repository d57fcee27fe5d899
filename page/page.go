// Package page is how lists are read: by keyset, in pages, with cursors that
// neither skip nor repeat an entity while others come and go.
package page

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"iter"
	"strings"

	"github.com/platforma/platforma/fault"
)

// The sizes of a page.
const (
	// DefaultLimit is the size of a page that names none.
	DefaultLimit = 50
	// MaxLimit is the largest size of a page.
	MaxLimit = 500
)

// Cursor is where a page ended. It is opaque, good for the query that it came
// from, and never expires.
type Cursor string

// Request is which page of a list is wanted. The zero value is the first.
type Request struct {
	// Limit is the size of a page, 1 to [MaxLimit]; 0 is [DefaultLimit].
	Limit int `json:"-"`
	// After is the cursor of the page before; empty is the first page.
	After Cursor `json:"-"`
	// Newest turns the order round: the default is the oldest first.
	Newest bool `json:"newest,omitempty"`
}

// Page is a part of a list.
type Page[T any] struct {
	// Items are the entities, in the list's order.
	Items []T `json:"items"`
	// Next is the cursor of the page after this, or empty where there is none.
	Next Cursor `json:"next,omitempty"`
}

// Window is what a store is asked for: the entities that come after a key in
// an order, at most so many.
type Window struct {
	// After is the key (the id) to begin after; empty is the beginning.
	After string
	// Limit is how many entities are wanted at most.
	Limit int
	// Newest is whether keys run down.
	Newest bool
}

// List reads one page. The query is the filter that the cursor is bound to,
// and must marshal to JSON in one way only; key is an entity's place in the
// list. A bad limit, or a cursor that is not this query's, is
// [fault.ErrInvalid].
func List[T any](
	ctx context.Context, r Request, query any,
	find func(context.Context, Window) ([]T, error), key func(T) string,
) (Page[T], error) {
	var f fault.Fields
	w := Window{Limit: r.Limit, Newest: r.Newest}
	if w.Limit == 0 {
		w.Limit = DefaultLimit
	}
	if w.Limit < 1 || w.Limit > MaxLimit {
		f.Add("limit", "must be between 1 and %d, is %d", MaxLimit, r.Limit)
	}
	mark, err := fingerprint(query)
	if err != nil {
		return Page[T]{}, err
	}
	if r.After != "" {
		after, ok := decode(r.After, mark)
		if !ok {
			f.Add("after", "must be a cursor that this query returned")
		}
		w.After = after
	}
	if err := f.Err("", "", ""); err != nil {
		return Page[T]{}, err
	}
	// One more than asked for tells whether there is a next page.
	limit := w.Limit
	w.Limit++
	items, err := find(ctx, w)
	if err != nil {
		return Page[T]{}, err
	}
	p := Page[T]{Items: items}
	if len(items) > limit {
		p.Items = items[:limit:limit]
		p.Next = encode(key(p.Items[limit-1]), mark)
	}
	return p, nil
}

// All iterates over every page of a list. An error ends it.
func All[T any](ctx context.Context, first Request, list func(context.Context, Request) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r := first
		for {
			p, err := list(ctx, r)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.Next == "" {
				return
			}
			r.After = p.Next
		}
	}
}

// fingerprint binds a cursor to its query, so that a cursor of another filter,
// order or tenant is refused instead of answering nonsense.
func fingerprint(query any) (string, error) {
	text, err := json.Marshal(query)
	if err != nil {
		return "", fault.New(fault.ErrInvalid, "the query cannot be told from others")
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9]), nil
}

func encode(key, mark string) Cursor {
	return Cursor(base64.RawURLEncoding.EncodeToString([]byte(mark + key)))
}

func decode(c Cursor, mark string) (string, bool) {
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil {
		return "", false
	}
	key, ok := strings.CutPrefix(string(text), mark)
	return key, ok && key != "" && !strings.ContainsFunc(key, foreign)
}

// foreign is what no key has: a cursor can be made up, and what is in it goes
// to the database.
func foreign(r rune) bool { return r <= ' ' || r > '~' }

// Of binds a query to whose list of what it is, for [List].
func Of[T ~string, Q any](entity string, tenant T, query Q) any {
	return struct {
		Entity string `json:"entity"`
		Tenant T      `json:"tenant"`
		Query  Q      `json:"query"`
	}{entity, tenant, query}
}
