package storagetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func orderClauses() []clause {
	return []clause{
		{"order/round trip", "what is read back is what was stored, to the last digit, byte and microsecond", orderRoundTrip},
		{"order/every status", "every status and phase of the state tables can be stored", orderStatuses},
		{"order/ids are taken once", "an order's id is unique in its tenant and free in another; a refused order leaves nothing", orderIDs},
		{"order/items keep their order", "a customer finds the items as they were ordered, however many there are", orderItems},
		{"order/save", "a save moves the order and its items, and leaves what was sold as it was", orderSave},
		{"order/save compares versions", "a stale version is ErrConflict and leaves order, items and terms alone", orderVersions},
		{"order/save many", "many orders are saved all or none, each with its own terms", orderSaveMany},
		{"order/list filters", "filters are equality, a range of time and terms; Count counts what List would read", orderFilters},
		{"order/list pages", "the list neither skips nor repeats an order, in both directions, each with its own items", orderPages},
	}
}

// draftOrder is a pending order of some items.
func (s *session) draftOrder(of scope.TenantID, by customer.ID, items int) order.Order {
	o := order.Order{
		ID: order.ID(s.ids.New("ord")), TenantID: of, CustomerID: by, Status: order.StatusPending,
		Phase: order.PhaseAwaitingApproval, Attempt: 1, TotalAmount: "0.00", Currency: "USD",
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	for n := range items {
		o.Items = append(o.Items, order.Item{
			ID: order.ItemID(s.ids.New("item")), ProductID: catalog.ID(s.ids.New("prod")), SKU: fmt.Sprintf("sku-%d", n),
			Name: "Small", Quantity: 1, Snapshot: []byte(`{}`), Amount: "0.00", Status: order.ItemPending,
		})
	}
	return o
}

func (s *session) commitOrder(o order.Order, name string, terms ...page.Term) event.Commit {
	return s.commit(o.TenantID, "order", name, string(o.ID), o.Version, terms...)
}

func (s *session) addOrder(t *testing.T, o order.Order, terms ...page.Term) order.Order {
	t.Helper()
	must(t, s.Orders().Create(in(o.TenantID), o, s.commitOrder(o, "placed", terms...)))
	return o
}

func orderRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	bare := s.addOrder(t, s.draftOrder(acme.ID, customerA, 0))
	same(t, "an order with nothing in it", get(s.Orders().Get(in(acme.ID), bare.ID))(t), bare)

	rate := get(money.NewRate("-999999999999999999.999999999999", "KWD"))(t)
	later := s.now.Add(time.Microsecond)
	o := s.draftOrder(acme.ID, customer.ID(s.ids.New("cust")), 3)
	o.Status, o.Phase, o.Attempt, o.ProvisionedAt = order.StatusProvisioned, order.PhaseAtRest, 1<<31, &later
	o.TotalAmount, o.Currency = strings.Repeat("9", 35)+".990", "KWD"
	o.ApprovedBy, o.ApprovedAt = s.ids.New("usr"), &later
	o.Failure = strings.Repeat("Ж", 600) + "'\"\\ $1 ? \n"
	o.Metadata = map[string]string{"cart": "7f3a", "ключ": "значение 🦊", "empty": ""}
	full := &o.Items[0]
	full.SKU, full.Name = strings.Repeat("V", 64), strings.Repeat("Ω", 200)
	full.Quantity, full.Region, full.ResourceType = 1<<53+1, "nyc1", catalog.TypeLoadBalancer
	full.Configuration = map[string]string{"disk_gib": "80", "image": "debian 13 \"<&>\""}
	full.Rates = []order.Rate{
		{Rule: "base", Period: catalog.PeriodHour, Unit: "vcpus", Rate: rate}, {Rule: "setup", Period: catalog.PeriodOnce},
	}
	// These bytes explain an invoice years later; JSON that was read and written
	// again would have lost the spaces, the zeros and the escapes.
	full.Snapshot = []byte("{ \"b\":1.50e0,\t\"a\" : \"<&>\\u00e9é🦊\",\n \"b2\":null }")
	full.Amount, full.Status = "-"+strings.Repeat("1", 35)+".000", order.ItemProvisioned
	o.Items[1].Amount = "1000000000000000000000.000"
	o.Items[2].Amount = "0.001"
	s.addOrder(t, o)
	same(t, "the order", get(s.Orders().Get(in(acme.ID), o.ID))(t), o)
	listed := get(s.Orders().List(in(acme.ID), order.Query{}, nil, page.Window{Limit: 9}))(t)
	same(t, "the list", listed, []order.Order{bare, o})
	same(t, "the snapshot", string(listed[1].Items[0].Snapshot), string(full.Snapshot))
}

