package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/tenant"
)

func quantity(number string) money.Quantity {
	q, err := money.NewQuantity(number)
	if err != nil {
		panic(err)
	}
	return q
}

func rate(number string, c money.Currency) money.Rate {
	r, err := money.NewRate(number, c)
	if err != nil {
		panic(err)
	}
	return r
}

func flat(name, region string, period Period, number string, c money.Currency) PricingRule {
	return PricingRule{Name: name, Region: region, Period: period, Model: Flat{Rate: rate(number, c)}}
}

func perUnit(name, region string, period Period, unit, number string, c money.Currency) PricingRule {
	return PricingRule{Name: name, Region: region, Period: period, Model: PerUnit{Unit: unit, Rate: rate(number, c)}}
}

const (
	tenantID  = tenant.ID("ten_01jc0000000000000000000001")
	productID = ID("prod_01jc0000000000000000000001")
	otherID   = ID("prod_01jc0000000000000000000002")
)

func day() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// machine is an active product with everything that one can have.
func machine() Product {
	return Product{
		ID: productID, TenantID: tenantID, Name: "Small machine", SKU: "vm-small", Category: CategoryCompute,
		Specs: ProductSpecs{
			ResourceType: TypeVirtualMachine, VCPUs: quantity("2"), MemoryGiB: quantity("7.5"),
			Attributes: map[string]string{"family": "general"},
			Configurable: map[string]Option{
				"disk_gib": {Min: quantity("10"), Max: quantity("1000"), Step: quantity("10")},
				"image":    {Values: []string{"debian-13", "ubuntu-26.04"}},
				"seats":    {Max: quantity("50"), Step: quantity("0.5")},
			},
		},
		Pricing: Pricing{
			flat("setup", "", PeriodOnce, "5", "USD"),
			flat("instance", "", PeriodHour, "0.07143", "USD"),
			flat("instance", "tor1", PeriodHour, "0.1", "USD"),
			perUnit("disk", "", PeriodMonth, "disk_gib", "0.0001", "USD"),
			perUnit("seats", "nyc1", PeriodMonth, "seats", "2", "USD"),
			flat("instance", "nyc1", PeriodHour, "11", "JPY"),
		},
		Regions: []string{"nyc1", "tor1"}, Status: StatusActive, ProvisioningTemplateID: "vm",
		Version: 3, CreatedAt: day(), UpdatedAt: day(),
	}
}

// support is an active service, which is sold everywhere.
func support() Product {
	return Product{
		ID: otherID, TenantID: tenantID, Name: "Support", SKU: "support", Category: CategoryService,
		Pricing: Pricing{
			flat("support", "", PeriodMonth, "49", "USD"),
			flat("support", "tor1", PeriodMonth, "39.5", "USD"),
		},
		Status: StatusActive, Version: 1, CreatedAt: day(), UpdatedAt: day(),
	}
}

// faults returns the paths that an error names, and fails where it names none.
func faults(t require.TestingT, err error) []string {
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	return paths(e.Fields)
}

func paths(fields []fault.Field) []string {
	all := []string{}
	for _, f := range fields {
		all = append(all, f.Path)
	}
	return all
}

func checked(p Product) []string {
	var f fault.Fields
	p.check(&f)
	return paths(f.All())
}

func unsellable(p Product) []string {
	var f fault.Fields
	p.sellable(&f)
	return paths(f.All())
}

func TestTheFixturesAreSound(t *testing.T) {
	t.Parallel()
	for _, p := range []Product{machine(), support()} {
		require.Empty(t, checked(p))
		require.Empty(t, unsellable(p))
	}
}
