package faulty

import (
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// filterFaults ignore a filter.
func filterFaults() []Fault {
	var all []Fault
	ignore := func(method, filter string, plant func(d *database)) {
		all = append(all, Fault{Name: method + " ignores the filter by " + filter, What: "what is not wanted is listed too",
			plant: plant})
	}
	ignore("Tenants.List", "status", dropping("Tenants.List", func(q *tenant.Query) { q.Status = "" }))
	ignore("Tenants.Users", "status", dropping("Tenants.Users", func(q *tenant.UserQuery) { q.Status = "" }))
	ignore("Catalog.List", "category", dropping("Catalog.List", func(q *catalog.Query) { q.Category = "" }))
	ignore("Catalog.List", "status", dropping("Catalog.List", func(q *catalog.Query) { q.Status = "" }))
	ignore("Orders.List", "customer", dropping("Orders.List", func(q *order.Query) { q.Customer = "" }))
	ignore("Orders.List", "status", dropping("Orders.List", func(q *order.Query) { q.Status = "" }))
	ignore("Orders.List", "its beginning", dropping("Orders.List", func(q *order.Query) { q.From = q.From.AddDate(-100, 0, 0) }))
	ignore("Orders.List", "its end", dropping("Orders.List", func(q *order.Query) {
		if !q.To.IsZero() {
			q.To = q.To.AddDate(100, 0, 0)
		}
	}))
	ignore("Orders.Count", "status", dropping("Orders.Count", func(q *order.Query) { q.Status = "" }))
	ignore("Resources.List", "order", dropping("Resources.List", func(q *resource.Query) { q.Order = "" }))
	ignore("Resources.List", "cluster", dropping("Resources.List", func(q *resource.Query) { q.Cluster = "" }))
	ignore("Resources.List", "customer", dropping("Resources.List", func(q *resource.Query) { q.Customer = "" }))
	ignore("Resources.List", "type", dropping("Resources.List", func(q *resource.Query) { q.Type = "" }))
	ignore("Resources.List", "status", dropping("Resources.List", func(q *resource.Query) { q.Status = "" }))
	ignore("Resources.List", "region", dropping("Resources.List", func(q *resource.Query) { q.Region = "" }))
	ignore("Resources.Clusters", "region", dropping("Resources.Clusters", func(q *resource.ClusterQuery) { q.Region = "" }))
	ignore("Resources.Clusters", "status", dropping("Resources.Clusters", func(q *resource.ClusterQuery) { q.Status = "" }))
	ignore("Resources.Networks", "cluster", dropping("Resources.Networks", func(q *resource.NetworkQuery) { q.Cluster = "" }))
	ignore("Resources.Networks", "status", dropping("Resources.Networks", func(q *resource.NetworkQuery) { q.Status = "" }))
	ignore("Resources.Instances", "cluster", dropping("Resources.Instances", func(q *resource.InstanceQuery) { q.Cluster = "" }))
	ignore("Resources.Instances", "resource", dropping("Resources.Instances", func(q *resource.InstanceQuery) { q.Resource = "" }))
	ignore("Resources.Instances", "status", dropping("Resources.Instances", func(q *resource.InstanceQuery) { q.Status = "" }))
	return append(all,
		Fault{Name: "Orders.List leaves out its beginning", What: "it compares with > what should be >=",
			plant: dropping("Orders.List", func(q *order.Query) {
				if !q.From.IsZero() {
					q.From = q.From.Add(1000)
				}
			})},
		Fault{Name: "Orders.List has its end too", What: "it compares with <= what should be <",
			plant: dropping("Orders.List", func(q *order.Query) {
				if !q.To.IsZero() {
					q.To = q.To.Add(1000)
				}
			})},
		Fault{Name: "Orders.Count ignores the terms", What: "it counts more than the list has",
			plant: dropping("Orders.Count", func(m *[]page.Match) { *m = nil })},
	)
}

// dropping changes what a list is asked for.
func dropping[Q any](method string, edit func(*Q)) func(*database) {
	return func(d *database) { arguments(d, method, edit) }
}