func orderStatuses(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	for _, status := range order.Lifecycle().States {
		for _, phase := range order.Phases(status) {
			o := s.draftOrder(acme.ID, customerA, 0)
			o.Status, o.Phase = status, phase
			if status == order.StatusProvisioned {
				o.ProvisionedAt = &s.now
			}
			s.addOrder(t, o)
			same(t, "a "+string(status)+" order", get(s.Orders().Get(in(acme.ID), o.ID))(t), o)
		}
	}
	o := s.draftOrder(acme.ID, customerA, len(order.ItemLifecycle().States))
	for i, status := range order.ItemLifecycle().States {
		o.Items[i].Status = status
	}
	s.addOrder(t, o)
	same(t, "the items", get(s.Orders().Get(in(acme.ID), o.ID))(t), o)
}

func orderIDs(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	o := s.addOrder(t, s.draftOrder(acme.ID, customerA, 1))
	again := s.draftOrder(acme.ID, customerB, 2)
	again.ID = o.ID
	term := page.Term{Key: "open", Value: customerB}
	refused(t, s.Orders().Create(in(acme.ID), again, s.commitOrder(again, "placed", term)), fault.ErrExists, "id")
	twin := s.draftOrder(acme.ID, customerB, 2)
	twin.Items[1].ID = twin.Items[0].ID
	refused(t, s.Orders().Create(in(acme.ID), twin, s.commitOrder(twin, "placed", term)), fault.ErrExists, "id")
	same(t, "the orders", get(s.Orders().List(in(acme.ID), order.Query{}, nil, page.Window{Limit: 9}))(t), []order.Order{o})
	same(t, "orders of the terms", get(s.Orders().Count(in(acme.ID), order.Query{}, []page.Match{{Term: term}}))(t), int64(0))

	theirs := o
	theirs.TenantID = other.ID
	s.addOrder(t, theirs)
	same(t, "the other tenant's", get(s.Orders().Get(in(other.ID), o.ID))(t), theirs)
}

func orderItems(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	o := s.draftOrder(acme.ID, customerA, catalog.MaxItems)
	// Neither the ids' order nor that of the first digit of a place is meant.
	for i := range len(o.Items) / 2 {
		j := len(o.Items) - 1 - i
		o.Items[i].ID, o.Items[j].ID = o.Items[j].ID, o.Items[i].ID
	}
	s.addOrder(t, o)
	same(t, "the order", get(s.Orders().Get(in(acme.ID), o.ID))(t), o)
	same(t, "the list", get(s.Orders().List(in(acme.ID), order.Query{}, nil, page.Window{Limit: 9}))(t), []order.Order{o})
}

// progress is the next version of an order, whose first item failed.
func (s *session) progress(o order.Order) order.Order {
	o.Items = append([]order.Item(nil), o.Items...)
	o.Version++
	o.UpdatedAt = o.UpdatedAt.Add(time.Second)
	o.Status, o.Phase, o.Failure = order.StatusFailed, order.PhaseTakingDown, "no room"
	if len(o.Items) > 0 {
		o.Items[0].Status = order.ItemFailed
	}
	return o
}

