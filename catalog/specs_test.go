package catalog

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

func specFaults(s ProductSpecs, c Category) []string {
	var f fault.Fields
	s.check(&f, c)
	return paths(f.All())
}

func TestEachCategoryHasItsSpecs(t *testing.T) {
	t.Parallel()
	fields := map[string]ProductSpecs{
		"vcpus": {VCPUs: quantity("0.5")}, "memory_gib": {MemoryGiB: quantity("0.25")}, "disk_gib": {DiskGiB: quantity("1.5")},
		"gpu": {GPU: "H100", GPUCount: 8}, "bandwidth_mbps": {BandwidthMbps: 1}, "iops": {IOPS: 1}, "ips": {IPs: 1},
		"traffic_gib": {TrafficGiB: 1}, "ports": {Ports: []int{80}}, "attributes": {Attributes: map[string]string{"a": "b"}},
		"own option": {Configurable: map[string]Option{"image": {Values: []string{"debian"}}}},
		"option":     {Configurable: map[string]Option{"iops": {Max: quantity("5")}}},
	}
	allowed := map[Category]string{
		CategoryCompute: "vcpus memory_gib disk_gib gpu bandwidth_mbps iops ips traffic_gib ports attributes own option",
		CategoryStorage: "disk_gib bandwidth_mbps iops traffic_gib attributes own option",
		CategoryNetwork: "bandwidth_mbps ips traffic_gib ports attributes own",
		CategoryService: "attributes own",
	}
	for _, c := range Categories() {
		for name, specs := range fields {
			if strings.Contains(allowed[c], strings.TrimSuffix(name, " option")) {
				require.Empty(t, specFaults(specs, c), "%s %s", c, name)
			} else {
				require.NotEmpty(t, specFaults(specs, c), "%s %s", c, name)
			}
		}
	}
}

func TestOnlyComputeHasGPUs(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"gpu_count", "gpu"}, specFaults(ProductSpecs{GPU: "H100", GPUCount: 8}, CategoryStorage))
	require.Equal(t, []string{"gpu"}, specFaults(ProductSpecs{GPU: "H100"}, CategoryNetwork))
}

func TestEachCategoryBecomesItsResourceTypes(t *testing.T) {
	t.Parallel()
	become := map[Category][]ResourceType{
		CategoryCompute: {TypeVirtualMachine, TypeContainer}, CategoryStorage: {TypeStorage},
		CategoryNetwork: {TypeNetwork, TypeLoadBalancer}, CategoryService: {},
	}
	for _, c := range Categories() {
		require.Empty(t, specFaults(ProductSpecs{}, c), "nothing is provisioned for it")
		for _, r := range append(ResourceTypes(), "spaceship") {
			want := []string{"resource_type"}
			for _, allowed := range become[c] {
				if r == allowed {
					want = []string{}
				}
			}
			require.Equal(t, want, specFaults(ProductSpecs{ResourceType: r}, c), "%s %s", c, r)
		}
	}
}

func TestSpecsNameEveryFieldThatBreaksARule(t *testing.T) {
	t.Parallel()
	options := map[string]Option{}
	for i := range 65 {
		options[fmt.Sprintf("o%d", i)] = Option{Values: []string{"x"}}
	}
	ports := make([]int, 101)
	for i := range ports {
		ports[i] = i + 1
	}
	option := func(name string, o Option) ProductSpecs {
		return ProductSpecs{Configurable: map[string]Option{name: o}}
	}
	for name, c := range map[string]struct {
		specs ProductSpecs
		want  []string
	}{
		"most":     {ProductSpecs{VCPUs: quantity("1000000000"), IOPS: 1_000_000_000}, nil},
		"too much": {ProductSpecs{VCPUs: quantity("1000000000.1"), IOPS: 1_000_000_001}, []string{"vcpus", "iops"}},
		"negative": {
			ProductSpecs{GPUCount: -1, BandwidthMbps: -1, TrafficGiB: -1 << 63}, []string{"gpu_count", "bandwidth_mbps", "traffic_gib"},
		},
		"beyond range":   {ProductSpecs{IPs: 1<<63 - 1}, []string{"ips"}},
		"gpu unnamed":    {ProductSpecs{GPUCount: 1}, []string{"gpu"}},
		"gpu uncounted":  {ProductSpecs{GPU: "H100"}, []string{"gpu_count"}},
		"gpu chosen":     {ProductSpecs{GPU: "H100", Configurable: map[string]Option{"gpu_count": {Max: quantity("8")}}}, nil},
		"gpu text":       {ProductSpecs{GPU: "H\x00", GPUCount: 1}, []string{"gpu"}},
		"ports":          {ProductSpecs{Ports: []int{0, 65535, 65536, 80, 80}}, []string{"ports[0]", "ports[2]", "ports[4]"}},
		"too many ports": {ProductSpecs{Ports: ports}, []string{"ports"}},
		"most ports":     {ProductSpecs{Ports: ports[:100]}, nil},
		"attributes":     {ProductSpecs{Attributes: map[string]string{"a": "\xff"}}, []string{"attributes.a"}},
		"too many":       {ProductSpecs{Configurable: options}, []string{"configurable"}},
		"no range":       {option("disk_gib", Option{}), []string{"configurable.disk_gib.max"}},
		"min above max":  {option("disk_gib", Option{Min: quantity("2"), Max: quantity("1")}), []string{"configurable.disk_gib.min"}},
		"max too much":   {option("disk_gib", Option{Max: quantity("1000000001")}), []string{"configurable.disk_gib.max"}},
		"fractions": {
			option("iops", Option{Min: quantity("0.5"), Max: quantity("1.5"), Step: quantity("0.1")}),
			[]string{"configurable.iops.min", "configurable.iops.max", "configurable.iops.step"},
		},
		"exact fractions": {option("vcpus", Option{Min: quantity("0.5"), Max: quantity("1.5"), Step: quantity("0.1")}), nil},
		"values":          {option("vcpus", Option{Values: []string{"1", "2"}}), []string{"configurable.vcpus.values"}},
		"both":            {option("seats", Option{Max: quantity("1"), Values: []string{"1"}}), []string{"configurable.seats.values"}},
		"value twice": {
			option("image", Option{Values: []string{"a", "", "a"}}),
			[]string{"configurable.image.values[1]", "configurable.image.values[2]"},
		},
		"many values": {option("image", Option{Values: make([]string, 101)}), []string{"configurable.image.values"}},
		"key":         {option("An Image", Option{Values: []string{"a"}}), []string{"configurable.An Image"}},
		"key of the specs": {
			ProductSpecs{Configurable: map[string]Option{"gpu": {Values: []string{"a"}}, "ports": {Max: quantity("1")}}},
			[]string{"configurable.gpu", "configurable.ports"},
		},
		"preset out of range": {
			ProductSpecs{DiskGiB: quantity("5"), Configurable: map[string]Option{"disk_gib": {Min: quantity("10"), Max: quantity("20")}}},
			[]string{"disk_gib"},
		},
		"own preset out of range": {
			ProductSpecs{
				Attributes: map[string]string{"image": "beos"}, Configurable: map[string]Option{"image": {Values: []string{"debian"}}},
			},
			[]string{"attributes.image"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, c.want, specFaults(c.specs, CategoryCompute))
		})
	}
}

