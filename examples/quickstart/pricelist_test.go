package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
)

func TestPriceList(t *testing.T) {
	t.Parallel()
	drafts, err := priceList()
	require.NoError(t, err)
	assert.Len(t, drafts, 22)
	rules, skus, providers := 0, map[string]bool{}, map[string]int{}
	for _, d := range drafts {
		rules += len(d.Pricing)
		assert.Len(t, d.Regions, len(d.Pricing), d.SKU)
		assert.False(t, skus[d.SKU], d.SKU)
		skus[d.SKU] = true
		providers[d.Specs.Attributes["provider"]]++
	}
	assert.Equal(t, 80, rules)
	assert.Equal(t, map[string]int{"digitalocean": 8, "ovhcloud": 14}, providers)
	// Nothing of a row is lost: the products say what the file says.
	var rows []string
	for _, d := range drafts {
		for _, rule := range d.Pricing {
			rate := rule.Model.(catalog.Flat).Rate
			rows = append(rows, strings.Join([]string{
				d.SKU, d.Specs.VCPUs.String(), d.Specs.MemoryGiB.String(), d.Specs.GPU, rule.Region, rate.Number(),
			}, " "))
		}
	}
	var want []string
	for line := range strings.Lines(string(prices)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if f[0] != "provider" {
			want = append(want, strings.Join([]string{
				f[0] + "." + f[1], f[2], f[3], f[4], strings.ToLower(f[6]), strings.TrimSuffix(f[7], "0"),
			}, " "))
		}
	}
	assert.ElementsMatch(t, want, rows)
}
