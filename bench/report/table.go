package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/platforma/platforma/bench/report/plan"
)

// table are the operations on one database in one setting.
type table struct {
	plan.Setting
	database string
	rows     []measured
}

// tables returns what was measured, each database's settings in the plan's
// order.
func (r *results) tables() []table {
	var all []table
	for _, database := range []string{plan.PostgreSQL, plan.SQLite} {
		for _, s := range plan.Settings() {
			t := table{database: database, Setting: s}
			for _, operation := range plan.Operations() {
				what := measured{s, database, operation}
				if r.samples[what] != nil {
					t.rows = append(t.rows, what)
				}
			}
			if len(t.rows) > 0 {
				all = append(all, t)
			}
		}
	}
	return all
}

// title says what the table is of.
func (t table) title() string {
	callers := fmt.Sprintf("%d callers", t.Callers)
	if t.Callers == 1 {
		callers = "one caller"
	}
	switch {
	case t.database == plan.SQLite:
		return fmt.Sprintf("%s, %s", t.database, callers)
	case t.RTT == 0:
		return fmt.Sprintf("%s on the same machine, %s", t.database, callers)
	default:
		return fmt.Sprintf("%s with a round trip of %v, %s", t.database, t.RTT, callers)
	}
}

// cells returns the table's texts, the head first: the operations, the peers'
// shares, and what the reference does in a second.
func (t table) cells(r *results, of func(sample) float64) [][]string {
	peers := r.peers(t.rows)
	lines := [][]string{append(append([]string{""}, peers...), reference(t.database))}
	for _, what := range t.rows {
		line := []string{strings.ToLower(what.operation)}
		for _, peer := range peers {
			text := "–"
			if share, ok := r.share(what, peer, of); ok {
				text = share.String()
			}
			line = append(line, text)
		}
		limit := "–"
		if rate, ok := r.throughput(what); ok {
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
		fmt.Fprintf(w, "\n%s: throughput as a share of %s's\n", t.title(), reference(t.database))
		columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range t.cells(r, elapsed) {
			fmt.Fprintln(columns, strings.Join(line, "\t")+"\t")
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	return nil
}
