package faulty

import (
	"context"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// countFaults count and gather wrongly.
func countFaults() []Fault {
	return []Fault{
		{Name: "Resources.Tally has the last reason", What: "of several reasons another one is given", plant: func(d *database) {
			tally := d.Resources.Tally
			d.Resources.Tally = func(ctx context.Context, id order.ID) ([]resource.Tally, error) {
				all, err := tally(ctx, id)
				found, _ := d.Resources.OfOrder(ctx, id)
				for i, t := range all {
					for _, r := range found {
						if r.OrderItemID == t.Item && r.Attempt == t.Attempt && r.Status == t.Status {
							all[i].Reason = max(all[i].Reason, r.Reason)
						}
					}
				}
				return all, err
			}
		}},
		{Name: "Resources.Tally adds up attempts", What: "the resources of earlier attempts are counted with the last",
			plant: func(d *database) {
				answers(d, "Resources.Tally", func(t *resource.Tally) { t.Attempt = 1 })
			}},
		{Name: "Resources.CountLive counts what is terminated", What: "a customer can never be deleted", plant: func(d *database) {
			d.Resources.CountLive = d.countAll(d.Resources.CountLive)
		}},
		{Name: "Resources.OfOrder has the last attempt alone", What: "the resources of earlier attempts are left out",
			plant: func(d *database) {
				ofOrder := d.Resources.OfOrder
				d.Resources.OfOrder = func(ctx context.Context, id order.ID) ([]resource.Resource, error) {
					all, err := ofOrder(ctx, id)
					last := 0
					for _, r := range all {
						last = max(last, r.Attempt)
					}
					var found []resource.Resource
					for _, r := range all {
						if r.Attempt == last {
							found = append(found, r)
						}
					}
					return found, err
				}
			}},
		{Name: "Resources.Supply has active clusters alone", What: "resources on a draining cluster lose it from sight",
			plant: func(d *database) {
				answers(d, "Resources.Supply", func(s *resource.Supply) {
					var active []resource.Cluster
					for _, c := range s.Clusters {
						if c.Status == resource.ClusterActive {
							active = append(active, c)
						}
					}
					s.Clusters = active
				})
			}},
		{Name: "Resources.Supply has no networks", What: "networks are not joined", plant: func(d *database) {
			answers(d, "Resources.Supply", func(s *resource.Supply) { s.Networks = nil })
		}},
		{Name: "Resources.Supply has all regions", What: "clusters are not filtered", plant: func(d *database) {
			supply := d.Resources.Supply
			d.Resources.Supply = func(ctx context.Context, regions []string) (resource.Supply, error) {
				return supply(ctx, append([]string{"nyc1", "fra1", "sgp1"}, regions...))
			}
		}},
		{Name: "Resources.Supply invents a usage", What: "where none has been stored, it has version 1", plant: func(d *database) {
			answers(d, "Resources.Supply", func(u *resource.Usage) { u.Version = max(1, u.Version) })
		}},
		{Name: "Tenants.Standing has the first role's permissions", What: "of several roles one is looked at",
			plant: func(d *database) {
				standing, user := d.Tenants.Standing, d.Tenants.User
				d.Tenants.Standing = func(ctx context.Context, id tenant.UserID) (tenant.Standing, error) {
					s, err := standing(ctx, id)
					u, missing := user(ctx, id)
					if err == nil && missing == nil && len(u.Roles) > 1 {
						first, _ := d.Tenants.Role(ctx, u.Roles[0])
						s.Permissions = first.Permissions
					}
					return s, err
				}
			}},
		{Name: "Tenants.Standing loses the user's status", What: "a disabled user is let in", plant: func(d *database) {
			answers(d, "Tenants.Standing", func(s *tenant.Standing) { s.UserStatus = "" })
		}},
		{Name: "Tenants.Standing fails for nobody", What: "a user who is not there is an error, not an empty standing",
			plant: func(d *database) {
				standing, user := d.Tenants.Standing, d.Tenants.User
				d.Tenants.Standing = func(ctx context.Context, id tenant.UserID) (tenant.Standing, error) {
					s, err := standing(ctx, id)
					if _, missing := user(ctx, id); id != "" && err == nil && missing != nil {
						return tenant.Standing{}, missing
					}
					return s, err
				}
			}},
		{Name: "Events.Stamp counts what it did not stamp", What: "it says that there is more to do, for ever",
			plant: func(d *database) {
				stamp := d.Events.Stamp
				d.Events.Stamp = func(ctx context.Context, s event.Stamping) (int, error) {
					_, err := stamp(ctx, s)
					return s.Limit, err
				}
			}},
		{Name: "Events.DeadLetters loses the attempts", What: "how often it was tried is not stored", plant: func(d *database) {
			answers(d, "Events.DeadLetters", func(l *event.DeadLetter) { l.Attempts = 0 })
		}},
	}
}

// countAll counts what is terminated too.
func (d *database) countAll(live func(context.Context, customer.ID) (int64, error)) func(context.Context, customer.ID) (int64, error) {
	return func(ctx context.Context, id customer.ID) (int64, error) {
		if n, err := live(ctx, id); err != nil {
			return n, err
		}
		all, err := d.Resources.List(ctx, resource.Query{Customer: id}, page.Window{Limit: 1 << 20})
		return int64(len(all)), err
	}
}
