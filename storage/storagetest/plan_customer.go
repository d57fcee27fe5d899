package storagetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// keyed is a commit with everything that one can have: two events, a receipt
// whose key is the subject, and a delivery.
func (s *session) keyed(of scope.TenantID, service, subject string, version int64, terms ...page.Term) event.Commit {
	c := s.commit(of, service, "changed", subject, version, terms...)
	c.Events = append(c.Events, s.commit(of, service, "noted", subject+"/note", version).Events...)
	c.Receipt = &event.Receipt{Operation: service + ".keyed", Key: subject, Hash: "h", Entity: subject}
	c.Delivery = &scope.Delivery{Subscription: "mirror", Event: s.ids.New(event.Prefix)}
	return c
}

// bulk is metadata of the usual size.
func bulk() map[string]string { return map[string]string{"note": strings.Repeat("some words ", 50)} }

// grownWords is by how many words each is found at most.
const grownWords = 8

// wordsOf are the words by which one of many is found: one that every second has,
// one that begins like that of every second, and one that few have.
func wordsOf(i int) []page.Term {
	terms := []page.Term{
		{Key: "name", Value: inTurn(i, "common", "usual")},
		{Key: "name", Value: fmt.Sprintf("%s%02d", inTurn(i, "even", "odd"), i%grownRows)},
	}
	for n := range grownWords - len(terms) - 1 {
		terms = append(terms, page.Term{Key: fmt.Sprintf("metadata.%d", n), Value: strconv.Itoa(i)})
	}
	if rare(i) {
		terms = append(terms, page.Term{Key: "metadata.tier", Value: "gold"})
	}
	return terms
}

// matches are ways to ask for words, each with what it may look at.
func matches() map[string]struct {
	limit
	ask []page.Match
} {
	common := page.Match{Term: page.Term{Key: "name", Value: "usual"}}
	gold := page.Match{Term: page.Term{Key: "metadata.tier", Value: "gold"}}
	some := page.Match{Term: page.Term{Key: "name", Value: "odd1"}, Prefix: true}
	most := page.Match{Term: page.Term{Key: "name", Value: "od"}, Prefix: true}
	return map[string]struct {
		limit
		ask []page.Match
	}{
		"no word":                      {ofPage, nil},
		"a word that every second has": {ofPage, []page.Match{common}},
		"a word that few have":         {ofPage, []page.Match{gold}},
		"how many words begin":         {ofMatches, []page.Match{most}},
		"two words":                    {ofMatches, []page.Match{common, gold}},
		"a word, and how some begin":   {ofMatches, []page.Match{gold, some}},
		"how two begin":                {ofWords, []page.Match{most, some}},
	}
}

func customerPlans(t *testing.T, s *session) {
	p := s.plans(t)
	var grown []customer.Customer
	acme := s.grow(t, func(of scope.TenantID, rows int) {
		for i := range rows {
			c := s.draftCustomer(of, fmt.Sprintf("c%d@example.com", i))
			c.Metadata = bulk()
			must(t, s.Customers().Create(in(of), c, s.keyed(of, "customer", string(c.ID), 1, wordsOf(i)...)))
			grown = append(grown, c)
		}
	})

	store := s.Customers()
	p.within("a customer", byKey, func() { get(store.Get(in(acme), grown[3].ID))(t) })
	p.within("a customer by email", byKey, func() { get(store.ByEmail(in(acme), "c3@example.com"))(t) })
	for what, m := range matches() {
		for _, w := range windows(string(grown[grownRows/2].ID)) {
			p.within(fmt.Sprintf("customers by %s %+v", what, w), m.limit, func() { get(store.List(in(acme), m.ask, w))(t) })
		}
	}

	for n := range 3 {
		c := s.draftCustomer(acme, fmt.Sprintf("new%d@example.com", n))
		p.within("a creation of a customer", byKey, func() {
			must(t, store.Create(in(acme), c, s.keyed(acme, "customer", string(c.ID), 1, wordsOf(7)[:n]...)))
		})
		c.Version, c.DeletedAt = 2, &s.now
		p.within("a save of a customer", byKey, func() {
			must(t, store.Save(in(acme), c, s.commit(acme, "customer", "deleted", string(c.ID), 2, wordsOf(8)[:n]...)))
		})
		c.Version = 3
		known := s.commit(acme, "customer", "deleted", string(c.ID), 3, wordsOf(7)...)
		known.Former = wordsOf(8)
		p.within("a save of a customer whose terms are known", byKey, func() { must(t, store.Save(in(acme), c, known)) })
		p.within("a receipt of a customer", byKey, func() { get(store.Receipt(in(acme), "customer.keyed", string(c.ID)))(t) })
	}
}
