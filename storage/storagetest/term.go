package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

const termRule = "what is found by a term is what has exactly it, or one that begins with it, letter by letter; " +
	"a save replaces the terms of its own alone, whether they were known before or not: who searches finds all there is and nothing else"

func termClauses() []clause {
	customers, products, orders := customerEntity(), productEntity(), orderEntity()
	orders.draft = func(_ *testing.T, s *session, w *world) order.Order { return s.draftOrder(w.tenant, w.customer.ID, 1) }
	return []clause{
		{"customer/terms", termRule, terms(customers,
			func(ctx context.Context, s *session, m []page.Match) ([]customer.Customer, error) {
				return s.Customers().List(ctx, m, everyPage)
			})},
		{"catalog/terms", termRule, terms(products,
			func(ctx context.Context, s *session, m []page.Match) ([]catalog.Product, error) {
				return s.Catalog().List(ctx, catalog.Query{}, m, everyPage)
			})},
		{"order/terms", termRule, terms(orders,
			func(ctx context.Context, s *session, m []page.Match) ([]order.Order, error) {
				found, err := s.Orders().List(ctx, order.Query{}, m, everyPage)
				if count, e := s.Orders().Count(ctx, order.Query{}, m); e != nil || int(count) != len(found) {
					return nil, fmt.Errorf("the count is %d (%w) where the list has %d", count, e, len(found))
				}
				return found, err
			})},
	}
}

// everyPage is a window with room for all.
var everyPage = page.Window{Limit: 1000}

// terms stores entities that have one term each.
func terms[E any](k entity[E], find func(ctx context.Context, s *session, m []page.Match) ([]E, error)) func(*testing.T, *session) {
	return func(t *testing.T, s *session) {
		w, other := s.newWorld(t), s.newWorld(t)
		values := []string{
			"ada", "Ada", "adam", "ad", "b", "a%", "a_", "a\\", "axb", "'", "\U0001F98A\U0001F98A", "\uD7FF", "\uE000", "\uFFFD",
			"\U00010000", "é", "e", strings.Repeat("x", 512), "",
		}
		key := func(n int) string { return []string{"word", "words"}[n%2] }
		var all []E
		for n := range 2 * len(values) {
			e := k.draft(t, s, w)
			k.terms = []page.Term{{Key: key(n), Value: values[n/2]}, {Key: "all", Value: "of them"}}
			must(t, k.create(in(w.tenant), s, e, k.commit(s, w, &e)))
			all = append(all, e)
			theirs := k.draft(t, s, other)
			must(t, k.create(in(other.tenant), s, theirs, k.commit(s, other, &theirs)))
		}
		found := func(matches ...page.Match) (at []int) {
			t.Helper()
			for _, e := range get(find(in(w.tenant), s, matches))(t) {
				_, id, _ := k.known(&e)
				for n := range all {
					if _, own, _ := k.known(&all[n]); own == id {
						at = append(at, n)
					}
				}
			}
			return at
		}
		for n := range all {
			term := page.Term{Key: key(n), Value: values[n/2]}
			same(t, fmt.Sprintf("what has the term %.20q", term), found(page.Match{Term: term}), []int{n})
			if term.Value == "" {
				continue
			}
			var begin []int
			for other := range all {
				if other%2 == n%2 && strings.HasPrefix(values[other/2], term.Value) {
					begin = append(begin, other)
				}
			}
			same(t, fmt.Sprintf("what has a term that begins with %.20q", term), found(page.Match{Term: term, Prefix: true}), begin)
		}
		same(t, "what has both terms", found(page.Match{Term: page.Term{Key: "word", Value: "ad"}, Prefix: true},
			page.Match{Term: page.Term{Key: "all", Value: "of them"}}), []int{0, 4, 6})
		same(t, "what has two terms of two", len(found(page.Match{Term: page.Term{Key: "word", Value: "ad"}},
			page.Match{Term: page.Term{Key: "words", Value: "ad"}})), 0)

		next := all[0]
		_, _, version := k.known(&next)
		*version++
		k.terms = []page.Term{{Key: "word", Value: "zoe"}, {Key: "word", Value: "ada lovelace"}}
		must(t, k.save(in(w.tenant), s, next, k.commit(s, w, &next)))
		same(t, "what has a term that was replaced", len(found(page.Match{Term: page.Term{Key: "word", Value: "ada"}})), 0)
		same(t, "what has its replacement", found(page.Match{Term: page.Term{Key: "word", Value: "zoe"}}), []int{0})
		begin := found(page.Match{Term: page.Term{Key: "word", Value: "ada"}, Prefix: true})
		same(t, "what has one of two with a beginning", begin, []int{0, 4})
		same(t, "the others' terms", len(found(page.Match{Term: page.Term{Key: "all", Value: "of them"}})), len(all)-1)

		for _, terms := range [][]page.Term{
			{{Key: "word", Value: "zoe"}, {Key: "word", Value: "eve"}}, {{Key: "word", Value: "zoe"}, {Key: "word", Value: "eve"}}, {},
		} {
			former := k.terms
			k.former, k.terms = former, terms
			*version++
			must(t, k.save(in(w.tenant), s, next, k.commit(s, w, &next)))
			for _, term := range slices.Concat(former, terms) {
				want := []int(nil)
				if slices.Contains(terms, term) {
					want = []int{0}
				}
				same(t, fmt.Sprintf("what has the term %s where %v were known and %v came", term.Value, former, terms),
					found(page.Match{Term: term}), want)
			}
		}
	}
}
