package faulty

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// paged are the lists that come in pages.
func paged() []string {
	return []string{
		"Tenants.List", "Tenants.Users", "Customers.List", "Catalog.List", "Orders.List", "Resources.List", "Resources.Clusters",
		"Resources.Networks", "Resources.Instances", "Events.List", "Events.DeadLetters",
	}
}

// listFaults skip and repeat. Each list has one of them, in turn, and orders
// have all.
func listFaults() []Fault {
	kinds := []struct {
		name, what string
		edit       func(*page.Window)
	}{
		{"repeats the last of the page before", "after is taken to be the first that is wanted", func(w *page.Window) {
			if w.After != "" && w.Newest {
				w.After += "~"
			} else if w.After != "" {
				w.After = w.After[:len(w.After)-1] + string(rune(w.After[len(w.After)-1]-1)) + "~"
			}
		}},
		{"has one too many", "one more is read than the limit allows", func(w *page.Window) { w.Limit++ }},
		{"has one too few", "one less is read than there is and the limit allows", func(w *page.Window) { w.Limit-- }},
		{"ignores the newest first", "the order is always that of ids", func(w *page.Window) { w.Newest = false }},
		{"ignores where to go on", "every page is the first", func(w *page.Window) { w.After = "" }},
	}
	var all []Fault
	for i, method := range paged() {
		for k, kind := range kinds {
			if method == "Orders.List" || k == i%len(kinds) {
				all = append(all, Fault{Name: method + " " + kind.name, What: kind.what, plant: func(d *database) { arguments(d, method, kind.edit) }})
			}
		}
	}
	for _, method := range []string{"Customers.List", "Resources.List", "Tenants.Users"} {
		all = append(all, Fault{
			Name: method + " skips one between pages", What: "the first of a later page is left out", plant: func(d *database) {
				d.around(method, func(good call, in []reflect.Value) []reflect.Value {
					out := good(in)
					w, _ := in[len(in)-1].Interface().(page.Window) // as of all lists
					if w.After != "" && out[0].Len() > 0 {
						out[0] = out[0].Slice(1, out[0].Len())
					}
					return out
				})
			},
		})
	}
	for _, method := range []string{"Catalog.List", "Catalog.Many", "Resources.OfOrder", "Resources.Tally", "Tenants.Roles", "Resources.Clusters"} {
		all = append(all, Fault{
			Name: method + " is in no order", What: "it is as the database finds it", plant: func(d *database) {
				d.around(method, func(good call, in []reflect.Value) []reflect.Value {
					out := good(in)
					turned := reflect.MakeSlice(out[0].Type(), 0, out[0].Len())
					for i := range out[0].Len() {
						turned = reflect.Append(turned, out[0].Index(out[0].Len()-1-i))
					}
					out[0] = turned
					return out
				})
			},
		})
	}
	return append(all, Fault{
		Name: "Orders.List turns the page round, not the list", What: "the newest first is the first page, reversed", plant: func(d *database) {
			list := d.Orders.List
			d.Orders.List = func(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
				newest := w.Newest
				w.Newest = false
				found, err := list(ctx, q, matches, w)
				if newest {
					found = reversed(found)
				}
				return found, err
			}
		},
	})
}

// filterFaults ignore a filter.
func filterFaults() []Fault {
	var all []Fault
	ignore := func(method, filter string, plant func(d *database)) {
		all = append(all, Fault{Name: method + " ignores the filter by " + filter, What: "what is not wanted is listed too", plant: plant})
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
		Fault{Name: "Orders.List leaves out its beginning", What: "it compares with > what should be >=", plant: dropping("Orders.List", func(q *order.Query) {
			if !q.From.IsZero() {
				q.From = q.From.Add(1000)
			}
		})},
		Fault{Name: "Orders.List has its end too", What: "it compares with <= what should be <", plant: dropping("Orders.List", func(q *order.Query) {
			if !q.To.IsZero() {
				q.To = q.To.Add(1000)
			}
		})},
		Fault{Name: "Orders.Count ignores the terms", What: "it counts more than the list has", plant: dropping("Orders.Count", func(m *[]page.Match) { *m = nil })},
	)
}

// dropping changes what a list is asked for.
func dropping[Q any](method string, edit func(*Q)) func(*database) {
	return func(d *database) { arguments(d, method, edit) }
}

