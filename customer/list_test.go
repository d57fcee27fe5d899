package customer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func TestCustomersAreFound(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, _ := h.in(t)
	there, _ := h.in(t)
	for _, d := range []customer.Draft{
		{Name: "Ada Lovelace", Company: "Analytical Engines", Metadata: map[string]string{"tier": "gold", "region": "eu"}},
		{Name: "Zoë Ångström", Company: "Söhne & Co.", Metadata: map[string]string{"tier": "gold"}},
		{Name: "Adam Smith", Metadata: map[string]string{"tier": "Gold"}},
		{Name: "Иван Жёлудев", Metadata: map[string]string{"empty": ""}},
		{Name: "東京 タワー"},
	} {
		d.Email = "u" + string(rune('a'+len(h.names(t, ctx, customer.Query{})))) + "@example.com"
		_, err := h.Create(ctx, d)
		require.NoError(t, err)
		_, err = h.Create(there, d)
		require.NoError(t, err)
	}
	for _, row := range []struct {
		name     string
		metadata map[string]string
		want     []string
	}{
		{"ada", nil, []string{"Ada Lovelace", "Adam Smith"}},
		{"ADA", nil, []string{"Ada Lovelace", "Adam Smith"}},
		{"adá", nil, []string{"Ada Lovelace", "Adam Smith"}},
		{"love", nil, []string{"Ada Lovelace"}},
		{"lace", nil, []string{}},
		{"engines ada", nil, []string{"Ada Lovelace"}},
		{"a l", nil, []string{"Ada Lovelace"}},
		{"ada smith", nil, []string{"Adam Smith"}},
		{"zoe", nil, []string{"Zoë Ångström"}},
		{"ZOÉ ang", nil, []string{"Zoë Ångström"}},
		{"sohne", nil, []string{"Zoë Ångström"}},
		{"желу", nil, []string{"Иван Жёлудев"}},
		{"東", nil, []string{"東京 タワー"}},
		{"ada", map[string]string{"tier": "gold"}, []string{"Ada Lovelace"}},
		{"", map[string]string{"tier": "gold"}, []string{"Ada Lovelace", "Zoë Ångström"}},
		{"", map[string]string{"tier": "gold", "region": "eu"}, []string{"Ada Lovelace"}},
		{"", map[string]string{"tier": "gol"}, []string{}},
		{"", map[string]string{"empty": ""}, []string{"Иван Жёлудев"}},
		{"", map[string]string{"region": ""}, []string{}},
		{"nobody", nil, []string{}},
		{"' OR 1=1 --", nil, []string{}},
	} {
		require.Equal(t, row.want, h.names(t, ctx, customer.Query{Name: row.name, Metadata: row.metadata}), "%q %v", row.name, row.metadata)
	}
	_, err := h.List(ctx, customer.Query{Name: "a\x00", Metadata: map[string]string{"": ""}})
	refused(t, err, fault.ErrInvalid, "name", "metadata key")
}

func TestWhatChangesIsFoundAnew(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, _ := h.in(t)
	c, err := h.Create(ctx, draft())
	require.NoError(t, err)
	name := "Grace"
	_, err = h.Update(ctx, c.ID, customer.Change{Name: &name, Metadata: map[string]string{"tier": "iron"}})
	require.NoError(t, err)
	require.Empty(t, h.names(t, ctx, customer.Query{Name: "lovelace"}))
	require.Empty(t, h.names(t, ctx, customer.Query{Metadata: map[string]string{"tier": "gold"}}))
	require.Equal(t, []string{"Grace"}, h.names(t, ctx, customer.Query{Name: "gra", Metadata: map[string]string{"tier": "iron"}}))
	require.Equal(t, []string{"Grace"}, h.names(t, ctx, customer.Query{Name: "engines"}))
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, _ := h.in(t)
	there, _ := h.in(t)
	all := []string{"Ada", "Bob", "Cyd", "Dan", "Eve"}
	for _, name := range all {
		h.create(t, ctx, name, name+"@example.com")
	}
	q := customer.Query{Request: page.Request{Limit: 2}}
	require.Equal(t, all, h.names(t, ctx, q))
	q.Newest = true
	require.Equal(t, []string{"Eve", "Dan", "Cyd", "Bob", "Ada"}, h.names(t, ctx, q))
	first, err := h.List(ctx, q)
	require.NoError(t, err)
	require.Len(t, first.Items, 2)
	q.After = first.Next
	for what, ask := range map[string]func() error{
		"another tenant's": func() error { _, err := h.List(there, q); return err },
		"another filter's": func() error { q := q; q.Name = "a"; _, err := h.List(ctx, q); return err },
		"another order's":  func() error { q := q; q.Newest = false; _, err := h.List(ctx, q); return err },
		"garbage":          func() error { q := q; q.After = "x"; _, err := h.List(ctx, q); return err },
	} {
		err := ask()
		require.ErrorContains(t, err, "after", what)
		refused(t, err, fault.ErrInvalid, "after")
	}
	_, err = h.List(ctx, customer.Query{Request: page.Request{Limit: 501}})
	refused(t, err, fault.ErrInvalid, "limit")
	for _, err := range h.All(t.Context(), customer.Query{}) {
		refused(t, err, fault.ErrNoScope)
	}
}

