package storagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

func customerClauses() []clause {
	return []clause{
		{"customer/round trip", "what is read back is what was stored, to the last field and microsecond", customerRoundTrip},
		{"customer/save compares versions", "a save with a stale version is ErrConflict, so that no update is lost", customerVersions},
		{"customer/delete frees the email", "a deleted customer is not found and its email can be used again", customerDelete},
		{"customer/list finds by terms", "filters are the terms, by equality and by prefix, in the order of ids", customerTerms},
	}
}

func (s *session) draftCustomer(of tenant.ID, email string) customer.Customer {
	return customer.Customer{
		ID: customer.ID(s.ids.New("cust")), TenantID: of, Name: "Ada Lovelace", Email: email,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func (s *session) addCustomer(t *testing.T, c customer.Customer, terms ...page.Term) customer.Customer {
	t.Helper()
	must(t, s.Customers().Create(in(c.TenantID), c, s.commit(c.TenantID, "customer", "created", string(c.ID), 1, terms...)))
	return c
}

func customerRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	c := s.draftCustomer(acme.ID, "Ada@Example.com")
	c.Name, c.Company = strings.Repeat("Ж", 200), "O'Hara & \"Söhne\" \\ $1 ?"
	c.BillingAddress = customer.Address{
		Lines: []string{"12 St James's Square", "Flat 3"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB",
	}
	c.PaymentMethod = customer.PaymentMethod{
		Kind: customer.PaymentCard, Provider: "stripe", Token: "pm_1", Brand: "visa", LastFour: "4242", Expiry: "2029-04",
	}
	c.Metadata = map[string]string{"tier": "gold", "ключ": "значение", "empty": ""}
	s.addCustomer(t, c)
	same(t, "the customer", get(s.Customers().Get(in(acme.ID), c.ID))(t), c)
	same(t, "the customer by email", get(s.Customers().ByEmail(in(acme.ID), "ada@example.com"))(t), c)

	c.Version, c.Name, c.Metadata, c.BillingAddress = 2, "Ada", nil, customer.Address{}
	must(t, s.Customers().Save(in(acme.ID), c, s.commit(acme.ID, "customer", "updated", string(c.ID), 2)))
	same(t, "the saved customer", get(s.Customers().Get(in(acme.ID), c.ID))(t), c)
}

func customerVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	c := s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	for _, version := range []int64{1, 3} {
		stale := c
		stale.Version, stale.Name = version, "stale"
		err := s.Customers().Save(in(acme.ID), stale, s.commit(acme.ID, "customer", "updated", string(c.ID), version))
		refused(t, err, fault.ErrConflict, "")
	}
	same(t, "the customer", get(s.Customers().Get(in(acme.ID), c.ID))(t), c)
}

func customerDelete(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	c := s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	c.Version, c.DeletedAt = 2, &s.now
	must(t, s.Customers().Save(in(acme.ID), c, s.commit(acme.ID, "customer", "deleted", string(c.ID), 2)))
	_, err := s.Customers().Get(in(acme.ID), c.ID)
	refused(t, err, fault.ErrNotFound, "")
	_, err = s.Customers().ByEmail(in(acme.ID), "ada@example.com")
	refused(t, err, fault.ErrNotFound, "")
	same(t, "the list", len(get(s.Customers().List(in(acme.ID), nil, page.Window{Limit: 9}))(t)), 0)
	s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
}

func customerTerms(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	name := func(v string) page.Term { return page.Term{Key: "name", Value: v} }
	gold := page.Term{Key: "metadata.tier", Value: "gold"}
	var all []customer.Customer
	for i, terms := range [][]page.Term{{name("ada"), gold}, {name("adam"), name("adana")}, {name("ad\U0010FFFF"), gold}, {name("ae")}} {
		all = append(all, s.addCustomer(t, s.draftCustomer(acme.ID, fmt.Sprintf("u%d@example.com", i)), terms...))
		s.addCustomer(t, s.draftCustomer(other.ID, fmt.Sprintf("u%d@example.com", i)), terms...)
	}
	find := func(matches ...page.Match) []customer.Customer {
		return get(s.Customers().List(in(acme.ID), matches, page.Window{Limit: 9}))(t)
	}
	same(t, "all", find(), all)
	same(t, "a prefix", find(page.Match{Term: name("ada"), Prefix: true}), all[:2])
	same(t, "an exact word", find(page.Match{Term: name("ada")}), all[:1])
	same(t, "two terms", find(page.Match{Term: name("ad"), Prefix: true}, page.Match{Term: gold}),
		[]customer.Customer{all[0], all[2]})

	all[0].Version = 2
	must(t, s.Customers().Save(in(acme.ID), all[0], s.commit(acme.ID, "customer", "updated", string(all[0].ID), 2, name("zoe"))))
	same(t, "a replaced term", len(find(page.Match{Term: name("ada")})), 0)
	same(t, "its replacement", find(page.Match{Term: name("zoe")}), all[:1])
}
