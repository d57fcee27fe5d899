package page_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

type query struct {
	page.Request
	Status string            `json:"status,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// keys is a list of sorted keys, which answers as a store does.
type keys []string

func (all keys) find(_ context.Context, w page.Window) ([]string, error) {
	found := []string{}
	for _, key := range all {
		if w.After == "" || (key > w.After) != w.Newest && key != w.After {
			found = append(found, key)
		}
	}
	if w.Newest {
		slices.Reverse(found)
	}
	return found[:min(len(found), w.Limit)], nil
}

// list reads a page of a tenant's keys.
func (all keys) list(ctx context.Context, tenant string, q query) (page.Page[string], error) {
	return page.List(ctx, q.Request, page.Of("thing", tenant, q), all.find, func(key string) string { return key })
}

func numbers(n int) keys {
	all := make(keys, n)
	for i := range all {
		all[i] = fmt.Sprintf("k%04d", i)
	}
	return all
}

func offending(t *testing.T, err error) (paths []string) {
	t.Helper()
	require.ErrorIs(t, err, fault.ErrInvalid)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	for _, field := range e.Fields {
		paths = append(paths, field.Path)
	}
	return paths
}

func TestListBoundsThePage(t *testing.T) {
	t.Parallel()
	all := numbers(page.MaxLimit + 1)
	for limit, want := range map[int]int{
		0: page.DefaultLimit, 1: 1, 2: 2, page.DefaultLimit: page.DefaultLimit, page.MaxLimit: page.MaxLimit,
	} {
		p, err := all.list(t.Context(), "a", query{Request: page.Request{Limit: limit}})
		require.NoError(t, err)
		require.Equal(t, []string(all[:want]), p.Items)
		require.NotEmpty(t, p.Next)
		require.Equal(t, want, cap(p.Items), "the one that was read ahead is out of reach")
	}
	for _, limit := range []int{-1, page.MaxLimit + 1, math.MinInt, math.MaxInt} {
		_, err := all.list(t.Context(), "a", query{Request: page.Request{Limit: limit}})
		require.Equal(t, []string{"limit"}, offending(t, err))
	}
}

func TestListEnds(t *testing.T) {
	t.Parallel()
	for n, pages := range map[int][]int{0: {0}, 1: {1}, 2: {2}, 3: {3}, 4: {3, 1}, 6: {3, 3}, 7: {3, 3, 1}} {
		all := numbers(n)
		q := query{Request: page.Request{Limit: 3}}
		var sizes []int
		var got []string
		for {
			p, err := all.list(t.Context(), "a", q)
			require.NoError(t, err)
			sizes, got = append(sizes, len(p.Items)), append(got, p.Items...)
			if q.After = p.Next; p.Next == "" {
				break
			}
		}
		require.Equal(t, pages, sizes, "%d keys", n)
		require.Equal(t, append([]string(nil), all...), got)
	}
}

func TestListRunsBothWays(t *testing.T) {
	t.Parallel()
	q := query{Request: page.Request{Limit: 2, Newest: true}}
	p, err := numbers(3).list(t.Context(), "a", q)
	require.NoError(t, err)
	require.Equal(t, []string{"k0002", "k0001"}, p.Items)
	q.After = p.Next
	p, err = numbers(3).list(t.Context(), "a", q)
	require.NoError(t, err)
	require.Equal(t, page.Page[string]{Items: []string{"k0000"}}, p)
}

func TestCursorIsBoundToItsQuery(t *testing.T) {
	t.Parallel()
	all := numbers(9)
	own := query{Request: page.Request{Limit: 3}, Status: "active", Labels: map[string]string{"a": "1", "b": "2"}}
	first, err := all.list(t.Context(), "acme", own)
	require.NoError(t, err)

	same := own
	same.Limit, same.Labels = 5, map[string]string{"b": "2", "a": "1"}
	same.After = first.Next
	p, err := all.list(t.Context(), "acme", same)
	require.NoError(t, err, "the size of a page is no part of the query")
	require.Equal(t, []string(all[3:8]), p.Items)

	refuse := func(tenant string, change func(*query)) {
		t.Helper()
		q := same
		change(&q)
		_, err := all.list(t.Context(), tenant, q)
		require.Equal(t, []string{"after"}, offending(t, err))
	}
	refuse("other", func(*query) {})
	refuse("acme", func(q *query) { q.Status = "" })
	refuse("acme", func(q *query) { q.Status = "archived" })
	refuse("acme", func(q *query) { q.Labels = nil })
	refuse("acme", func(q *query) { q.Newest = true })

	_, err = page.List(t.Context(), page.Request{After: first.Next}, page.Of("other thing", "acme", same), all.find,
		func(key string) string { return key })
	require.Equal(t, []string{"after"}, offending(t, err))
}

func TestListRefusesBeforeItReads(t *testing.T) {
	t.Parallel()
	read := func(context.Context, page.Window) ([]string, error) {
		t.Error("the store was asked")
		return nil, nil
	}
	itself := func(key string) string { return key }
	_, err := page.List(t.Context(), page.Request{Limit: -1, After: "garbage"}, query{}, read, itself)
	require.Equal(t, []string{"limit", "after"}, offending(t, err), "all that is wrong is named")
	_, err = page.List(t.Context(), page.Request{}, func() {}, read, itself)
	require.ErrorIs(t, err, fault.ErrInvalid, "a query that has no JSON binds no cursor")
}

func TestListPassesOnTheStoresError(t *testing.T) {
	t.Parallel()
	_, err := page.List(t.Context(), page.Request{}, query{}, func(context.Context, page.Window) ([]string, error) {
		return []string{"half"}, fault.ErrUnavailable
	}, func(key string) string { return key })
	require.ErrorIs(t, err, fault.ErrUnavailable)
}

func ExampleAll() {
	ctx := context.Background()
	things := keys{"ash", "birch", "cedar", "elm", "fir"}
	list := func(ctx context.Context, r page.Request) (page.Page[string], error) {
		fmt.Println("a page of", r.Limit)
		return things.list(ctx, "acme", query{Request: r})
	}
	for thing, err := range page.All(ctx, page.Request{Limit: 2}, list) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(thing)
		if thing == "cedar" {
			break
		}
	}
	// Output:
	// a page of 2
	// ash
	// birch
	// a page of 2
	// cedar
}

func TestTermsThatStayAreNeitherAddedNorDropped(t *testing.T) {
	t.Parallel()
	open, product, cart := page.Term{Key: "open", Value: "a"}, page.Term{Key: "product", Value: "a"}, page.Term{Key: "cart", Value: "7"}
	added, dropped := page.Replaced([]page.Term{open, product}, []page.Term{product, cart})
	require.Equal(t, []page.Term{cart}, added)
	require.Equal(t, []page.Term{open}, dropped)

	added, dropped = page.Replaced([]page.Term{open, product}, []page.Term{product, open})
	require.Empty(t, added, "their order does not matter")
	require.Empty(t, dropped)
}
