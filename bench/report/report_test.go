package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTablesForATerminal(t *testing.T) {
	t.Parallel()
	r := parsed(t, output)
	var b strings.Builder
	require.NoError(t, r.writeText(&b))
	require.Equal(t, `
PostgreSQL on the same machine, 8 callers: throughput as a share of pgx-batch's
              platforma              gorm  pgx-batch
  get  0.93 (0.91–0.94)  0.10 (0.10–0.10)    20.5k/s

PostgreSQL with a round trip of 1ms, one caller: throughput as a share of pgx-batch's
        pgx-batch
  list      500/s

SQLite, 32 callers: throughput as a share of prepared's
               platforma  prepared
  find  0.90 (0.90–0.90)  111.1k/s
`, b.String())
}

// The chart is well-formed, has a bar for each share, and a name for who does
// not see it.
func TestChart(t *testing.T) {
	t.Parallel()
	r := parsed(t, output)
	d := xml.NewDecoder(strings.NewReader(r.chart()))
	bars, texts, title := 0, map[string]int{}, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			title = title || token.Name.Local == "title"
			for _, a := range token.Attr {
				if token.Name.Local == "rect" && a.Name.Local == "class" && (a.Value == "c0" || a.Value == "c3") {
					bars++
				}
			}
		case xml.CharData:
			texts[string(token)]++
		}
	}
	require.True(t, title)
	require.Equal(t, 2+2, bars, "two bars, and their colours in the legend")
	for _, text := range []string{"platforma", "gorm", "get", "0.93", "0.10", "pgx-batch", "PostgreSQL, same machine"} {
		require.Equal(t, 1, texts[text], text)
	}
	require.Zero(t, texts["find"], "32 callers are not in the chart")
}

func TestProgramWritesWhatItReads(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	raw := filepath.Join(folder, "raw")
	require.NoError(t, os.WriteFile(raw, []byte(output), 0o600))
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitDone, start([]string{"-from", raw, "-out", folder}, &stdout, &stderr), stderr.String())
	require.Contains(t, stdout.String(), "0.93 (0.91–0.94)")
	r := parsed(t, output)
	for name, want := range map[string]string{rawFile: output, textFile: r.markdown(), chartFile: r.chart()} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), name)
	}

	require.NoError(t, os.WriteFile(raw, []byte("PASS\n"), 0o600))
	require.Equal(t, exitFailed, start([]string{"-from", raw}, &stdout, &stderr))
	require.Contains(t, stderr.String(), errNothing.Error())
	require.Equal(t, exitUsage, start([]string{"-budget", "0s"}, &stdout, &stderr))
	require.Equal(t, exitUsage, start([]string{"more"}, &stdout, &stderr))
}

// What the documentation shows is what was measured last.
func TestDocumentationShowsWhatWasMeasured(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "docs")
	raw, err := os.ReadFile(filepath.Join(docs, rawFile))
	require.NoError(t, err)
	r := parsed(t, string(raw))
	for name, fresh := range map[string]string{textFile: r.markdown(), chartFile: r.chart()} {
		text, err := os.ReadFile(filepath.Join(docs, name))
		require.NoError(t, err)
		stale := string(text) != fresh
		require.False(t, stale, "%s is stale: go run ./report -from ../docs/%s -out ../docs", name, rawFile)
	}
}

func TestWhatBenchmarksSayIsSorted(t *testing.T) {
	t.Parallel()
	var progress strings.Builder
	text, problems, err := follow(strings.NewReader(`job: get on PostgreSQL, callers: 8; round 1, 9m0s left
goos: linux
BenchmarkGet/pgx/callers=8/rtt=0s-2 	 5000	 40000 ns/op
PASS
job: find on SQLite, callers: 8; round 1, 8m50s left
goos: linux
--- FAIL: BenchmarkFindSQLite
    the database is not there
`), &progress)
	require.NoError(t, err)
	require.Equal(t, "goos: linux\nBenchmarkGet/pgx/callers=8/rtt=0s-2 \t 5000\t 40000 ns/op\n", text)
	require.Equal(t, "--- FAIL: BenchmarkFindSQLite\n    the database is not there\n", problems)
	require.Equal(t, 2, strings.Count(progress.String(), "left\n"))
}

func TestMachineIsDescribed(t *testing.T) {
	t.Parallel()
	about := parsed(t, machine(t.Context()))
	require.Regexp(t, `^1\.\d+`, about.config["go"])
	require.Regexp(t, `^3\.\d+`, about.config["sqlite"])
	require.NotEmpty(t, about.config["processors"])
}
