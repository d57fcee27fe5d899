package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatKeepsAProductFromBeingSold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*Product)
		want []string
	}{
		"nothing":     {func(*Product) {}, nil},
		"no regions":  {func(p *Product) { p.Regions, p.Pricing = nil, p.Pricing[:2] }, []string{"regions"}},
		"no prices":   {func(p *Product) { p.Pricing = nil }, []string{"pricing"}},
		"no template": {func(p *Product) { p.ProvisioningTemplateID = "" }, []string{"provisioning_template_id"}},
		"nothing to provision": {func(p *Product) {
			p.Specs, p.ProvisioningTemplateID, p.Pricing = ProductSpecs{}, "", p.Pricing[:2]
		}, nil},
		"no size": {
			func(p *Product) { p.Specs.VCPUs, p.Specs.MemoryGiB = quantity("0"), quantity("0") },
			[]string{"specs.vcpus", "specs.memory_gib"},
		},
		"size is chosen": {func(p *Product) {
			p.Specs.VCPUs, p.Specs.Configurable["vcpus"] = quantity("0"), Option{Max: quantity("4")}
		}, nil},
		"unpriced region": {
			func(p *Product) { p.Regions, p.Pricing = []string{"ams1", "nyc1", "tor1"}, p.Pricing[2:3] },
			[]string{"regions[0]", "regions[1]"},
		},
		"priced in one currency each": {func(p *Product) {
			p.Pricing = Pricing{flat("a", "nyc1", PeriodHour, "11", "JPY"), flat("a", "tor1", PeriodHour, "1", "USD")}
		}, nil},
		"counts what is not there": {
			func(p *Product) { p.Pricing = append(p.Pricing, perUnit("ips", "", PeriodHour, "ips", "1", "USD")) },
			[]string{"pricing[6].model.unit"},
		},
		"all at once": {func(p *Product) {
			*p = Product{Category: CategoryCompute, Specs: ProductSpecs{ResourceType: TypeContainer}}
		},
			[]string{"regions", "pricing", "provisioning_template_id", "specs.vcpus", "specs.memory_gib"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := machine()
			c.edit(&p)
			require.ElementsMatch(t, c.want, unsellable(p))
		})
	}
	volume := Product{
		Category: CategoryStorage, Regions: []string{"nyc1"}, Pricing: machine().Pricing[:2], ProvisioningTemplateID: "volume",
		Specs: ProductSpecs{ResourceType: TypeStorage},
	}
	require.Empty(t, unsellable(volume), "only machines and containers need vcpus and memory")
	for name, c := range map[string]struct {
		edit func(*Product)
		want []string
	}{
		"everywhere":              {func(*Product) {}, nil},
		"everywhere without rule": {func(p *Product) { p.Pricing = p.Pricing[1:] }, []string{"pricing"}},
		"in a region":             {func(p *Product) { p.Regions, p.Pricing = []string{"tor1"}, p.Pricing[1:] }, nil},
		"in a region unpriced": {
			func(p *Product) { p.Regions, p.Pricing = []string{"nyc1", "tor1"}, p.Pricing[1:] }, []string{"regions[0]"},
		},
	} {
		t.Run("service "+name, func(t *testing.T) {
			t.Parallel()
			p := support()
			c.edit(&p)
			require.ElementsMatch(t, c.want, unsellable(p))
		})
	}
}
