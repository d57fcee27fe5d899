package main

import (
	"context"
	"fmt"

	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/resource"
)

// clusters are where the machines run: two in New York, so that one can see
// how they are spread.
var clusters = []struct {
	name, region, cidr string
	vcpus, memoryGiB   int64
	instances          int64
}{
	{"nyc1-a", "nyc1", "10.1.0.0/24", 64, 256, 32},
	{"nyc1-b", "nyc1", "10.2.0.0/24", 64, 256, 32},
	{"sfo3-a", "sfo3", "10.3.0.0/24", 64, 256, 32},
	{"gra-a", "gra", "10.4.0.0/24", 64, 512, 16},
	{"tor1-a", "tor1", "10.5.0.0/24", 160, 1920, 8},
}

// capacity creates each cluster with a network of its own.
func (s *story) capacity(ctx context.Context) error {
	rows := [][]string{{"CLUSTER", "REGION", "VCPUS", "MEMORY", "NETWORK", ""}}
	for _, c := range clusters {
		capacity := resource.Capacity{Instances: c.instances}
		var err error
		if capacity.VCPUs, err = money.QuantityOf(c.vcpus); err != nil {
			return err
		}
		if capacity.MemoryGiB, err = money.QuantityOf(c.memoryGiB); err != nil {
			return err
		}
		cluster, err := s.Resources.CreateCluster(ctx, resource.ClusterDraft{
			Name: c.name, Region: c.region, Capacity: capacity, Key: "quickstart/cluster/" + c.name,
		})
		if err != nil {
			return err
		}
		network, err := s.Resources.CreateNetwork(ctx, resource.NetworkDraft{
			Cluster: cluster.ID, Name: "private", CIDR: c.cidr, Key: "quickstart/network/" + c.name,
		})
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			cluster.Name, cluster.Region, used(cluster.Used.VCPUs, cluster.Capacity.VCPUs),
			used(cluster.Used.MemoryGiB, cluster.Capacity.MemoryGiB) + " GiB", network.CIDR.String(), s.was(network.CreatedAt),
		})
	}
	s.screen.table(rows...)
	return nil
}

func used(part, whole money.Quantity) string { return fmt.Sprintf("%s of %s", part, whole) }
