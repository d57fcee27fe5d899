package storagetest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

func resourceClauses() []clause {
	return []clause{
		{"resource/round trip", "what is read back is what was stored, to the last digit, address and microsecond", resourceRoundTrip},
		{"resource/every status", "every status, phase, action and type can be stored", resourceStatuses},
		{"resource/one step", "a write stores all its changes and events, or nothing of them", resourceOneStep},
		{"resource/many at once", "a write takes hundreds of resources, all or none", resourceMany},
		{"resource/units are made once", "a unit is made once in an attempt and has one live resource, whoever asks twice", resourceUnits},
		{"resource/versions", "a stale version is ErrConflict, so that capacity and addresses are taken once", resourceVersions},
		{"resource/list filters", "filters are equality, on every field of a query", resourceFilters},
		{"resource/list pages", "lists neither skip nor repeat an entity, in both directions", resourcePages},
		{"resource/counts", "an order's resources are counted by item, attempt and status, a customer's while they live", resourceCounts},
		{"resource/supply", "the clusters of regions, their networks and the usage are read at one moment", resourceSupply},
		{"resource/work is claimed once", "due work is one worker's at a time, of whatever tenant it is", workClaims},
		{"resource/work that is not due", "work waits for its time, unless it is wanted at once, and ends with its resource", workDue},
		{"resource/work is given back", "a released claim is free at once or after a time, and a lost one releases nothing", workRelease},
		{"resource/next work", "how long it is until work can be claimed is known, so that nobody has to poll", workNext},
		{"resource/workers do not share", "of many workers that claim at once, no two get the same work", workConcurrent},
	}
}

