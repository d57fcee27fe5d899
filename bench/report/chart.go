package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma/bench/report/plan"
)

// panel is a table as the chart shows it, beside the others.
type panel struct {
	table
	name  string
	peers []string
}

// shown are the tables of the chart.
var shown = []struct {
	plan.Setting
	database, name string
}{
	{plan.Setting{Callers: 8}, plan.PostgreSQL, "PostgreSQL, same machine"},
	{plan.Setting{Callers: 8, RTT: time.Millisecond}, plan.PostgreSQL, "PostgreSQL, 1 ms away"},
	{plan.Setting{Callers: 8}, plan.SQLite, "SQLite"},
}

func (r *results) panels() []panel {
	var panels []panel
	for _, s := range shown {
		for _, t := range r.tables() {
			if t.database == s.database && t.Setting == s.Setting {
				panels = append(panels, panel{t, s.name, r.peers(t.rows)})
			}
		}
	}
	return panels
}

func (p panel) has(operation string) bool {
	return slices.ContainsFunc(p.rows, func(what measured) bool { return what.operation == operation })
}

// chart draws the shares of 8 callers as bars.
func (r *results) chart() string {
	c := chart{results: r, panels: r.panels(), most: 1}
	for _, p := range c.panels {
		for _, what := range p.rows {
			for _, peer := range p.peers {
				if share, ok := r.share(what, peer, elapsed); ok {
					c.most = max(c.most, share.median)
				}
			}
		}
		c.peers = append(c.peers, p.peers...)
	}
	for _, operation := range plan.Operations() {
		if slices.ContainsFunc(c.panels, func(p panel) bool { return p.has(operation) }) {
			c.operations = append(c.operations, operation)
		}
	}
	slices.SortFunc(c.peers, func(a, b string) int { return cmp.Or(cmp.Compare(colourOf(a), colourOf(b)), cmp.Compare(a, b)) })
	c.peers = slices.Compact(c.peers)
	return c.draw()
}

// chart is a picture in the making: operations from top to bottom, panels from
// left to right, a bar for each peer. All panels have the same axis.
type chart struct {
	results    *results
	panels     []panel
	operations []string
	peers      []string
	most       float64
	svg        svg
}

// The measures of the chart in its own pixels.
const (
	chartWidth  = 880
	edge        = 18
	headHeight  = 84 // title, legend, and the panels' names
	footHeight  = 44 // the axis
	labelWidth  = 56 // the operations' names
	panelGap    = 22
	numberWidth = 26 // beside the longest bar
	barHeight   = 9
	barStep     = 11
	groupGap    = 13
)

func (c *chart) groupHeight() float64 { return float64(len(c.peers)*barStep + groupGap) }

func (c *chart) panelWidth() float64 {
	gaps := panelGap * float64(len(c.panels)-1)
	return (chartWidth - 2*edge - labelWidth - gaps) / float64(len(c.panels))
}

// bar is how long the bar of a share is.
func (c *chart) bar(share float64) float64 { return share / c.most * (c.panelWidth() - numberWidth) }

func (c *chart) draw() string {
	height := headHeight + c.groupHeight()*float64(len(c.operations)) + footHeight
	c.svg.open(chartWidth, height, "Throughput of Platforma and others as a share of hand-written SQL, 8 callers")
	title := "Throughput at 8 callers, as a share of the best hand-written SQL"
	if c.results.provisional() {
		title += " (provisional: too few rounds)"
	}
	c.svg.text(edge, 28, "title", title)
	c.legend(48)
	for i, operation := range c.operations {
		middle := headHeight + c.groupHeight()*(float64(i)+0.5)
		c.svg.text(edge, middle, "label", strings.ToLower(operation))
	}
	for i, p := range c.panels {
		left := edge + labelWidth + float64(i)*(c.panelWidth()+panelGap)
		c.axis(p, left, height-footHeight)
		c.bars(p, left)
	}
	return c.svg.close()
}

// legend names the peers' colours.
func (c *chart) legend(y float64) {
	x := float64(edge)
	for _, peer := range c.peers {
		c.svg.rect(x, y-9, 10, 10, peerClass(peer))
		c.svg.text(x+15, y, "legend", peer)
		x += 30 + 7*float64(len(peer))
	}
}

// axis draws a panel's name, its lines, and what they stand for.
func (c *chart) axis(p panel, left, bottom float64) {
	c.svg.text(left, headHeight-12, "name", p.name)
	for tick := 0.0; tick <= c.most+0.001; tick += 0.25 {
		class := "grid"
		if tick == 0 || tick == 1 {
			class = "limit"
		}
		x := left + c.bar(tick)
		c.svg.line(x, headHeight-4, x, bottom, class)
		if math.Mod(tick, 0.5) == 0 {
			c.svg.text(x, bottom+14, "tick", fmt.Sprintf("%g", tick))
		}
	}
	c.svg.text(left+c.bar(1), bottom+28, "tick", reference(p.database))
}

// bars draws the bars of a panel, those of an operation around its middle.
func (c *chart) bars(p panel, left float64) {
	for _, what := range p.rows {
		group := float64(slices.Index(c.operations, what.operation))
		top := headHeight + c.groupHeight()*(group+0.5) - float64(len(p.peers)*barStep)/2
		for i, peer := range p.peers {
			share, ok := c.results.share(what, peer, elapsed)
			if !ok {
				continue
			}
			y := top + float64(i*barStep)
			c.svg.rect(left, y, c.bar(share.median), barHeight, peerClass(peer))
			c.svg.text(left+c.bar(share.median)+4, y+barHeight-1, "number", fmt.Sprintf("%.2f", share.median))
		}
	}
}
