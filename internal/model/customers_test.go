package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func customerOps() []op {
	return []op{
		{name: "customer.create", weight: 7, most: command{In: 1, By: 1, What: 4, N: badEmail, Key: 1}, plan: createCustomer},
		{name: "customer.update", weight: 3, most: command{In: 1, By: 1, On: 1, What: 4, N: badEmail, Seen: 1}, plan: updateCustomer},
		{name: "customer.race", weight: 2, most: command{In: 1, By: 1, On: 1, Seen: 1}, plan: raceCustomer},
		{name: "customer.payment", weight: 1, most: command{In: 1, By: 1, On: 1, What: 2}, plan: setPayment},
		{name: "customer.delete", weight: 3, most: command{In: 1, By: 1, On: 1}, plan: deleteCustomer},
		{name: "customer.get", weight: 2, most: command{In: 1, By: 1, On: 1}, plan: getCustomer},
		{name: "customer.by_email", weight: 2, most: command{In: 1, By: 1, N: badEmail}, plan: customerByEmail},
		listOp("customer.list", 5, listCustomers),
	}
}

// known are the customers that are not deleted.
func known(in *realm) map[string]*customer.Customer {
	all := map[string]*customer.Customer{}
	for id, c := range in.customers {
		if c.DeletedAt == nil {
			all[id] = c
		}
	}
	return all
}

func everyCustomer(in *realm) map[string]*customer.Customer { return in.customers }

// payments are how customers pay; the last holds what may be a card's number.
var payments = []customer.PaymentMethod{
	{Kind: customer.PaymentCard, Provider: "stripe", Token: "pm_1", LastFour: "4242"},
	{},
	{Kind: customer.PaymentCard, Provider: "stripe", Token: "4242424242424242"},
}

// persons are what is told of customers, and which fields are refused.
func persons(what, email int) (customer.Draft, []string) {
	d := customer.Draft{Name: "Ada Lovelace", Email: emails[email]}
	var paths []string
	switch what {
	case 1:
		d.Name, d.Company = "Grace Höpper", "Engines Ltd"
		d.Metadata = map[string]string{"tier": "gold", "note": "日本"}
	case 2:
		d.BillingAddress = customer.Address{Lines: []string{"1 Main St"}, City: "Berlin", PostalCode: "10115", Country: "DE"}
		d.PaymentMethod = payments[0]
	case 3:
		d.Name = ""
		paths = append(paths, "name")
	case 4:
		d.Metadata = map[string]string{"tier": "silver"}
	}
	if email == badEmail {
		paths = append(paths, "email")
	}
	return d, paths
}

// customerAt finds a customer by an email, whatever its case.
func (in *realm) customerAt(email string) *customer.Customer {
	for _, c := range known(in) {
		if strings.EqualFold(c.Email, email) {
			return c
		}
	}
	return nil
}

