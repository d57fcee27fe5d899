package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// isolation looks at everything of Acme's with Globex's eyes: its lists are
// empty, and what it asks for by an id does not exist.
func (s *story) isolation(ctx context.Context) error {
	acmes, err := s.belongings(ctx)
	if err != nil {
		return err
	}
	ctx = tenant.NewContext(ctx, s.globex.ID)
	globexs, err := s.belongings(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"LIST", "ACME HAS", "GLOBEX SEES", "BY ID, GLOBEX GETS"}}
	for i, mine := range acmes {
		theirs := globexs[i]
		if mine.number == 0 || theirs.number != 0 {
			return fmt.Errorf("of %s, Acme has %d and Globex sees %d", mine.list, mine.number, theirs.number)
		}
		err := mine.get(ctx)
		if !errors.Is(err, platforma.ErrNotFound) {
			return fmt.Errorf("one of Acme's %s is not hidden from Globex: %w", mine.list, err)
		}
		rows = append(rows, append(row(mine.list, mine.number, theirs.number), err.Error()))
	}
	s.screen.table(rows...)
	return s.intruder(ctx)
}

// intruder is Acme's Grace, in Globex's scope.
func (s *story) intruder(ctx context.Context) error {
	_, err := s.Orders.Get(tenant.AsUser(ctx, s.globex.ID, s.grace.ID), s.order.ID)
	if !errors.Is(err, platforma.ErrForbidden) {
		return fmt.Errorf("a user of Acme can act for Globex: %w", err)
	}
	s.screen.printf("Acme's Grace, for Globex: %v", err)
	return nil
}

// belonging is one of a tenant's lists: how long it is, and how to get the last
// of its entities by the id.
type belonging struct {
	list   string
	number int
	get    func(context.Context) error
}

// belongings are what the scope's tenant has.
func (s *story) belongings(ctx context.Context) ([]belonging, error) {
	var all []belonging
	var failed []error
	add := func(b belonging, err error) { all, failed = append(all, b), append(failed, err) }
	add(belongingOf("users", s.Tenants.AllUsers(ctx, tenant.UserQuery{}), s.Tenants.User,
		func(u tenant.User) tenant.UserID { return u.ID }))
	add(belongingOf("customers", s.Customers.All(ctx, customer.Query{}), s.Customers.Get,
		func(c customer.Customer) customer.ID { return c.ID }))
	add(belongingOf("products", s.Catalog.All(ctx, catalog.Query{}), s.Catalog.Get,
		func(p catalog.Product) catalog.ID { return p.ID }))
	add(belongingOf("orders", s.Orders.All(ctx, order.Query{}), s.Orders.Get,
		func(o order.Order) order.ID { return o.ID }))
	add(belongingOf("resources", s.Resources.All(ctx, resource.Query{}), s.Resources.Get,
		func(r resource.Resource) resource.ID { return r.ID }))
	add(belongingOf("clusters", s.Resources.AllClusters(ctx, resource.ClusterQuery{}), s.Resources.Cluster,
		func(c resource.Cluster) resource.ClusterID { return c.ID }))
	add(belongingOf("networks", s.Resources.AllNetworks(ctx, resource.NetworkQuery{}), s.Resources.Network,
		func(n resource.Network) resource.NetworkID { return n.ID }))
	return all, errors.Join(failed...)
}

func belongingOf[T any, ID ~string](
	name string, list iter.Seq2[T, error], get func(context.Context, ID) (T, error), id func(T) ID,
) (belonging, error) {
	b := belonging{list: name}
	var last ID
	for one, err := range list {
		if err != nil {
			return b, err
		}
		b.number++
		last = id(one)
	}
	b.get = func(ctx context.Context) error {
		_, err := get(ctx, last)
		return err
	}
	return b, nil
}
