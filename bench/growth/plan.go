package growth

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Node is a node of a plan, as EXPLAIN (ANALYZE, BUFFERS) tells it in JSON.
//
//nolint:tagliatelle // PostgreSQL's names
type Node struct {
	Kind      string  `json:"Node Type"`
	Operation string  `json:"Operation"`
	Schema    string  `json:"Schema"`
	Table     string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Hit       int     `json:"Shared Hit Blocks"`
	Read      int     `json:"Shared Read Blocks"`
	Children  []Node  `json:"Plans"`
}

// ParsePlan reads what EXPLAIN answered.
func ParsePlan(answer []byte) (Node, error) {
	var all []struct {
		Plan Node `json:"Plan"` //nolint:tagliatelle // PostgreSQL's name
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return Node{}, err
	}
	if len(all) != 1 {
		return Node{}, fmt.Errorf("EXPLAIN told %d plans", len(all))
	}
	return all[0].Plan, nil
}

// Pages is how many buffer pages the node and those beneath it touched.
func (n Node) Pages() int { return n.Hit + n.Read }

// Full is how often a table was read in full.
func (n Node) Full() int {
	count := 0
	for _, child := range n.Children {
		count += child.Full()
	}
	if n.Kind == "Seq Scan" {
		count += int(n.Loops)
	}
	return count
}

// Descents is how often an index was gone down, to find a row or to put one in
// its place; indexes says how many each table has, by its schema and name.
// What is beneath a node is counted with it.
func (n Node) Descents(indexes map[string]int) int {
	count := 0
	for _, child := range n.Children {
		count += child.Descents(indexes)
		if n.Kind == "ModifyTable" && n.Operation != "Delete" {
			// Once more where a row that is there already is looked for first.
			count += int(child.Rows*child.Loops) * (indexes[n.Schema+"."+n.Table] + 1)
		}
	}
	switch n.Kind {
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		count += int(n.Loops)
	}
	return count
}

// mapped is how many pages of a table one of its visibility map tells of.
const mapped = 32_672

// Maps is how many pages of visibility maps were looked at beside the first of
// each table at most: one that is read by an index alone is asked there whether
// all may see its rows. Tables' sizes are in pages, by schema and name.
func (n Node) Maps(sizes map[string]int) int {
	count := 0
	for _, child := range n.Children {
		count += child.Maps(sizes)
	}
	if n.Kind == "Index Only Scan" {
		count += min(sizes[n.Schema+"."+n.Table]/mapped, int(n.Rows*n.Loops))
	}
	return count
}

// String is the plan's shape: kinds of nodes, tables and indexes.
func (n Node) String() string {
	var shape strings.Builder
	n.write(&shape, 0)
	return shape.String()
}

func (n Node) write(to *strings.Builder, depth int) {
	fmt.Fprintf(to, "%s%s (%d pages, %.0f rows, %.0f times)\n", strings.Repeat("  ", depth), n.name(), n.Pages(), n.Rows, n.Loops)
	for _, child := range n.Children {
		child.write(to, depth+1)
	}
}

func (n Node) name() string {
	parts := []string{n.Kind}
	for _, part := range []string{n.Operation, n.Table, n.Index} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// fewPages is how many pages of a table may be read in full in the small
// database where the large one uses an index: to look at an index as well as at
// the table would be more.
const fewPages = 4

// found is what a node that remembers answers looks them up with: it asks no
// other way, only less often.
func (n Node) found() Node {
	if n.Kind == "Memoize" && len(n.Children) == 1 {
		return n.Children[0]
	}
	return n
}

// Same says whether the plan of a large database is that of a small one, with
// nothing when it is and with the two nodes when it is not.
func Same(small, large Node) error {
	small, large = small.found(), large.found()
	if small.Kind == "Seq Scan" && small.Pages() <= fewPages*int(max(small.Loops, 1)) && large.Table == small.Table && large.Index != "" {
		return nil
	}
	if small.name() != large.name() || len(small.Children) != len(large.Children) {
		return fmt.Errorf("where the small database has\n%s\nthe large one has\n%s", small, large)
	}
	for i := range small.Children {
		if err := Same(small.Children[i], large.Children[i]); err != nil {
			return err
		}
	}
	return nil
}

const (
	// step is how many pages an operation may touch more in the large database.
	step = 2
	// settled is from how many orders on an index has at most one level more when
	// there are a hundred times as many. In one that has hardly more than its root
	// they are two or three: its entries, of two ids or three, are long, so that a
	// page of a level points to fifty or a hundred of the next.
	settled = 10_000
)

// Allowed is how many pages an operation may touch more in a database that has
// a hundred times as many orders as a small one: two in all. One that is wide
// goes down indexes for each of many rows, each time perhaps a level further,
// and to rows, and entries for them, that lie on one page here and on two there.
func Allowed(small Size, descents int, wide bool) int {
	more := 0
	if wide {
		more = 3
	}
	if small.Orders < settled {
		more += 2
	}
	return step + more*descents
}