func orderSave(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	bystander := s.addOrder(t, s.draftOrder(acme.ID, customerA, 2))
	o := s.addOrder(t, s.draftOrder(acme.ID, customerA, 2))
	failed := s.progress(o)
	must(t, s.Orders().Save(in(acme.ID), failed, s.commitOrder(failed, "failed")))
	same(t, "the failed order", get(s.Orders().Get(in(acme.ID), o.ID))(t), failed)

	done := failed
	done.Items = append([]order.Item(nil), failed.Items...)
	done.Version, done.Attempt, done.Status, done.Phase, done.Failure = 3, 2, order.StatusProvisioned, order.PhaseAtRest, ""
	done.ApprovedBy, done.ApprovedAt, done.ProvisionedAt = "host", &s.now, &s.now
	for i := range done.Items {
		done.Items[i].Status = order.ItemProvisioned
	}
	must(t, s.Orders().Save(in(acme.ID), done, s.commitOrder(done, "provisioned")))
	same(t, "the order", get(s.Orders().Get(in(acme.ID), o.ID))(t), done)

	sold := done
	sold.Version, sold.Items = 4, append([]order.Item(nil), done.Items...)
	sold.Items[0].Name, sold.Items[0].Amount, sold.Items[0].Snapshot = "Dear", "99.00", []byte(`{"dear":true}`)
	must(t, s.Orders().Save(in(acme.ID), sold, s.commitOrder(sold, "provisioned")))
	same(t, "what was sold", get(s.Orders().Get(in(acme.ID), o.ID))(t).Items, done.Items)
	same(t, "another order", get(s.Orders().Get(in(acme.ID), bystander.ID))(t), bystander)
}

func orderVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	open := page.Term{Key: "open", Value: customerA}
	o := s.addOrder(t, s.draftOrder(acme.ID, customerA, 1), open)
	for _, version := range []int64{1, 3, 0} {
		stale := s.progress(o)
		stale.Version = version
		refused(t, s.Orders().Save(in(acme.ID), stale, s.commitOrder(stale, "failed")), fault.ErrConflict, "")
	}
	nobodys := s.progress(s.draftOrder(acme.ID, customerA, 1))
	refused(t, s.Orders().Save(in(acme.ID), nobodys, s.commitOrder(nobodys, "failed")), fault.ErrConflict, "")
	found := get(s.Orders().List(in(acme.ID), order.Query{}, []page.Match{{Term: open}}, page.Window{Limit: 9}))(t)
	same(t, "the orders", found, []order.Order{o})
}

func orderSaveMany(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	term := func(value string) page.Term { return page.Term{Key: "open", Value: value} }
	find := func(value string) []order.Order {
		return get(s.Orders().List(in(acme.ID), order.Query{}, []page.Match{{Term: term(value)}}, page.Window{Limit: 9}))(t)
	}
	a := s.addOrder(t, s.draftOrder(acme.ID, customerA, 2), term("before"))
	b := s.addOrder(t, s.draftOrder(acme.ID, customerA, 0), term("before"))
	afterA, afterB := s.progress(a), s.progress(b)

	stale := afterB
	stale.Version = 1
	err := s.Orders().SaveMany(in(acme.ID), []order.Saved{{Order: afterA, Terms: nil}, {Order: stale}}, s.commitOrder(afterA, "failed"))
	refused(t, err, fault.ErrConflict, "")
	same(t, "the orders", find("before"), []order.Order{a, b})

	must(t, s.Orders().SaveMany(in(acme.ID), []order.Saved{
		{Order: afterA, Terms: []page.Term{term("a"), term("both")}}, {Order: afterB, Terms: []page.Term{term("both")}},
	}, s.commitOrder(afterA, "failed")))
	same(t, "what they were found by", len(find("before")), 0)
	same(t, "the first", find("a"), []order.Order{afterA})
	same(t, "both", find("both"), []order.Order{afterA, afterB})

	afterA.Version, afterB.Version = 3, 3
	must(t, s.Orders().SaveMany(in(acme.ID), []order.Saved{
		{Order: afterA, Terms: []page.Term{term("both")}, Former: []page.Term{term("a"), term("both")}},
		{Order: afterB, Terms: []page.Term{term("b")}, Former: []page.Term{term("both")}},
	}, s.commitOrder(afterA, "failed")))
	same(t, "what the first was known to be found by", len(find("a")), 0)
	same(t, "what stays", find("both"), []order.Order{afterA})
	same(t, "what is new", find("b"), []order.Order{afterB})
}

