package faulty

import (
	"context"
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

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
	for _, method := range []string{"Customers.Save", "Catalog.Save", "Orders.Save"} {
		all = append(all, Fault{
			Name: method + " keeps terms that were known", What: "of terms that are known only the new ones are written",
			plant: func(d *database) { arguments(d, method, func(c *event.Commit) { c.Terms = both(c.Former, c.Terms) }) },
		}, Fault{
			Name: method + " writes no terms beside known ones", What: "an entity whose terms are known keeps them",
			plant: func(d *database) {
				arguments(d, method, func(c *event.Commit) {
					if c.Former != nil {
						c.Terms = c.Former
					}
				})
			},
		})
	}
	return append(all, []Fault{
		{Name: "Orders.SaveMany keeps terms that were known", What: "of terms that are known only the new ones are written",
			plant: func(d *database) {
				arguments(d, "Orders.SaveMany", func(s *order.Saved) { s.Terms = both(s.Former, s.Terms) })
			}},
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
		{Name: "Customers.Save keeps the old terms", What: "new terms are added to those that should be gone",
			plant: func(d *database) {
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
		{Name: "Orders.SaveMany loses the terms", What: "orders that were changed together are found by nothing",
			plant: func(d *database) {
				arguments(d, "Orders.SaveMany", func(s *order.Saved) { s.Terms = nil })
			}},
		{Name: "Orders.SaveMany gives all the terms of the first", What: "the terms of one are taken for all",
			plant: func(d *database) {
				arguments(d, "Orders.SaveMany", func(all *[]order.Saved) {
					for i := range *all {
						(*all)[i].Terms = (*all)[0].Terms
					}
				})
			}},
		{Name: "Catalog.CreateMany gives all the terms of the first", What: "the terms of one are taken for all",
			plant: func(d *database) {
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

// both are terms and others, each once.
func both(terms, others []page.Term) []page.Term {
	all := slices.Clone(terms)
	for _, t := range others {
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

func noTerms(c *event.Commit) { c.Terms = nil }

// addTerms adds to the terms of a save those that the entity was found by.
func (d *database) addTerms(create, save string) {
	old := remember[string, []page.Term]()
	keep := func(c *event.Commit) {
		if len(c.Events) > 0 {
			before, _ := old.get(c.Events[0].Subject)
			c.Terms = both(c.Terms, before)
			old.set(c.Events[0].Subject, c.Terms)
		}
	}
	arguments(d, create, keep)
	arguments(d, save, keep)
}
