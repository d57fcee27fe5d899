package main

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// svg writes a picture. Its colours follow what the reader prefers, and it has
// a ground of its own: it can be read on whatever page it stands.
type svg struct{ b strings.Builder }

// colours are the peers', on a light ground and on a dark one. Bars stand in
// this order everywhere, so that nobody has to tell them by colour.
var colours = []struct{ peer, light, dark string }{
	{"platforma", "#2a78d6", "#3987e5"},
	{"pgx", "#1baf7a", "#199e70"},
	{"bun", "#eda100", "#c98500"},
	{"gorm", "#008300", "#4aa84a"},
	{"ent", "#4a3aa7", "#9085e9"},
}

// colourOf is the number of a peer's colour; who has none has the one after
// the last.
func colourOf(peer string) int {
	at := slices.IndexFunc(colours, func(c struct{ peer, light, dark string }) bool { return c.peer == peer })
	if at < 0 {
		return len(colours)
	}
	return at
}

func peerClass(peer string) string { return fmt.Sprintf("c%d", colourOf(peer)) }

// open begins a picture; what it shows is said for those who do not see it.
func (s *svg) open(width, height float64, shows string) {
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="img">`+"\n",
		number(width), number(height))
	fmt.Fprintf(&s.b, "<title>%s</title>\n<style>\n%s</style>\n", escaped(shows), style())
	s.rect(0, 0, width, height, "ground")
}

func (s *svg) rect(x, y, width, height float64, class string) {
	fmt.Fprintf(&s.b, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`+"\n",
		number(x), number(y), number(width), number(height), class)
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&s.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>`+"\n",
		number(x1), number(y1), number(x2), number(y2), class)
}

func (s *svg) text(x, y float64, class, text string) {
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" class="%s">%s</text>`+"\n", number(x), number(y), class, escaped(text))
}

func (s *svg) close() string {
	s.b.WriteString("</svg>\n")
	return s.b.String()
}

// style says how the classes look, first in the light and then in the dark.
func style() string {
	var light, dark strings.Builder
	inks(&light, "#ffffff", "#1f2328", "#59636e", "#e6e8eb", "#8c959f")
	inks(&dark, "#0d1117", "#f0f6fc", "#9198a1", "#262c36", "#6e7681")
	for i, c := range colours {
		fmt.Fprintf(&light, ".c%d { fill: %s }\n", i, c.light)
		fmt.Fprintf(&dark, ".c%d { fill: %s }\n", i, c.dark)
	}
	unknown := fmt.Sprintf(".c%d { fill: #8c959f }\n", len(colours))
	return `text { font: 11px system-ui, sans-serif }
.title { font-size: 15px; font-weight: 600 }
.name, .legend, .label { font-size: 12px }
.number { font-size: 9px; paint-order: stroke; stroke-width: 3px }
.tick { text-anchor: middle }
` + light.String() + unknown + "@media (prefers-color-scheme: dark) {\n" + dark.String() + "}\n"
}

func inks(b *strings.Builder, ground, ink, faint, grid, limit string) {
	fmt.Fprintf(b, ".ground { fill: %s }\n.title, .name, .legend, .label { fill: %s }\n.tick, .number { fill: %s }\n"+
		".number { stroke: %s }\n.grid { stroke: %s }\n.limit { stroke: %s }\n", ground, ink, faint, ground, grid, limit)
}

// number is a coordinate, without more digits than a picture shows.
func number(n float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", n), "0"), ".")
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
	return b.String()
}
