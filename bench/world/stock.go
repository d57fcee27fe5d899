package world

import (
	"context"
	"fmt"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
)

// regions are where everything is sold.
func regions() []string { return []string{"nyc1", "fra1", "sgp1"} }

// stock makes six machines, six volumes and six addresses, and some more products
// that nobody orders.
func (w *World) stock(ctx context.Context, t *Tenant, more int) error {
	sold, err := drafts(6, "")
	if err != nil {
		return err
	}
	done, err := w.facade.Catalog.Import(ctx, sold, &catalog.ImportOptions{Activate: true})
	t.products = done.Created
	if err != nil || more == 0 {
		return err
	}
	others, err := Drafts(more, "more")
	if err != nil {
		return err
	}
	_, err = w.facade.Catalog.Import(ctx, others, nil)
	return err
}

// Drafts are products to be imported, a third of them machines, a third
// volumes, a third addresses; the mark makes their SKUs unique.
func Drafts(n int, mark string) ([]catalog.Draft, error) {
	all, err := drafts((n+2)/3, "-"+mark)
	return all[:min(n, len(all))], err
}

// drafts are products of three kinds, so many of each, one kind behind the
// other.
func drafts(each int, mark string) ([]catalog.Draft, error) {
	var all []catalog.Draft
	for _, kind := range []func(i int, read *reader) catalog.Draft{machine, volume, address} {
		for i := range each {
			var read reader
			d := kind(i, &read)
			if read.err != nil {
				return nil, read.err
			}
			d.SKU = fmt.Sprintf("%s-%d%s", d.SKU, i, mark)
			d.Name = fmt.Sprintf("%s %d", d.Name, i)
			d.Regions = regions()
			all = append(all, d)
		}
	}
	return all, nil
}

func machine(i int, read *reader) catalog.Draft {
	cores := fmt.Sprint(1 << (i % 5))
	return catalog.Draft{
		Name: "General purpose machine", SKU: "vm", Category: catalog.CategoryCompute, ProvisioningTemplateID: "vm",
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: read.quantity(cores), MemoryGiB: read.quantity("8"),
			DiskGiB: read.quantity("80"), BandwidthMbps: 1000, IPs: 1, TrafficGiB: 4000, Ports: []int{22, 80, 443},
			Attributes: map[string]string{"cpu_vendor": "amd", "generation": "4"},
			Configurable: map[string]catalog.Option{
				"disk_gib": {Min: read.quantity("20"), Max: read.quantity("2000")},
				"image":    {Values: []string{"debian-13", "ubuntu-26.04", "rocky-10"}},
			},
		},
		Pricing: catalog.Pricing{
			{Name: "instance", Period: catalog.PeriodHour, Model: catalog.Flat{Rate: read.rate("0.07143", "USD")}},
			{Name: "instance", Period: catalog.PeriodHour, Region: "fra1", Model: catalog.Flat{Rate: read.rate("0.0795", "USD")}},
			{Name: "disk", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "disk_gib", Rate: read.rate("0.08", "USD")}},
			{Name: "setup", Period: catalog.PeriodOnce, Model: catalog.Flat{Rate: read.rate("5", "USD")}},
		},
	}
}

func volume(_ int, read *reader) catalog.Draft {
	return catalog.Draft{
		Name: "Block volume", SKU: "volume", Category: catalog.CategoryStorage, ProvisioningTemplateID: "volume",
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeStorage, DiskGiB: read.quantity("100"), IOPS: 3000,
			Configurable: map[string]catalog.Option{"disk_gib": {Min: read.quantity("10"), Max: read.quantity("16000")}},
		},
		Pricing: catalog.Pricing{
			{Name: "capacity", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "disk_gib", Rate: read.rate("0.10", "USD")}},
		},
	}
}

func address(_ int, read *reader) catalog.Draft {
	return catalog.Draft{
		Name: "Reserved network", SKU: "network", Category: catalog.CategoryNetwork, ProvisioningTemplateID: "network",
		Specs: catalog.ProductSpecs{ResourceType: catalog.TypeNetwork, IPs: 1, BandwidthMbps: 1000},
		Pricing: catalog.Pricing{
			{Name: "address", Period: catalog.PeriodMonth, Model: catalog.Flat{Rate: read.rate("4.50", "USD")}},
		},
	}
}

// reader reads numbers and keeps the first error.
type reader struct{ err error }

func (r *reader) quantity(number string) money.Quantity {
	q, err := money.NewQuantity(number)
	if r.err == nil {
		r.err = err
	}
	return q
}

func (r *reader) rate(number string, c money.Currency) money.Rate {
	rate, err := money.NewRate(number, c)
	if r.err == nil {
		r.err = err
	}
	return rate
}
