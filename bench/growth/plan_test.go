package growth_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/growth"
)

func parsed(t *testing.T, answer string) growth.Node {
	t.Helper()
	plan, err := growth.ParsePlan([]byte(`[{"Plan": ` + answer + `}]`))
	require.NoError(t, err)
	return plan
}

const (
	byKey      = `{"Node Type": "Index Scan", "Relation Name": "orders", "Index Name": "orders_pkey", "Actual Loops": 3}`
	byStatus   = `{"Node Type": "Index Scan", "Relation Name": "orders", "Index Name": "orders_status", "Actual Loops": 1}`
	inFull     = `{"Node Type": "Seq Scan", "Relation Name": "orders", "Actual Loops": 1, "Shared Hit Blocks": 4}`
	fuller     = `{"Node Type": "Seq Scan", "Relation Name": "orders", "Actual Loops": 1, "Shared Hit Blocks": 2, "Shared Read Blocks": 3}`
	remembered = `{"Node Type": "Memoize", "Plans": [` + byKey + `]}`
	limited    = `{"Node Type": "Limit", "Plans": [` + byKey + `]}`
	sorted     = `{"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [` + byKey + `]}]}`
)

func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, small, large string
		same               bool
	}{
		{"one plan", limited, limited, true},
		{"another index", byKey, byStatus, false},
		{"another node beneath", limited, sorted, false},
		{"a node less", limited, `{"Node Type": "Limit"}`, false},
		{"an index, remembered", remembered, byKey, true},
		{"another index, remembered", remembered, byStatus, false},
		{"few pages, then an index", inFull, byKey, true},
		{"many pages, then an index", fuller, byKey, false},
		{"a whole table at last", byKey, inFull, false},
		{"few pages, then the whole table", inFull, inFull, true},
	} {
		err := growth.Same(parsed(t, c.small), parsed(t, c.large))
		require.Equal(t, c.same, err == nil, "%s: %v", c.what, err)
	}
}

func TestPagesAndDescents(t *testing.T) {
	t.Parallel()
	require.Equal(t, 5, parsed(t, fuller).Pages(), "those that were read and those that were there")
	indexes := map[string]int{"order.orders": 4}
	insert := func(operation string) growth.Node {
		return parsed(t, `{"Node Type": "ModifyTable", "Operation": "`+operation+`", "Schema": "order", "Relation Name": "orders",
			"Plans": [{"Node Type": "Result", "Actual Rows": 2, "Actual Loops": 1}]}`)
	}
	require.Equal(t, 1, parsed(t, `{"Node Type": "Limit", "Plans": [`+inFull+`]}`).Full())
	require.Zero(t, parsed(t, limited).Full())
	require.Equal(t, 3, parsed(t, limited).Descents(indexes), "one for each loop")
	require.Equal(t, 10, insert("Insert").Descents(indexes), "one for each row and index, and one to look for the row")
	require.Zero(t, insert("Delete").Descents(indexes))
}

func TestMaps(t *testing.T) {
	t.Parallel()
	sizes := map[string]int{"order.orders": 100_000, "order.items": 10_000}
	scan := func(kind, table string, rows int) string {
		return fmt.Sprintf(`{"Node Type": %q, "Schema": "order", "Relation Name": %q, "Actual Rows": %d, "Actual Loops": 1}`, kind, table, rows)
	}
	require.Equal(t, 3, parsed(t, `{"Node Type": "Limit", "Plans": [`+scan("Index Only Scan", "orders", 20)+`]}`).Maps(sizes))
	require.Equal(t, 2, parsed(t, scan("Index Only Scan", "orders", 2)).Maps(sizes), "no more than rows")
	require.Zero(t, parsed(t, scan("Index Only Scan", "items", 20)).Maps(sizes), "the first page is there in a small table too")
	require.Zero(t, parsed(t, scan("Index Scan", "orders", 20)).Maps(sizes))
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	settled, fresh := growth.Size{Orders: 10_000}, growth.Size{Orders: 1000}
	require.Equal(t, 2, growth.Allowed(settled, 7, false))
	require.Equal(t, 23, growth.Allowed(settled, 7, true))
	require.Equal(t, 16, growth.Allowed(fresh, 7, false))
	require.Equal(t, 37, growth.Allowed(fresh, 7, true))
}

func TestASizeIsChecked(t *testing.T) {
	t.Parallel()
	for _, size := range []growth.Size{{Orders: 998, Tenants: 10}, {Orders: 1001, Tenants: 10}, {Orders: 1000, Tenants: 1}} {
		require.Error(t, growth.Fill(t.Context(), nil, "", size), "%v", size)
	}
}
