package faulty

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// valueFaults store another value than they were given.
func valueFaults() []Fault {
	var all []Fault
	add := func(name, what string, plant func(*database)) {
		all = append(all, Fault{Name: name, What: what, plant: plant})
	}
	for _, method := range []string{"Tenants.Get", "Customers.Get", "Orders.Get", "Resources.Cluster"} {
		add(method+" has milliseconds", "times are stored with three decimals", func(d *database) {
			answers(d, method, func(t *time.Time) { *t = t.Truncate(time.Millisecond) })
		})
	}
	for _, method := range []string{"Customers.Get", "Orders.List", "Resources.Get"} {
		add(method+" has times of another zone", "times are handed out in the server's zone", func(d *database) {
			zone := time.FixedZone("server", 7200)
			answers(d, method, func(t *time.Time) {
				if !t.IsZero() {
					*t = t.In(zone)
				}
			})
		})
	}
	for _, method := range []string{"Customers.Get", "Tenants.User"} {
		add(method+" trims texts", "spaces around a text are lost", func(d *database) {
			answers(d, method, func(text *string) { *text = strings.TrimSpace(*text) })
		})
		add(method+" composes characters", "texts are normalised: é is not written as it was", func(d *database) {
			answers(d, method, func(text *string) { *text = strings.ReplaceAll(*text, "e\u0301", "\u00e9") })
		})
		add(method+" loses what is beyond the plane", "characters of four bytes are replaced", func(d *database) {
			answers(d, method, func(text *string) {
				*text = strings.Map(func(r rune) rune {
					if r > math.MaxUint16 {
						return '?'
					}
					return r
				}, *text)
			})
		})
	}
	for _, method := range []string{"Customers.Get", "Catalog.Get"} {
		add(method+" loses empty values", "a key with an empty value is left out", func(d *database) {
			answers(d, method, func(m *map[string]string) {
				for key, value := range *m {
					if value == "" {
						delete(*m, key)
					}
				}
			})
		})
	}
	for _, method := range []string{"Resources.Get", "Catalog.Get"} {
		add(method+" has numbers of 32 bits", "what is more than two billion is cut", func(d *database) {
			answers(d, method, func(n *int64) { *n = min(*n, math.MaxInt32) })
		})
	}
	add("Orders.Get has quantities of 53 bits", "numbers go through a float", func(d *database) {
		answers(d, "Orders.Get", func(i *order.Item) { i.Quantity = int64(float64(i.Quantity)) })
	})
	add("Resources.Get has tries of 32 bits", "what is more than two billion is cut", func(d *database) {
		answers(d, "Resources.Get", func(r *resource.Resource) { r.Tries = min(r.Tries, math.MaxInt32) })
	})
	add("Orders.Get has amounts of a float", "the total goes through a float", func(d *database) {
		answers(d, "Orders.Get", func(o *order.Order) {
			number, err := strconv.ParseFloat(o.TotalAmount, 64)
			if _, decimals, _ := strings.Cut(o.TotalAmount, "."); err == nil {
				o.TotalAmount = strconv.FormatFloat(number, 'f', len(decimals), 64)
			}
		})
	})
	add("Orders.Get loses zeros of amounts", "1.50 becomes 1.5", func(d *database) {
		answers(d, "Orders.Get", func(i *order.Item) {
			if strings.Contains(i.Amount, ".") {
				i.Amount = strings.TrimSuffix(strings.TrimRight(i.Amount, "0"), ".")
			}
		})
	})
	add("Orders.Get writes snapshots again", "a snapshot is read and written again, and its bytes are others", func(d *database) {
		answers(d, "Orders.Get", func(text *json.RawMessage) {
			var compact bytes.Buffer
			if json.Compact(&compact, *text) == nil {
				*text = compact.Bytes()
			}
		})
	})
	add("Orders.Get has items in the order of ids", "an order's items are not in the order that they were given in", func(d *database) {
		answers(d, "Orders.Get", func(o *order.Order) { sortBy(o.Items, func(i order.Item) string { return string(i.ID) }) })
	})
	add("Orders.List has items in the order of ids", "an order's items are not in the order that they were given in", func(d *database) {
		answers(d, "Orders.List", func(o *order.Order) { sortBy(o.Items, func(i order.Item) string { return string(i.ID) }) })
	})
	add("Orders.List reads no items", "items are read by Get alone", func(d *database) {
		answers(d, "Orders.List", func(o *order.Order) { o.Items = nil })
	})
	add("Catalog.Get sorts regions", "regions are not in the order that they were given in", func(d *database) {
		answers(d, "Catalog.Get", func(p *catalog.Product) { sortBy(p.Regions, func(r string) string { return r }) })
	})
	add("Catalog.Get sorts rules", "pricing rules are not in the order that they were given in", func(d *database) {
		answers(d, "Catalog.Get", func(p *catalog.Product) { sortBy(p.Pricing, func(r catalog.PricingRule) string { return r.Name }) })
	})
	add("Catalog.List mixes up rules", "the rules of a page's products are joined wrongly", func(d *database) {
		answers(d, "Catalog.List", func(all *[]catalog.Product) {
			for i := range *all {
				(*all)[i].Pricing = (*all)[0].Pricing
			}
		})
	})
	add("Tenants.Users reads no roles", "roles are read by User alone", func(d *database) {
		answers(d, "Tenants.Users", func(u *tenant.User) { u.Roles = nil })
	})
	add("Tenants.Get reads no users", "users are not joined", func(d *database) {
		answers(d, "Tenants.Get", func(t *tenant.Tenant) { t.Users = nil })
	})
	add("Tenants.BySlug reads no users", "users are not joined", func(d *database) {
		answers(d, "Tenants.BySlug", func(t *tenant.Tenant) { t.Users = nil })
	})
	add("Tenants.List reads users", "a list has what Get alone fills in", func(d *database) {
		answers(d, "Tenants.List", func(t *tenant.Tenant) { t.Users = []tenant.User{{TenantID: t.ID}} })
	})
	add("Tenants.Get loses suspensions", "the reasons are not stored", func(d *database) {
		answers(d, "Tenants.Get", func(t *tenant.Tenant) { t.Suspensions = nil })
	})
	add("Customers.Get cuts names", "a name is cut at 190 characters", func(d *database) {
		answers(d, "Customers.Get", func(c *customer.Customer) {
			if runes := []rune(c.Name); len(runes) > 190 {
				c.Name = string(runes[:190])
			}
		})
	})
	add("Customers.Get has the normalised email", "the email is not as it was written", func(d *database) {
		answers(d, "Customers.Get", func(c *customer.Customer) { c.Email = strings.ToLower(c.Email) })
	})
	add("Orders.Get makes no moment an empty one", "a time that is not set is the year 1", func(d *database) {
		answers(d, "Orders.Get", func(o *order.Order) {
			if o.ProvisionedAt == nil {
				o.ProvisionedAt = new(time.Time)
			}
		})
	})
	add("Resources.Get sorts addresses", "addresses are not in the order that they were given in", func(d *database) {
		answers(d, "Resources.Get", func(r *resource.Resource) {
			r.Network.PrivateIPs = reversed(r.Network.PrivateIPs)
		})
	})
	add("Resources.Network loses reserved addresses", "a network's reserved addresses are not stored", func(d *database) {
		answers(d, "Resources.Network", func(n *resource.Network) { n.Reserved = nil })
	})
	add("Resources.Write stores no updates of instances", "an instance stays as it was made", func(d *database) {
		answers(d, "Resources.InstanceOf", func(i *resource.Instance) {
			if i.Version > 1 {
				i.Status = resource.InstanceRunning
			}
		})
	})
	add("Events.Get has events of version 1", "the version of the subject is not stored", func(d *database) {
		answers(d, "Events.Get", func(e *event.Event) { e.Version = 1 })
	})
	return all
}