func (s *session) draftCluster(of scope.TenantID, name, region string) resource.Cluster {
	return resource.Cluster{
		ID: resource.ClusterID(s.ids.New("clus")), TenantID: of, Name: name, Region: region, Status: resource.ClusterActive,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func (s *session) draftNetwork(of scope.TenantID, on resource.ClusterID, name string) resource.Network {
	return resource.Network{
		ID: resource.NetworkID(s.ids.New("net")), TenantID: of, ClusterID: on, Name: name,
		CIDR: netip.MustParsePrefix("10.1.0.0/24"), Gateway: netip.MustParseAddr("10.1.0.1"), Status: resource.NetworkActive,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

// draftResource is the first unit of an item, waiting to be made.
func (s *session) draftResource(of scope.TenantID, o order.ID, item order.ItemID) resource.Resource {
	return resource.Resource{
		ID: resource.ID(s.ids.New("res")), TenantID: of, CustomerID: customerA, OrderID: o, OrderItemID: item,
		Unit: 1, Attempt: 1, Type: catalog.TypeVirtualMachine, Name: "vm-1", Region: "nyc1", Template: "vm",
		Status: resource.StatusProvisioning, Desired: resource.DesiredRunning, Phase: resource.PhaseRequested,
		DueAt: &s.now, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

// write stores changes with an event.
func (s *session) write(of scope.TenantID, c resource.Changes) error {
	return s.Resources().Write(in(of), c, s.commit(of, "resource", "updated", resourceA, 1))
}

// addResource stores a resource of an order of its own.
func (s *session) addResource(t *testing.T, of scope.TenantID) resource.Resource {
	t.Helper()
	r := s.draftResource(of, order.ID(s.ids.New("ord")), order.ItemID(s.ids.New("item")))
	must(t, s.write(of, resource.Changes{NewResources: []resource.Resource{r}}))
	return r
}

func (s *session) addCluster(t *testing.T, of scope.TenantID, name string) {
	t.Helper()
	c := s.draftCluster(of, name, "nyc1")
	must(t, s.write(of, resource.Changes{NewClusters: []resource.Cluster{c}}))
}

func resourceRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	most := get(money.NewQuantity("999999999999999999.999999999999"))(t)
	later := s.now.Add(time.Microsecond)

	c := s.draftCluster(acme, strings.Repeat("Ω", 200), strings.Repeat("r", 64))
	c.Labels = map[string]string{"rack": "7", "ключ": "значение 🦊 \"<&>\"", "empty": ""}
	c.Capacity = resource.Capacity{VCPUs: most, MemoryGiB: most, DiskGiB: most, Instances: 1<<63 - 1}
	c.Used = resource.Capacity{VCPUs: get(money.NewQuantity("0.000000000001"))(t), Instances: 1}
	n := s.draftNetwork(acme, c.ID, "O'Hara's \"net\" \\ $1 ?")
	n.CIDR, n.Gateway = netip.MustParsePrefix("2001:db8::/32"), netip.MustParseAddr("2001:db8::1")
	n.Reserved = resource.Ranges{{From: netip.MustParseAddr("2001:db8::5"), To: netip.MustParseAddr("2001:db8::9")}}
	for i := range 5000 {
		a := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i * 2), 14: byte(i * 2 >> 8)})
		n.Allocated = append(n.Allocated, resource.Range{From: a, To: a})
	}
	bare := s.draftResource(acme, orderA, itemA)
	bare.DueAt = nil
	r := s.draftResource(acme, orderB, itemB)
	r.Unit, r.Attempt, r.ClusterID, r.Type = 1000, 1<<31, c.ID, catalog.TypeLoadBalancer
	r.Name, r.Region, r.Template = strings.Repeat("Ω", 200), strings.Repeat("r", 64), strings.Repeat("t", 64)
	r.Status, r.Desired, r.Phase = resource.StatusTerminated, resource.DesiredTerminated, resource.PhaseAtRest
	r.Action = resource.ActionStop
	r.Reason, r.ExternalID, r.Token, r.Tries = strings.Repeat("🦊", 500), strings.Repeat("x", 200), string(r.ID)+"/stop/7", 1<<31
	r.Specs = resource.Specs{
		VCPUs: most, MemoryGiB: most, DiskGiB: most, GPU: "H100", GPUCount: 8, BandwidthMbps: 1 << 53, IOPS: 1<<53 + 1, IPs: 3,
		TrafficGiB: 1<<63 - 1, Ports: []int{443, 22}, Attributes: map[string]string{"image": "debian \"13\" 🦊"},
	}
	r.Network = resource.NetworkInfo{
		NetworkID: n.ID, PrivateIPs: []netip.Addr{netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("10.0.0.7")},
		PublicIPs: []netip.Addr{netip.MustParseAddr("192.0.2.7")}, MAC: "52:54:00:12:34:56", Hostname: "vm-1", Ports: []int{22, 443},
	}
	r.DueAt, r.TerminatedAt = &later, &later
	r.Origin = resource.Origin{Correlation: strings.Repeat("🦊", 200), Event: s.ids.New("evt")}
	i := resource.Instance{
		ID: resource.InstanceID(s.ids.New("inst")), TenantID: acme, ClusterID: c.ID, ResourceID: r.ID,
		ExternalID: strings.Repeat("ü", 200), Status: resource.InstanceStopped, Version: 1, CreatedAt: s.now, UpdatedAt: later,
	}
	u := resource.Usage{TenantID: acme, Live: 1<<63 - 1, Version: 1, UpdatedAt: later}
	must(t, s.write(acme, resource.Changes{
		NewClusters: []resource.Cluster{c}, NewNetworks: []resource.Network{n}, NewResources: []resource.Resource{bare, r},
		NewInstances: []resource.Instance{i}, Usage: &u,
	}))
	s.sameResources(t, acme, c, n, []resource.Resource{bare, r}, i, u)

	c.Version, c.Labels, c.Used, c.UpdatedAt = 2, nil, resource.Capacity{}, later
	n.Version, n.Allocated, n.Reserved, n.Status = 2, nil, nil, resource.NetworkClosed
	bare.Version, bare.Status, bare.DueAt, bare.ExternalID = 2, resource.StatusError, &later, "vm-7"
	i.Version, i.Status = 2, resource.InstanceTerminated
	u.Version, u.Live = 2, 0
	must(t, s.write(acme, resource.Changes{
		Clusters: []resource.Cluster{c}, Networks: []resource.Network{n}, Resources: []resource.Resource{bare},
		Instances: []resource.Instance{i}, Usage: &u,
	}))
	s.sameResources(t, acme, c, n, []resource.Resource{bare, r}, i, u)
}

// sameResources fails the test unless all of a tenant's is read as it should be,
// one by one and in lists.
func (s *session) sameResources(
	t *testing.T, of scope.TenantID, c resource.Cluster, n resource.Network, all []resource.Resource, i resource.Instance, u resource.Usage,
) {
	t.Helper()
	ctx, w := in(of), page.Window{Limit: 9}
	same(t, "the cluster", get(s.Resources().Cluster(ctx, c.ID))(t), c)
	same(t, "the clusters", get(s.Resources().Clusters(ctx, resource.ClusterQuery{}, w))(t), []resource.Cluster{c})
	sameNetwork(t, get(s.Resources().Network(ctx, n.ID))(t), n)
	sameNetwork(t, get(s.Resources().Networks(ctx, resource.NetworkQuery{}, w))(t)[0], n)
	for _, r := range all {
		sameResource(t, get(s.Resources().Get(ctx, r.ID))(t), r)
		sameResource(t, get(s.Resources().OfOrder(ctx, r.OrderID))(t)[0], r)
	}
	listed := get(s.Resources().List(ctx, resource.Query{}, w))(t)
	same(t, "the number of resources", len(listed), len(all))
	for k := range all {
		sameResource(t, listed[k], all[k])
	}
	same(t, "the instance", get(s.Resources().InstanceOf(ctx, i.ResourceID))(t), i)
	same(t, "the instances", get(s.Resources().Instances(ctx, resource.InstanceQuery{}, w))(t), []resource.Instance{i})
	supply := get(s.Resources().Supply(ctx, []string{c.Region}))(t)
	same(t, "the usage", supply.Usage, u)
	same(t, "the clusters of the region", supply.Clusters, []resource.Cluster{c})
	sameNetwork(t, supply.Networks[0], n)
}

// sameNetwork compares addresses as what they are.
func sameNetwork(t *testing.T, got, want resource.Network) {
	t.Helper()
	same(t, "the block", got.CIDR.String(), want.CIDR.String())
	same(t, "the gateway", got.Gateway.String(), want.Gateway.String())
	same(t, "the reserved addresses", fmt.Sprint(got.Reserved), fmt.Sprint(want.Reserved))
	same(t, "the allocated addresses", fmt.Sprint(got.Allocated), fmt.Sprint(want.Allocated))
	for _, n := range []*resource.Network{&got, &want} {
		n.CIDR, n.Gateway, n.Reserved, n.Allocated = netip.Prefix{}, netip.Addr{}, nil, nil
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("the network is %+v, want %+v", got, want)
	}
}

func sameResource(t *testing.T, got, want resource.Resource) {
	t.Helper()
	same(t, "the private addresses", fmt.Sprint(got.Network.PrivateIPs), fmt.Sprint(want.Network.PrivateIPs))
	same(t, "the public addresses", fmt.Sprint(got.Network.PublicIPs), fmt.Sprint(want.Network.PublicIPs))
	for _, r := range []*resource.Resource{&got, &want} {
		r.Network.PrivateIPs, r.Network.PublicIPs = nil, nil
	}
	same(t, "the resource", got, want)
}

func resourceStatuses(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	store := func(spoil func(*resource.Resource)) error {
		r := s.draftResource(acme, order.ID(s.ids.New("ord")), itemA)
		spoil(&r)
		if r.Status == resource.StatusTerminated {
			r.TerminatedAt = &s.now
		}
		return s.write(acme, resource.Changes{NewResources: []resource.Resource{r}})
	}
	for _, status := range resource.Lifecycle().States {
		must(t, store(func(r *resource.Resource) { r.Status = status }))
	}
	for _, desired := range resource.AllDesired() {
		must(t, store(func(r *resource.Resource) { r.Desired = desired }))
	}
	for _, phase := range resource.Phases() {
		must(t, store(func(r *resource.Resource) { r.Phase = phase }))
	}
	for _, action := range append(resource.Actions(), "") {
		must(t, store(func(r *resource.Resource) { r.Action = action }))
	}
	for _, kind := range catalog.ResourceTypes() {
		must(t, store(func(r *resource.Resource) { r.Type = kind }))
	}
	for n, status := range resource.ClusterLifecycle().States {
		c := s.draftCluster(acme, fmt.Sprint("c", n), "nyc1")
		c.Status = status
		must(t, s.write(acme, resource.Changes{NewClusters: []resource.Cluster{c}}))
		for n, status := range resource.NetworkLifecycle().States {
			network := s.draftNetwork(acme, c.ID, fmt.Sprint("n", n))
			network.Status = status
			must(t, s.write(acme, resource.Changes{NewNetworks: []resource.Network{network}}))
		}
	}
}
