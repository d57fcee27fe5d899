package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
)

// prices are list prices of two public clouds, US dollars an hour on demand: a
// row for each type of machine and region.
//
//go:embed prices.csv
var prices []byte

// The columns of the price list.
const (
	provider = iota
	instanceType
	vcpus
	memoryGiB
	gpu
	gpuCount
	region
	hourlyUSD
)

const currency money.Currency = "USD"

// priceList reads the prices as products: one for each provider and type of
// machine, sold in the regions of its rows at the price of each.
func priceList() ([]catalog.Draft, error) {
	rows, err := csv.NewReader(bytes.NewReader(prices)).ReadAll()
	if err != nil {
		return nil, err
	}
	var drafts []catalog.Draft
	position := map[string]int{}
	for i, row := range rows[1:] {
		sku := row[provider] + "." + row[instanceType]
		at, known := position[sku]
		if !known {
			specs, err := specsOf(row)
			if err != nil {
				return nil, fmt.Errorf("price list, row %d: %w", i+1, err)
			}
			at = len(drafts)
			position[sku] = at
			drafts = append(drafts, catalog.Draft{
				Name: nameOf(row), SKU: sku, Category: catalog.CategoryCompute, Specs: specs, ProvisioningTemplateID: template,
			})
		}
		rate, err := money.NewRate(row[hourlyUSD], currency)
		if err != nil {
			return nil, fmt.Errorf("price list, row %d: %w", i+1, err)
		}
		// Names of regions are lower-case; the second provider's are not.
		where := strings.ToLower(row[region])
		drafts[at].Regions = append(drafts[at].Regions, where)
		drafts[at].Pricing = append(drafts[at].Pricing, catalog.PricingRule{
			Name: "machine", Region: where, Period: catalog.PeriodHour, Model: catalog.Flat{Rate: rate},
		})
	}
	return drafts, nil
}

func specsOf(row []string) (specs catalog.ProductSpecs, err error) {
	specs.ResourceType = catalog.TypeVirtualMachine
	specs.Attributes = map[string]string{"provider": row[provider], "instance_type": row[instanceType]}
	if specs.VCPUs, err = money.NewQuantity(row[vcpus]); err != nil {
		return specs, err
	}
	if specs.MemoryGiB, err = money.NewQuantity(row[memoryGiB]); err != nil {
		return specs, err
	}
	specs.GPU = row[gpu]
	specs.GPUCount, err = strconv.ParseInt(row[gpuCount], 10, 64)
	return specs, err
}

func nameOf(row []string) string {
	name := fmt.Sprintf("%s vCPUs, %s GiB", row[vcpus], row[memoryGiB])
	if row[gpu] != "" {
		name += fmt.Sprintf(", %s × %s", row[gpuCount], row[gpu])
	}
	return name
}