func orderFilters(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	product := func(value string) page.Term { return page.Term{Key: "product", Value: value} }
	gold := page.Term{Key: "metadata.tier", Value: "gold"}
	var all []order.Order
	for n, terms := range [][]page.Term{{product("x")}, {product("x"), gold}, {product("y"), gold}, {}} {
		o := s.draftOrder(acme.ID, customer.ID(numbered("cust", n/2)), 1)
		o.CreatedAt = s.now.Add(time.Duration(n) * time.Microsecond)
		if n%2 == 1 {
			o = s.progress(o)
			o.Version = 1
		}
		all = append(all, s.addOrder(t, o, terms...))
		theirs := o
		theirs.TenantID = other.ID
		s.addOrder(t, theirs, terms...)
	}
	at := func(n int) time.Time { return all[n].CreatedAt }
	zone := time.FixedZone("", -7*3600)
	for what, c := range map[string]struct {
		query   order.Query
		matches []page.Match
		want    []order.Order
	}{
		"all":                     {order.Query{}, nil, all},
		"a customer's":            {order.Query{Customer: customerA}, nil, all[:2]},
		"nobody's":                {order.Query{Customer: customer.ID(numbered("cust", 9))}, nil, nil},
		"the failed":              {order.Query{Status: order.StatusFailed}, nil, []order.Order{all[1], all[3]}},
		"a customer's failed":     {order.Query{Customer: customerB, Status: order.StatusFailed}, nil, all[3:]},
		"from a moment on":        {order.Query{From: at(2)}, nil, all[2:]},
		"before a moment":         {order.Query{To: at(2)}, nil, all[:2]},
		"in between":              {order.Query{From: at(1).In(zone), To: at(3).In(zone)}, nil, all[1:3]},
		"of a product":            {order.Query{}, []page.Match{{Term: product("x")}}, all[:2]},
		"of a product, gold":      {order.Query{}, []page.Match{{Term: product("x")}, {Term: gold}}, all[1:2]},
		"a customer's of product": {order.Query{Customer: customerB}, []page.Match{{Term: gold}}, all[2:3]},
		"fields that are terms":   {order.Query{Product: "x", Metadata: map[string]string{"tier": "gold"}}, nil, all},
	} {
		found := get(s.Orders().List(in(acme.ID), c.query, c.matches, page.Window{Limit: 9}))(t)
		same(t, what, found, c.want)
		same(t, "the number of "+what, get(s.Orders().Count(in(acme.ID), c.query, c.matches))(t), int64(len(c.want)))
	}
}

func orderPages(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	var all, reversed []order.Order
	for n := range 7 {
		o := s.addOrder(t, s.draftOrder(acme.ID, customerA, n%3), page.Term{Key: "open", Value: customerA})
		s.addOrder(t, s.draftOrder(other.ID, customerA, n%3), page.Term{Key: "open", Value: customerA})
		all, reversed = append(all, o), append([]order.Order{o}, reversed...)
	}
	for _, newest := range []bool{false, true} {
		for _, matches := range [][]page.Match{nil, {{Term: page.Term{Key: "open", Value: customerA}}}} {
			var got []order.Order
			w := page.Window{Limit: 3, Newest: newest}
			for range all {
				next := get(s.Orders().List(in(acme.ID), order.Query{Status: order.StatusPending}, matches, w))(t)
				if len(next) == 0 {
					break
				}
				got = append(got, next...)
				w.After = string(next[len(next)-1].ID)
			}
			want := all
			if newest {
				want = reversed
			}
			same(t, "the list", got, want)
		}
	}
}
