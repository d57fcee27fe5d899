package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
)

// screen is where the example prints. It is safe for concurrent use.
type screen struct {
	mu    sync.Mutex
	w     io.Writer
	title int
	// drawn says that a bar has been begun and can be drawn over.
	drawn bool
}

// heading begins a part.
func (s *screen) heading(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.title++
	fmt.Fprintf(s.w, "\n%d. %s\n", s.title, text)
}

func (s *screen) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.w, "   "+format+"\n", args...)
}

// table prints rows with their columns aligned.
func (s *screen) table(rows ...[]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := tabwriter.NewWriter(s.w, 0, 0, 3, ' ', 0)
	defer t.Flush()
	for _, row := range rows {
		line := strings.TrimRight("   "+strings.Join(row, "\t"), "\t ")
		fmt.Fprintln(t, line)
	}
}

// barWidth is how many characters a progress bar has.
const barWidth = 30

// bar shows how many of how many are done; each call draws over the last one.
func (s *screen) bar(done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn {
		fmt.Fprint(s.w, "\r")
	}
	full := barWidth * done / max(1, total)
	fmt.Fprintf(s.w, "   [%s%s] %d of %d", strings.Repeat("█", full), strings.Repeat("·", barWidth-full), done, total)
	s.drawn = done < total
	if !s.drawn {
		fmt.Fprintln(s.w)
	}
}
