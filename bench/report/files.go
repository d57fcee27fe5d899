package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/platforma/platforma/bench/report/plan"
)

// The files of a report.
const (
	rawFile   = "bench.txt"
	textFile  = "bench.md"
	chartFile = "bench.svg"
)

// writeFiles writes what was measured, and what it looks like, into a folder.
func (r *results) writeFiles(folder, raw string) error {
	for _, file := range []struct{ name, text string }{{rawFile, raw}, {textFile, r.markdown()}, {chartFile, r.chart()}} {
		at := filepath.Join(folder, file.name)
		if err := os.WriteFile(at, []byte(file.text), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	return nil
}

// markdown writes the report for the documentation.
func (r *results) markdown() string {
	var b strings.Builder
	b.WriteString(introduction)
	if r.provisional() {
		b.WriteString(caveat)
	}
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n## %s\n\n", t.title())
		writeTable(&b, t.cells(r, elapsed))
	}
	b.WriteString(processors)
	for _, t := range r.tables() {
		if t.Setting != plan.Settings()[0] {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n", t.title())
		cells := t.cells(r, processor)
		for i := range cells {
			cells[i] = cells[i][:len(cells[i])-1]
		}
		writeTable(&b, cells)
	}
	b.WriteString(method)
	fmt.Fprintf(&b, "\n## The machine\n\n%s, %s processors, %s/%s; Go %s, PostgreSQL %s, SQLite %s", r.config["cpu"],
		r.config["processors"], r.config["goos"], r.config["goarch"], r.config["go"], r.config["postgres"], r.config["sqlite"])
	fmt.Fprintf(&b, ".\nWhat was measured, round by round: [%s](%s).\n", rawFile, rawFile)
	return b.String()
}

// writeTable writes cells as a table of Markdown, the head first.
func writeTable(b *strings.Builder, cells [][]string) {
	for i, line := range cells {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			fmt.Fprintf(b, "|---%s|\n", strings.Repeat("|--:", len(line)-1))
		}
	}
}