func TestAnItemIsConfigured(t *testing.T) {
	t.Parallel()
	specs := ProductSpecs{
		VCPUs: quantity("2"), IOPS: 300,
		Attributes: map[string]string{"image": "debian", "family": "general"},
		Configurable: map[string]Option{
			"disk_gib":  {Min: quantity("10"), Max: quantity("100"), Step: quantity("5")},
			"vcpus":     {Min: quantity("0.5"), Max: quantity("4")},
			"iops":      {Min: quantity("100"), Max: quantity("1000")},
			"ips":       {Max: quantity("8")},
			"image":     {Values: []string{"debian", "ubuntu"}},
			"seats":     {Min: quantity("1"), Max: quantity("9"), Step: quantity("2")},
			"traffic":   {Max: quantity("9")},
			"edition":   {Values: []string{"free", "pro"}},
			"gpu_count": {Max: quantity("1")},
		},
	}
	before := specs.clone()
	var f fault.Fields
	got, plain := specs.configure(&f, map[string]string{
		"disk_gib": "15.00", "vcpus": "0.75", "iops": "1000", "seats": "3", "edition": "pro",
	})
	require.Empty(t, f.All())
	require.Equal(t, ProductSpecs{
		VCPUs: quantity("0.75"), DiskGiB: quantity("15"), IOPS: 1000,
		Attributes: map[string]string{"image": "debian", "family": "general", "seats": "3", "edition": "pro"},
	}, got)
	require.Equal(t, map[string]string{"disk_gib": "15", "vcpus": "0.75", "iops": "1000", "seats": "3", "edition": "pro"}, plain)
	require.Equal(t, before, specs, "the product stays as it is")

	same, plain := ProductSpecs{VCPUs: quantity("1")}.configure(&f, nil)
	require.Equal(t, ProductSpecs{VCPUs: quantity("1")}, same)
	require.Nil(t, plain)
	require.Empty(t, f.All())

	valid := map[string]string{"disk_gib": "10", "seats": "1", "edition": "free"}
	for key, values := range map[string][]string{
		"disk_gib": {"", "9", "12", "105", "-10", "1e1", " 10", "10 ", "+10", "NaN", "010", "10.1", "١٠", strings.Repeat("1", 500)},
		"vcpus":    {"0", "0.4999", "4.000000000001", "0.5000000000001"},
		"iops":     {"99", "100.5", "1001"},
		"image":    {"", "Debian", "windows"},
		"seats":    {"0", "2", "1.5", "10"},
		"family":   {"general"},
		"colour":   {"red"},
	} {
		for _, value := range values {
			chosen := maps.Clone(valid)
			chosen[key] = value
			var f fault.Fields
			specs.configure(&f, chosen)
			require.Equal(t, []string{key}, paths(f.All()), "%s=%s", key, value)
		}
	}
	f = fault.Fields{}
	specs.configure(&f, map[string]string{"disk_gib": "1", "seats": "x", "edition": "x", "iops": "0.1", "ips": "9"})
	var rules []string
	for _, field := range f.All() {
		rules = append(rules, field.Rule)
	}
	require.Equal(t, []string{
		"must be a number from 10 to 100 in steps of 5", "must be one of free, pro", "must be a whole number from 100 to 1000",
		"must be a whole number from 0 to 8", "must be a number from 1 to 9 in steps of 2",
	}, rules)
	f = fault.Fields{}
	specs.configure(&f, nil)
	require.Equal(t, []string{"disk_gib", "edition", "seats"}, paths(f.All()), "what has no preset must be chosen")
}
