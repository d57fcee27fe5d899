package faulty

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
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
				all = append(all, Fault{Name: method + " " + kind.name, What: kind.what,
					plant: func(d *database) { arguments(d, method, kind.edit) }})
			}
		}
	}
	for _, method := range []string{"Customers.List", "Resources.List", "Tenants.Users"} {
		all = append(all, Fault{
			Name: method + " skips one between pages", What: "the first of a later page is left out", plant: func(d *database) {
				d.around(method, func(good call, in []reflect.Value) []reflect.Value {
					out := good(in)
					w, _ := reflect.TypeAssert[page.Window](in[len(in)-1]) // as of all lists
					if w.After != "" && out[0].Len() > 0 {
						out[0] = out[0].Slice(1, out[0].Len())
					}
					return out
				})
			},
		})
	}
	for _, method := range []string{
		"Catalog.List", "Catalog.Many", "Resources.OfOrder", "Resources.Tally", "Tenants.Roles", "Resources.Clusters",
	} {
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
		Name: "Orders.List turns the page round, not the list", What: "the newest first is the first page, reversed",
		plant: func(d *database) {
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

func sortBy[T any](all []T, key func(T) string) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