func createCustomer(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d, paths := persons(c.What, c.N)
	d.Key = w.key(c)
	call := func(ctx context.Context, p *platforma.Platform) (customer.Customer, error) {
		return p.Customers.Create(ctx, d)
	}
	return planned(by, call, func(got customer.Customer) (customer.Customer, *refusal) {
		return keyed(r.receiptsOf(by), "customer.create", d.Key, d, func() (func() (string, customer.Customer), *refusal) {
			in, no := r.admit(by, "customer.create", true)
			switch {
			case no != nil:
				return nil, no
			case len(paths) > 0:
				return nil, refuse(fault.ErrInvalid, paths...)
			case in.customerAt(d.Email) != nil:
				return nil, refuse(fault.ErrExists, "email")
			}
			return func() (string, customer.Customer) {
				made := &customer.Customer{
					ID: customer.ID(r.learn("cust", string(got.ID))), TenantID: by.tenant, Name: d.Name, Email: d.Email,
					Company: d.Company, BillingAddress: d.BillingAddress, PaymentMethod: d.PaymentMethod, Metadata: d.Metadata,
					Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				in.customers[string(made.ID)] = made
				in.happened(r, by, "customer", "created", string(made.ID), 1, made)
				return string(made.ID), *made
			}, nil
		}, func(id string) (customer.Customer, *refusal) {
			if made := known(r.tenants[string(by.tenant)])[id]; made != nil {
				return *made, nil
			}
			return customer.Customer{}, refuse(fault.ErrNotFound)
		})
	})
}

// editCustomer changes a customer.
func editCustomer[T any](
	w *world, c command, operation string, seen func(present int64) int64,
	call func(context.Context, *platforma.Platform, customer.ID, int64) (T, error),
	apply func(in *realm, c *customer.Customer) (event string, no *refusal), answer func(customer.Customer) T,
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "cust", everyCustomer)
	expected := seen(present(w, c, id, known, func(c *customer.Customer) int64 { return c.Version }))
	return planned(by, func(ctx context.Context, p *platforma.Platform) (T, error) {
		return call(ctx, p, customer.ID(id), expected)
	}, func(T) (none T, _ *refusal) {
		in, no := r.admit(by, operation, true)
		if no != nil {
			return none, no
		}
		if !idPattern.MatchString(id) {
			return none, refuse(fault.ErrInvalid, "id")
		}
		found := known(in)[id]
		if found == nil {
			return none, refuse(fault.ErrNotFound)
		}
		if conflicts(expected, found.Version) {
			return none, refuse(fault.ErrConflict)
		}
		changed := *found
		event, no := apply(in, &changed)
		if no != nil {
			return none, no
		}
		changed.Version++
		changed.UpdatedAt = r.now
		in.customers[id] = &changed
		in.happened(r, by, "customer", event, id, changed.Version, changed)
		return answer(changed), nil
	})
}

func same[T any](v T) T { return v }

func updateCustomer(w *world, c command) plan {
	d, paths := persons(c.What, c.N)
	change := customer.Change{Name: &d.Name, Email: &d.Email, Metadata: d.Metadata}
	if c.What == 0 {
		change.Name, change.Metadata = nil, map[string]string{}
	}
	return editCustomer(w, c, "customer.update", func(v int64) int64 { return version(c, v) },
		func(ctx context.Context, p *platforma.Platform, id customer.ID, seen int64) (customer.Customer, error) {
			change.Version = seen
			return p.Customers.Update(ctx, id, change)
		}, func(in *realm, found *customer.Customer) (string, *refusal) {
			if len(paths) > 0 {
				return "", refuse(fault.ErrInvalid, paths...)
			}
			if other := in.customerAt(d.Email); other != nil && other.ID != found.ID {
				return "", refuse(fault.ErrExists, "email")
			}
			found.Email = d.Email
			if c.What == 0 {
				found.Metadata = nil
				return "updated", nil
			}
			found.Name = d.Name
			if d.Metadata != nil {
				found.Metadata = d.Metadata
			}
			return "updated", nil
		}, same)
}

func setPayment(w *world, c command) plan {
	return editCustomer(w, c, "customer.payment", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id customer.ID, _ int64) (customer.Customer, error) {
			return p.Customers.SetPaymentMethod(ctx, id, payments[c.What])
		}, func(_ *realm, found *customer.Customer) (string, *refusal) {
			if c.What == 2 {
				return "", refuse(fault.ErrInvalid, "payment_method.token")
			}
			found.PaymentMethod = payments[c.What]
			return "updated", nil
		}, same)
}

// raceCustomer changes a customer's company while somebody else changes how it
// pays: neither change may be lost, and who insists on the version that was
// there before is told that it is gone.
func raceCustomer(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "cust", everyCustomer)
	company := fmt.Sprintf("Company %d", len(w.rules.ids))
	change := customer.Change{
		Company: &company, Version: version(c, present(w, c, id, known, func(c *customer.Customer) int64 { return c.Version })),
	}
	other := who{kind: scope.KindSystem, tenant: by.tenant}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (customer.Customer, error) {
		return p.Customers.Update(context.WithValue(ctx, raced{}, once(func() error {
			_, err := p.Customers.SetPaymentMethod(other.in(context.Background()), customer.ID(id), payments[0])
			return err
		})), customer.ID(id), change)
	}, func(customer.Customer) (none customer.Customer, _ *refusal) {
		in, no := r.admit(by, "customer.update", true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case known(in)[id] == nil:
			return none, refuse(fault.ErrNotFound)
		case conflicts(change.Version, in.customers[id].Version):
			return none, refuse(fault.ErrConflict)
		}
		changed := *in.customers[id]
		changed.PaymentMethod = payments[0]
		in.saveCustomer(r, other, &changed)
		if change.Version != 0 {
			return none, refuse(fault.ErrConflict)
		}
		changed.Company = company
		in.saveCustomer(r, by, &changed)
		return changed, nil
	})
}

