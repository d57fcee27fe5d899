package page_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

func TestAllReadsEveryPage(t *testing.T) {
	t.Parallel()
	all := numbers(7)
	for _, r := range []page.Request{{Limit: 3}, {Limit: 7}, {Limit: 3, Newest: true}, {}} {
		var got []string
		for key, err := range page.All(t.Context(), r, func(ctx context.Context, r page.Request) (page.Page[string], error) {
			return all.list(ctx, "a", query{Request: r})
		}) {
			require.NoError(t, err)
			got = append(got, key)
		}
		want := slices.Clone([]string(all))
		if r.Newest {
			slices.Reverse(want)
		}
		require.Equal(t, want, got, "%+v", r)
	}
}

func TestAllGoesOnFromACursor(t *testing.T) {
	t.Parallel()
	all := numbers(5)
	list := func(ctx context.Context, r page.Request) (page.Page[string], error) {
		return all.list(ctx, "a", query{Request: r})
	}
	first, err := list(t.Context(), page.Request{Limit: 2})
	require.NoError(t, err)
	var got []string
	for key, err := range page.All(t.Context(), page.Request{Limit: 2, After: first.Next}, list) {
		require.NoError(t, err)
		got = append(got, key)
	}
	require.Equal(t, []string(all[2:]), got)
}

func TestAllEndsAtAnError(t *testing.T) {
	t.Parallel()
	calls := 0
	var got []string
	var failed []error
	for key, err := range page.All(t.Context(), page.Request{}, func(context.Context, page.Request) (page.Page[string], error) {
		if calls++; calls == 2 {
			return page.Page[string]{Items: []string{"lost"}, Next: "on"}, fault.ErrUnavailable
		}
		return page.Page[string]{Items: []string{"a", "b"}, Next: "on"}, nil
	}) {
		got, failed = append(got, key), append(failed, err)
	}
	require.Equal(t, []string{"a", "b", ""}, got)
	require.Equal(t, []error{nil, nil, fault.ErrUnavailable}, failed)
	require.Equal(t, 2, calls)
}

func TestAllStopsWithItsConsumer(t *testing.T) {
	t.Parallel()
	calls := 0
	for key, err := range page.All(t.Context(), page.Request{}, func(context.Context, page.Request) (page.Page[string], error) {
		calls++
		return page.Page[string]{Items: []string{"a", "b"}, Next: "on"}, nil
	}) {
		require.NoError(t, err)
		require.Equal(t, "a", key)
		break
	}
	require.Equal(t, 1, calls)
}

// While others come and go between two pages, what was there all the time is
// read exactly once, and in order.
func TestPagesNeitherSkipNorRepeat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.Map(rapid.IntRange(0, 99), func(n int) string { return fmt.Sprintf("k%02d", n) })
		set := rapid.SliceOfDistinct(key, rapid.ID[string])
		now := set.Draw(t, "keys")
		stays := slices.Clone(now)
		r := page.Request{Limit: rapid.IntRange(1, 5).Draw(t, "limit"), Newest: rapid.Bool().Draw(t, "newest")}
		var got []string
		for {
			slices.Sort(now)
			p, err := keys(now).list(context.Background(), "a", query{Request: r})
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Items), r.Limit)
			got = append(got, p.Items...)
			if r.After = p.Next; p.Next == "" {
				break
			}
			gone, come := set.Draw(t, "deleted"), set.Draw(t, "inserted")
			if rapid.Bool().Draw(t, "the cursor's own") {
				gone = append(gone, got[len(got)-1])
			}
			deleted := func(key string) bool { return slices.Contains(gone, key) }
			now, stays = slices.DeleteFunc(now, deleted), slices.DeleteFunc(stays, deleted)
			for _, key := range come {
				if !slices.Contains(now, key) {
					now = append(now, key)
				}
			}
		}
		ordered := slices.Clone(got)
		slices.Sort(ordered)
		require.Equal(t, slices.Compact(slices.Clone(ordered)), ordered, "nothing is read twice")
		if r.Newest {
			slices.Reverse(ordered)
		}
		require.Equal(t, ordered, got)
		require.Subset(t, got, stays)
	})
}
