package customer_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func draft() customer.Draft {
	return customer.Draft{
		Name: "Ada Lovelace", Email: "Ada@Example.com", Company: "Engines Ltd.",
		BillingAddress: customer.Address{Lines: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB"},
		PaymentMethod:  customer.PaymentMethod{Kind: customer.PaymentInvoice}, Metadata: map[string]string{"tier": "gold", "plan": "a"},
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	d := draft()
	c, err := h.Create(scope.WithReason(ctx, "signed up"), d)
	require.NoError(t, err)
	_, err = customer.ParseID(string(c.ID))
	require.NoError(t, err)
	want := customer.Customer{
		ID: c.ID, TenantID: acme, Name: d.Name, Email: d.Email, Company: d.Company, BillingAddress: d.BillingAddress,
		PaymentMethod: d.PaymentMethod, Metadata: maps.Clone(d.Metadata), Version: 1, CreatedAt: c.CreatedAt, UpdatedAt: c.CreatedAt,
	}
	d.Metadata["tier"] = "changed"
	require.Equal(t, want, c, "the caller's map is not kept")
	got, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
	for _, email := range []string{"Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"} {
		got, err = h.ByEmail(ctx, email)
		require.NoError(t, err)
		require.Equal(t, c, got)
	}
	names, events := h.events(t, acme)
	require.Equal(t, []string{"created"}, names)
	require.Equal(t, c, told(t, events[0]))
	require.Equal(t, []string{"host", "signed up"}, []string{events[0].Actor, events[0].Reason})

	bare, err := h.Create(ctx, customer.Draft{Name: "Bob", Email: "bob@example.com", Metadata: map[string]string{}})
	require.NoError(t, err)
	got, err = h.Get(ctx, bare.ID)
	require.NoError(t, err)
	require.Equal(t, bare, got, "what is created is what is read, also of an empty map")
}

func TestWhatIsRefusedCreatesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	h.create(t, ctx, "Ada", "ada@example.com")
	_, err := h.Create(ctx, customer.Draft{Name: "Other", Email: "ADA@example.com"})
	refused(t, err, fault.ErrExists, "email")
	_, err = h.Create(ctx, customer.Draft{
		BillingAddress: customer.Address{Country: "XX"}, PaymentMethod: customer.PaymentMethod{Kind: "cash"},
		Metadata: map[string]string{"k": "\x00"}, Key: "k\x00",
	})
	refused(t, err, fault.ErrInvalid, "name", "email", "billing_address.lines", "billing_address.country", "payment_method.kind",
		"payment_method.provider", "payment_method.token", "metadata.k", "key")
	_, err = h.Create(t.Context(), draft())
	refused(t, err, fault.ErrNoScope)
	_, err = h.Create(tenant.AsOperator(t.Context()), draft())
	refused(t, err, fault.ErrNoScope)
	_, err = h.Create(tenant.NewContext(t.Context(), "ten_01h455vb4pex5vsknk084sn02q"), draft())
	refused(t, err, fault.ErrNotFound)
	_, err = h.ByEmail(ctx, "ada")
	refused(t, err, fault.ErrInvalid, "email")
	_, err = h.ByEmail(ctx, "eve@example.com")
	refused(t, err, fault.ErrNotFound)
	for _, id := range []customer.ID{"", "ada", customer.ID(acme)} {
		_, err = h.Get(ctx, id)
		refused(t, err, fault.ErrInvalid, "id")
	}
	require.Equal(t, []string{"Ada"}, h.names(t, ctx, customer.Query{}))
	names, _ := h.events(t, acme)
	require.Equal(t, []string{"created"}, names)
}

func TestAKeyedCustomerIsCreatedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	d := draft()
	d.Key = "signup-1"
	c, err := h.Create(ctx, d)
	require.NoError(t, err)
	name, email := "Ada King", "ada@example.org"
	changed, err := h.Update(ctx, c.ID, customer.Change{Name: &name, Email: &email})
	require.NoError(t, err)
	again, err := h.Create(ctx, d)
	require.NoError(t, err)
	require.Equal(t, changed, again)
	other := d
	other.Name = "Eve"
	_, err = h.Create(ctx, other)
	refused(t, err, fault.ErrKeyReused)

	mayNot := h.user(t, acme, "reader", "customer.list")
	_, err = h.tenants.Suspend(tenant.AsOperator(t.Context()), acme, "unpaid")
	require.NoError(t, err)
	again, err = h.Create(ctx, d)
	require.NoError(t, err, "a repeat is answered whatever refuses it")
	require.Equal(t, changed, again)
	none, err := h.Create(mayNot, d)
	refused(t, err, fault.ErrForbidden)
	require.Empty(t, none.ID, "who may not ask, learns nothing")

	there, _ := h.in(t)
	theirs, err := h.Create(there, d)
	require.NoError(t, err, "a key is of its tenant")
	require.NotEqual(t, c.ID, theirs.ID)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	c, err := h.Create(ctx, draft())
	require.NoError(t, err)
	h.create(t, ctx, "Bob", "bob@example.com")
	name := "Ada King"
	got, err := h.Update(ctx, c.ID, customer.Change{Name: &name, Version: 1})
	require.NoError(t, err)
	want := c
	want.Name, want.Version, want.UpdatedAt = name, 2, got.UpdatedAt
	require.Equal(t, want, got)
	require.True(t, got.UpdatedAt.After(c.UpdatedAt))
	method := customer.PaymentMethod{Kind: customer.PaymentWallet, Provider: "paypal", Token: "B-1"}
	got, err = h.SetPaymentMethod(ctx, c.ID, method)
	require.NoError(t, err)
	require.Equal(t, method, got.PaymentMethod)
	stored, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, got, stored)
	names, events := h.events(t, acme)
	require.Equal(t, []string{"created", "created", "updated", "updated"}, names)
	require.Equal(t, got, told(t, events[3]))

	_, err = h.Update(ctx, c.ID, customer.Change{Name: &name, Version: 2})
	refused(t, err, fault.ErrConflict)
	require.ErrorContains(t, err, "3 is stored")
	taken, bad := "BOB@example.com", "@"
	_, err = h.Update(ctx, c.ID, customer.Change{Email: &taken})
	refused(t, err, fault.ErrExists, "email")
	_, err = h.Update(ctx, c.ID, customer.Change{Email: &bad, Company: &bad, BillingAddress: &customer.Address{City: "x"}, Version: 3})
	refused(t, err, fault.ErrInvalid, "email", "billing_address.lines", "billing_address.country")
	_, err = h.SetPaymentMethod(ctx, c.ID, customer.PaymentMethod{Brand: "4242424242424242"})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.NotContains(t, err.Error(), "4242")
	_, err = h.Update(ctx, "ada", customer.Change{Name: &name})
	refused(t, err, fault.ErrInvalid, "id")
	after, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, stored, after, "what is refused changes nothing")
}
