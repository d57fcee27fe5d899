package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
)

// resources prints what is running, and checks it against the order and the
// data center: one resource for each unit, one machine for each resource.
func (s *story) resources(ctx context.Context) error {
	names := map[resource.ClusterID]string{}
	for c, err := range s.Resources.AllClusters(ctx, resource.ClusterQuery{}) {
		if err != nil {
			return err
		}
		names[c.ID] = c.Name
	}
	machines, err := s.cloud.of(s.acme.ID)
	if err != nil {
		return err
	}
	type unit struct {
		item   order.ItemID
		number int
	}
	units := map[unit]bool{}
	rows := [][]string{{"RESOURCE", "STATUS", "CLUSTER", "PRIVATE", "PUBLIC", "MACHINE"}}
	for r, err := range s.Resources.All(ctx, resource.Query{Order: s.order.ID}) {
		if err != nil {
			return err
		}
		if machines[r.ID].Machine != r.ExternalID || units[unit{r.OrderItemID, r.Unit}] {
			return fmt.Errorf("resource %s (%s) is not the one of its unit with a machine of its own", r.ID, r.Name)
		}
		units[unit{r.OrderItemID, r.Unit}] = true
		rows = append(rows, []string{
			r.Name, string(r.Status), names[r.ClusterID], addresses(r.Network.PrivateIPs), addresses(r.Network.PublicIPs), r.ExternalID,
		})
	}
	s.screen.table(rows...)
	if int64(len(units)) != s.order.Resources() || len(machines) != len(units) {
		return fmt.Errorf("%d units were ordered, there are %d resources and %d machines",
			s.order.Resources(), len(units), len(machines))
	}
	s.running = len(units)
	s.screen.printf("%d units ordered, %d resources, %d machines in the data center", s.order.Resources(), len(units), len(machines))
	return nil
}

func addresses(list []netip.Addr) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return strings.Join(texts, " ")
}
