package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table are the operations on one database in one setting.
type table struct {
	database string
	setting
	rows []measured
}

// tables returns the tables in the order of their worth: each database's, by
// the settings as they are planned.
func (r *results) tables() []table {
	var all []table
	for _, what := range r.order {
		at := slices.IndexFunc(all, func(t table) bool { return t.database == what.database && t.setting == what.setting })
		if at < 0 {
			at, all = len(all), append(all, table{database: what.database, setting: what.setting})
		}
		all[at].rows = append(all[at].rows, what)
	}
	for _, t := range all {
		slices.SortStableFunc(t.rows, func(a, b measured) int { return cmp.Compare(place(a.operation), place(b.operation)) })
	}
	slices.SortStableFunc(all, func(a, b table) int {
		return cmp.Or(cmp.Compare(a.database, b.database), cmp.Compare(worth(a.setting), worth(b.setting)))
	})
	return all
}

// operations are the operations, as the report lists them, with what each does.
var operations = []struct{ name, what string }{
	{"Get", "read an order with three items"},
	{"Place", "store an order with three items, what it is found by, and its event"},
	{"Order", "the whole command: read the customer and the products, price, and place"},
	{"List", "read the 50 newest orders with their items"},
	{"Find", "find a customer by email"},
	{"Update", "approve an order: read, check, save, with its event"},
	{"Import", "create 10,000 products with prices, regions and events"},
}

func place(operation string) int {
	at := slices.IndexFunc(operations, func(o struct{ name, what string }) bool { return o.name == operation })
	if at < 0 {
		return len(operations)
	}
	return at
}

func worth(s setting) int {
	for i, planned := range settings {
		if planned.setting == s {
			return i
		}
	}
	return len(settings)
}

// title says what the table is of.
func (t table) title() string {
	callers := fmt.Sprintf("%d callers", t.callers)
	if t.callers == 1 {
		callers = "one caller"
	}
	if t.database == onSQLite {
		return fmt.Sprintf("%s, %s", t.database, callers)
	}
	return fmt.Sprintf("%s, %s, %s", t.database, callers, t.distance())
}

// distance says how far away the database is.
func (t table) distance() string {
	if t.rtt == 0 {
		return "on the same machine"
	}
	return fmt.Sprintf("%v of network round trip", t.rtt.Round(time.Microsecond))
}

// cells returns the table's texts, the head first: the operation, the shares of
// the peers, and what the reference does in a second.
func (t table) cells(r *results) [][]string {
	peers := r.peers(t.rows)
	head := append([]string{"of " + references[t.database]}, peers...)
	lines := [][]string{append(head, references[t.database])}
	for _, what := range t.rows {
		line := []string{strings.ToLower(what.operation)}
		for _, peer := range peers {
			text := "–"
			if share, ok := r.share(what, peer); ok {
				text = share.String()
			}
			line = append(line, text)
		}
		limit := "–"
		if rate, ok := r.throughput(what, references[t.database]); ok {
			limit = perSecond(rate.median)
		}
		lines = append(lines, append(line, limit))
	}
	return lines
}

// String is the median with the bounds of the middle half.
func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high) }

// perSecond is a rate for people.
func perSecond(rate float64) string {
	switch {
	case rate < 10:
		return fmt.Sprintf("%.2f/s", rate)
	case rate < 10_000:
		return fmt.Sprintf("%.0f/s", rate)
	default:
		return fmt.Sprintf("%.1fk/s", rate/1000)
	}
}

// writeText writes the tables for a terminal.
func (r *results) writeText(w io.Writer) error {
	for _, t := range r.tables() {
		fmt.Fprintf(w, "\n%s\n", t.title())
		columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range t.cells(r) {
			fmt.Fprintln(columns, strings.Join(line, "\t")+"\t")
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	return nil
}
