package customer_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Sixteen who read, change and write at once, and begin again where somebody
// was faster: nobody's change is lost.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	t.Parallel()
	h := openAt(t, filepath.Join(t.TempDir(), "cloud.db"))
	ctx, _ := h.in(t)
	c := h.create(t, ctx, "Ada", "ada@example.com")

	const writers = 16
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			for {
				now, err := h.Get(ctx, c.ID)
				if !assert.NoError(t, err) {
					return
				}
				change := customer.Change{Metadata: maps.Clone(now.Metadata), Version: now.Version}
				if change.Metadata == nil {
					change.Metadata = map[string]string{}
				}
				change.Metadata[fmt.Sprintf("k%02d", i)] = "x"
				if _, err = h.Update(ctx, c.ID, change); err == nil {
					return
				}
				if !assert.ErrorIs(t, err, fault.ErrConflict) {
					return
				}
			}
		})
		group.Go(func() { // and one who does not care, but whose change must not be lost either
			company := "Engines"
			_, err := h.Update(ctx, c.ID, customer.Change{Company: &company})
			if err != nil {
				assert.ErrorIs(t, err, fault.ErrConflict, "in a storm it may give up")
			}
		})
	}
	group.Wait()
	got, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, got.Metadata, writers)
	require.Equal(t, "Engines", got.Company)
	for i := range writers {
		require.Equal(t, []string{"Ada"}, h.names(t, ctx, customer.Query{Metadata: map[string]string{fmt.Sprintf("k%02d", i): "x"}}))
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	c, err := h.Create(ctx, draft())
	require.NoError(t, err)
	h.alive = fault.New(fault.ErrState, "2 resources are alive")
	err = h.Delete(ctx, c.ID)
	refused(t, err, fault.ErrState)
	require.ErrorContains(t, err, "2 resources are alive")
	_, err = h.Get(ctx, c.ID)
	require.NoError(t, err)

	h.alive = nil
	require.NoError(t, h.Delete(ctx, c.ID))
	require.Equal(t, []customer.ID{c.ID, c.ID}, h.asked)
	_, err = h.Get(ctx, c.ID)
	refused(t, err, fault.ErrNotFound)
	_, err = h.ByEmail(ctx, c.Email)
	refused(t, err, fault.ErrNotFound)
	_, err = h.Update(ctx, c.ID, customer.Change{})
	refused(t, err, fault.ErrNotFound)
	refused(t, h.Delete(ctx, c.ID), fault.ErrNotFound)
	require.Empty(t, h.names(t, ctx, customer.Query{}))
	require.Empty(t, h.names(t, ctx, customer.Query{Name: "ada"}))
	names, events := h.events(t, acme)
	require.Equal(t, []string{"created", "deleted"}, names)
	gone := told(t, events[1])
	require.NotNil(t, gone.DeletedAt)
	require.Equal(t, []any{int64(2), gone.UpdatedAt, c.Name}, []any{gone.Version, *gone.DeletedAt, gone.Name})

	again := h.create(t, ctx, "Ada II", strings.ToLower(c.Email))
	require.NotEqual(t, c.ID, again.ID, "the email is free again")
	require.NoError(t, customer.NewService(h.db.Customers(), tenant.NewGate(h.db.Tenants(), nil), nil).Delete(ctx, again.ID))
}

func TestASuspendedTenantReadsAndDoesNotWrite(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, acme := h.in(t)
	c := h.create(t, ctx, "Ada", "ada@example.com")
	operator := tenant.AsOperator(t.Context())
	_, err := h.tenants.Suspend(operator, acme, "unpaid")
	require.NoError(t, err)
	writes := map[string]func(context.Context) error{
		"create": func(ctx context.Context) error { _, err := h.Create(ctx, draft()); return err },
		"update": func(ctx context.Context) error { _, err := h.Update(ctx, c.ID, customer.Change{}); return err },
		"pay": func(ctx context.Context) error {
			_, err := h.SetPaymentMethod(ctx, c.ID, customer.PaymentMethod{Kind: customer.PaymentInvoice})
			return err
		},
		"delete": func(ctx context.Context) error { return h.Delete(ctx, c.ID) },
	}
	for _, write := range writes {
		refused(t, write(ctx), fault.ErrSuspended)
	}
	got, err := h.Get(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
	_, err = h.ByEmail(ctx, c.Email)
	require.NoError(t, err)
	require.Equal(t, []string{"Ada"}, h.names(t, ctx, customer.Query{}))
	require.NoError(t, writes["pay"](scope.System(t.Context(), acme)), "the system's work goes on")

	_, err = h.tenants.Archive(operator, acme)
	require.NoError(t, err)
	_, err = h.Get(ctx, c.ID)
	refused(t, err, fault.ErrSuspended)
	_, err = h.Get(scope.OperatorOf(t.Context(), acme), c.ID)
	require.NoError(t, err, "only the operator reads an archived tenant")
}