// termFaults find by other terms than were stored or asked for.
func termFaults() []Fault {
	var all []Fault
	for _, method := range []string{"Customers.List", "Catalog.List", "Orders.List"} {
		all = append(all, Fault{
			Name: method + " ignores the second term", What: "of several terms the first is looked at",
			plant: dropping(method, func(m *[]page.Match) { *m = (*m)[:min(1, len(*m))] }),
		})
	}
	for _, method := range []string{"Customers.List", "Catalog.List"} {
		all = append(all, Fault{
			Name: method + " takes a prefix for the whole", What: "a word is found by all of it alone",
			plant: dropping(method, func(m *page.Match) { m.Prefix = false }),
		}, Fault{
			Name: method + " takes the whole for a prefix", What: "a word is found by its beginning, also where all of it is asked for",
			plant: dropping(method, func(m *page.Match) { m.Prefix = true }),
		})
	}
	return append(all, []Fault{
		{Name: "Customers.List finds a prefix anywhere", What: "a word is found by what is in it", plant: func(d *database) {
			list := d.Customers.List
			d.Customers.List = func(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error) {
				matches = slices.Clone(matches)
				for i := range matches {
					if runes := []rune(matches[i].Value); matches[i].Prefix && len(runes) > 2 {
						matches[i].Value = string(runes[:len(runes)-1])
					}
				}
				return list(ctx, matches, w)
			}
		}},
		{Name: "Customers.Save keeps the old terms", What: "new terms are added to those that should be gone", plant: func(d *database) {
			d.addTerms("Customers.Create", "Customers.Save")
		}},
		{Name: "Catalog.Save keeps the old terms", What: "new terms are added to those that should be gone", plant: func(d *database) {
			d.addTerms("Catalog.Create", "Catalog.Save")
		}},
		{Name: "Catalog.Save loses the terms", What: "a product that was changed is found by nothing", plant: func(d *database) {
			arguments(d, "Catalog.Save", noTerms)
		}},
		{Name: "Orders.Save loses the terms", What: "an order that was changed is found by nothing", plant: func(d *database) {
			arguments(d, "Orders.Save", noTerms)
		}},
		{Name: "Orders.SaveMany loses the terms", What: "orders that were changed together are found by nothing", plant: func(d *database) {
			arguments(d, "Orders.SaveMany", func(s *order.Saved) { s.Terms = nil })
		}},
		{Name: "Orders.SaveMany gives all the terms of the first", What: "the terms of one are taken for all", plant: func(d *database) {
			arguments(d, "Orders.SaveMany", func(all *[]order.Saved) {
				for i := range *all {
					(*all)[i].Terms = (*all)[0].Terms
				}
			})
		}},
		{Name: "Catalog.CreateMany gives all the terms of the first", What: "the terms of one are taken for all", plant: func(d *database) {
			arguments(d, "Catalog.CreateMany", func(all *[]catalog.New) {
				for i := range *all {
					(*all)[i].Terms = (*all)[0].Terms
				}
			})
		}},
		{Name: "Customers.Create loses the second term of a key", What: "a key has one value", plant: func(d *database) {
			arguments(d, "Customers.Create", func(terms *[]page.Term) {
				seen := map[string]bool{}
				*terms = slices.DeleteFunc(*terms, func(t page.Term) bool {
					again := seen[t.Key]
					seen[t.Key] = true
					return again
				})
			})
		}},
		{Name: "Customers.List ignores the term's key", What: "a value is found under any key", plant: func(d *database) {
			arguments(d, "Customers.*", func(t *page.Term) { t.Key = "any" })
		}},
		{Name: "Catalog.List ignores the term's key", What: "a value is found under any key", plant: func(d *database) {
			arguments(d, "Catalog.*", func(t *page.Term) { t.Key = "any" })
		}},
	}...)
}

func noTerms(c *event.Commit) { c.Terms = nil }

// addTerms adds to the terms of a save those that the entity was found by.
func (d *database) addTerms(create, save string) {
	old := remember[string, []page.Term]()
	keep := func(c *event.Commit) {
		if len(c.Events) > 0 {
			before, _ := old.get(c.Events[0].Subject)
			for _, t := range before {
				if !slices.Contains(c.Terms, t) {
					c.Terms = append(c.Terms, t)
				}
			}
			old.set(c.Events[0].Subject, c.Terms)
		}
	}
	arguments(d, create, keep)
	arguments(d, save, keep)
}

func sortBy[T any](all []T, key func(T) string) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