// Another tenant's customer answers as one that does not exist, to the byte.
func TestOtherTenantsCustomersAreNotThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, _ := h.in(t)
	there, _ := h.in(t)
	c := h.create(t, ctx, "Ada", "ada@example.com")
	missing := c.ID[:len(c.ID)-1] + "0"
	if missing == c.ID {
		missing = c.ID[:len(c.ID)-1] + "1"
	}
	name := "Eve"
	for what, ask := range map[string]func(customer.ID) error{
		"get":    func(id customer.ID) error { _, err := h.Get(there, id); return err },
		"update": func(id customer.ID) error { _, err := h.Update(there, id, customer.Change{Name: &name}); return err },
		"update of a version": func(id customer.ID) error {
			_, err := h.Update(there, id, customer.Change{Name: &name, Version: 1})
			return err
		},
		"payment": func(id customer.ID) error {
			_, err := h.SetPaymentMethod(there, id, customer.PaymentMethod{})
			return err
		},
		"delete": func(id customer.ID) error { return h.Delete(there, id) },
	} {
		theirs, nobodys := ask(c.ID), ask(missing)
		refused(t, theirs, fault.ErrNotFound)
		require.Equal(t, strings.ReplaceAll(nobodys.Error(), string(missing), string(c.ID)), theirs.Error(), what)
		var a, b *fault.Error
		require.ErrorAs(t, theirs, &a)
		require.ErrorAs(t, nobodys, &b)
		a.ID = string(missing)
		require.Equal(t, a, b, what)
	}
	_, err := h.ByEmail(there, "ada@example.com")
	refused(t, err, fault.ErrNotFound)
	require.Empty(t, h.asked, "no guard hears of it")
	got, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
}

func TestUsersDoWhatTheyMay(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	c := h.create(t, ctx, "Ada", "ada@example.com")
	const nobody = customer.ID("cust_01h455vb4pex5vsknk084sn02q")
	calls := map[tenant.Permission]func(context.Context) error{
		"customer.create": func(ctx context.Context) error { _, err := h.Create(ctx, customer.Draft{Key: "k"}); return err },
		"customer.get": func(ctx context.Context) error {
			_, byID := h.Get(ctx, c.ID)
			_, byEmail := h.ByEmail(ctx, c.Email)
			return errors.Join(byID, byEmail)
		},
		"customer.list":   func(ctx context.Context) error { _, err := h.List(ctx, customer.Query{}); return err },
		"customer.update": func(ctx context.Context) error { _, err := h.Update(ctx, nobody, customer.Change{}); return err },
		"customer.payment": func(ctx context.Context) error {
			_, err := h.SetPaymentMethod(ctx, nobody, customer.PaymentMethod{})
			return err
		},
		"customer.delete": func(ctx context.Context) error { return h.Delete(ctx, nobody) },
	}
	require.Len(t, calls, len(customer.Permissions()), "every permission has its operation")
	for _, permission := range customer.Permissions() {
		user := h.user(t, acme, strings.ReplaceAll(string(permission), "customer.", ""), permission)
		for other, call := range calls {
			err := call(user)
			if permission == other {
				require.NotErrorIs(t, err, fault.ErrForbidden, permission)
				continue
			}
			refused(t, err, fault.ErrForbidden)
			require.ErrorContains(t, err, string(other))
		}
	}
	writer := h.user(t, acme, "writer", "customer.*")
	by, err := scope.From(writer)
	require.NoError(t, err)
	h.create(t, writer, "Bob", "bob@example.com")
	_, events := h.events(t, acme)
	require.Equal(t, by.User, events[1].Actor, "events say who it was")
}

func TestAHandlersDeliveryIsTakenByItsWrite(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	c := h.create(t, ctx, "Ada", "ada@example.com")
	handling := func() context.Context {
		d := &scope.Delivery{Subscription: "s", Event: "evt_01h455vb4pex5vsknk084sn02q"}
		return scope.WithDelivery(scope.System(t.Context(), acme), d)
	}
	name := "Ada K."
	first := handling()
	_, err := h.Create(first, customer.Draft{})
	require.ErrorIs(t, err, fault.ErrInvalid)
	got, err := h.Update(first, c.ID, customer.Change{Name: &name})
	require.NoError(t, err, "a write that was refused took nothing")
	_, err = h.Update(first, c.ID, customer.Change{Name: &name})
	refused(t, err, fault.ErrState)
	_, err = h.Update(handling(), c.ID, customer.Change{Name: &name})
	require.ErrorIs(t, err, fault.ErrExists)
	stored, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, got, stored, "a redelivered event changes nothing")
	_, events := h.events(t, acme)
	require.Equal(t, "evt_01h455vb4pex5vsknk084sn02q", events[1].Causation)
}