// saveCustomer stores the next version of a customer that was edited.
func (in *realm) saveCustomer(r *rules, by who, c *customer.Customer) {
	c.Version++
	c.UpdatedAt = r.now
	kept := *c
	in.customers[string(c.ID)] = &kept
	in.happened(r, by, "customer", "updated", string(c.ID), c.Version, kept)
}

// once does something the first time only. It must not fail.
func once(do func() error) func() {
	done := false
	return func() {
		if done {
			return
		}
		done = true
		if err := do(); err != nil {
			panic(err)
		}
	}
}

func deleteCustomer(w *world, c command) plan {
	return editCustomer(w, c, "customer.delete", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id customer.ID, _ int64) (any, error) {
			return nil, p.Customers.Delete(ctx, id)
		}, func(in *realm, found *customer.Customer) (string, *refusal) {
			if in.alive(found.ID) > 0 || in.processing(found.ID) {
				return "", refuse(fault.ErrState)
			}
			now := w.rules.now
			found.DeletedAt = &now
			return "deleted", nil
		}, func(customer.Customer) any { return nil })
}

// alive counts the resources that are not terminated, of a customer or of all.
func (in *realm) alive(of customer.ID) int {
	count := 0
	for _, res := range in.resources {
		if res.Status != "terminated" && (of == "" || res.CustomerID == of) {
			count++
		}
	}
	return count
}

// processing says whether orders of a customer are being provisioned.
func (in *realm) processing(of customer.ID) bool {
	for _, o := range in.orders {
		if o.CustomerID == of && o.Status == order.StatusProcessing {
			return true
		}
	}
	return false
}

func getCustomer(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "cust", everyCustomer)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (customer.Customer, error) {
		return p.Customers.Get(ctx, customer.ID(id))
	}, func(customer.Customer) (customer.Customer, *refusal) {
		return get(w.rules, by, "customer.get", "cust", id, known)
	})
}

func customerByEmail(w *world, c command) plan {
	by := w.by(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (customer.Customer, error) {
		return p.Customers.ByEmail(ctx, emails[c.N])
	}, func(customer.Customer) (none customer.Customer, _ *refusal) {
		in, no := w.rules.admit(by, "customer.get", false)
		if no != nil {
			return none, no
		}
		if c.N == badEmail {
			return none, refuse(fault.ErrInvalid, "email")
		}
		if found := in.customerAt(emails[c.N]); found != nil {
			return *found, nil
		}
		return none, refuse(fault.ErrNotFound)
	})
}

func listCustomers(w *world, c command) plan {
	q := customer.Query{}
	var bad *refusal
	matches := func(customer.Customer) bool { return true }
	switch c.What {
	case 1:
		q.Name = "ada"
		matches = func(c customer.Customer) bool { return strings.HasPrefix(c.Name, "Ada") }
	case 2:
		q.Name = "HOP engi" // no accent, no case, two words, the beginnings of both
		matches = func(c customer.Customer) bool { return c.Name == "Grace Höpper" && c.Company == "Engines Ltd" }
	case 3:
		q.Metadata = map[string]string{"tier": "gold"}
		matches = func(c customer.Customer) bool { return c.Metadata["tier"] == "gold" }
	case 4:
		q.Metadata, bad = map[string]string{"": "gold"}, refuse(fault.ErrInvalid, "metadata key")
	}
	return listing[customer.Customer]{
		kind: "customer", operation: "customer.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[customer.Customer], error) {
			q.Request = r
			return p.Customers.List(ctx, q)
		},
		all: func(in *realm) []customer.Customer { return matching(known(in), matches) },
		key: func(c customer.Customer) string { return string(c.ID) },
	}.plan(w, c)
}
