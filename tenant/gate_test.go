package tenant

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

const (
	acme  = ID("ten_01h455vb4pex5vsknk084sn02q")
	other = ID("ten_01h455vb4pex5vsknk084sn02r")
	ada   = UserID("usr_01h455vb4pex5vsknk084sn02q")
	bob   = UserID("usr_01h455vb4pex5vsknk084sn02r")
)

// standings is a store that answers the gate alone.
type standings struct {
	Store
	answer func(tenant ID, user UserID) (Standing, error)
	calls  int
}

func (s *standings) Standing(ctx context.Context, user UserID) (Standing, error) {
	s.calls++
	by, err := scope.FromTenant(ctx)
	if err != nil {
		return Standing{}, err
	}
	return s.answer(by.Tenant, user)
}

// always is a store that gives one answer.
func always(answer Standing) *standings {
	return &standings{answer: func(ID, UserID) (Standing, error) { return answer, nil }}
}

// The rules of the gate, row by row: who, in a tenant of which status, gets
// which answer to a read and to a write.
func TestTheGatesRules(t *testing.T) {
	t.Parallel()
	const admitted, suspended, forbidden = fault.Kind(""), fault.ErrSuspended, fault.ErrForbidden
	host := func(ctx context.Context) context.Context { return NewContext(ctx, acme) }
	user := func(ctx context.Context) context.Context { return AsUser(ctx, acme, ada) }
	operator := func(ctx context.Context) context.Context { return scope.OperatorOf(ctx, acme) }
	system := func(ctx context.Context) context.Context { return scope.System(ctx, acme) }
	may, mayNot := []Permission{"customer.get", "order.*"}, []Permission{"customer.get", "order.get"}
	for _, row := range []struct {
		who         string
		in          func(context.Context) context.Context
		status      Status
		user        UserStatus
		permissions []Permission
		read, write fault.Kind
	}{
		{"the host", host, Active, "", nil, admitted, admitted},
		{"the host", host, Suspended, "", nil, admitted, suspended},
		{"the host", host, Archived, "", nil, suspended, suspended},
		{"the operator", operator, Active, "", nil, admitted, admitted},
		{"the operator", operator, Suspended, "", nil, admitted, suspended},
		{"the operator", operator, Archived, "", nil, admitted, suspended},
		{"the system", system, Active, "", nil, admitted, admitted},
		{"the system", system, Suspended, "", nil, admitted, admitted},
		{"the system", system, Archived, "", nil, admitted, admitted},
		{"a user who may", user, Active, UserActive, may, admitted, admitted},
		{"a user who may", user, Suspended, UserActive, may, admitted, suspended},
		{"a user who may", user, Archived, UserActive, may, suspended, suspended},
		{"the owner", user, Active, UserActive, []Permission{Everything}, admitted, admitted},
		{"the owner", user, Suspended, UserActive, []Permission{Everything}, admitted, suspended},
		{"the owner", user, Archived, UserActive, []Permission{Everything}, suspended, suspended},
		// Who may not ask learns nothing, not even that the tenant is suspended.
		{"a user who may not", user, Active, UserActive, mayNot, forbidden, forbidden},
		{"a user who may not", user, Suspended, UserActive, mayNot, forbidden, forbidden},
		{"a user who may not", user, Archived, UserActive, mayNot, forbidden, forbidden},
		{"a user without roles", user, Active, UserActive, nil, forbidden, forbidden},
		{"an invited user", user, Active, UserInvited, may, forbidden, forbidden},
		{"an invited user", user, Suspended, UserInvited, may, forbidden, forbidden},
		{"a disabled user", user, Active, UserDisabled, may, forbidden, forbidden},
		{"a disabled user", user, Archived, UserDisabled, may, forbidden, forbidden},
		{"an unknown user", user, Active, "", nil, forbidden, forbidden},
	} {
		what := fmt.Sprintf("%s in a tenant that is %s", row.who, row.status)
		settings := Settings{DefaultCurrency: "EUR"}
		gate := NewGate(always(Standing{
			Status: row.status, UserStatus: row.user, Permissions: row.permissions, Settings: settings,
		}), &GateOptions{Clock: newDial().Now})
		check := func(want fault.Kind, access Access, err error) {
			require.Equal(t, want, fault.KindOf(err), what)
			if want != admitted {
				require.ErrorContains(t, err, "order.place")
				require.Zero(t, access)
				return
			}
			by, err := scope.From(row.in(t.Context()))
			require.NoError(t, err)
			require.Equal(t, by, access.Scope, what)
			require.Equal(t, settings, access.Settings, what)
			require.Equal(t, newDial().Now(), access.Now, what)
		}
		access, err := gate.Read(row.in(t.Context()), "order.place")
		check(row.read, access, err)
		access, err = gate.Write(row.in(t.Context()), "order.place")
		check(row.write, access, err)
	}
}

func TestTheGateNeedsATenantsScope(t *testing.T) {
	t.Parallel()
	store := always(Standing{Status: Active})
	gate := NewGate(store, nil)
	for what, ctx := range map[string]context.Context{
		"nothing": t.Context(), "the operator across tenants": AsOperator(t.Context()), "no tenant": NewContext(t.Context(), ""),
		"no tenant's id": NewContext(t.Context(), "acme"), "no user": AsUser(t.Context(), acme, ""),
		"no user's id": AsUser(t.Context(), acme, "ada"),
	} {
		_, err := gate.Read(ctx, "order.get")
		require.ErrorIs(t, err, fault.ErrNoScope, what)
		require.ErrorContains(t, err, "order.get")
		_, err = gate.Write(ctx, "order.get")
		require.ErrorIs(t, err, fault.ErrNoScope, what)
	}
	require.Zero(t, store.calls, "before any I/O")
}

func TestAnUnknownTenantIsNotFound(t *testing.T) {
	t.Parallel()
	gate := NewGate(&standings{answer: func(ID, UserID) (Standing, error) { return Standing{}, fault.ErrNotFound }}, nil)
	_, err := gate.Read(NewContext(t.Context(), acme), "order.get")
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.EqualError(t, err, "order.get tenant "+string(acme)+": not found")
	_, err = gate.Write(scope.System(t.Context(), acme), "order.get")
	require.ErrorIs(t, err, fault.ErrNotFound, "the system too")
}

func TestWhatOnlyTheOperatorMayDo(t *testing.T) {
	t.Parallel()
	store := always(Standing{Status: Active, UserStatus: UserActive, Permissions: []Permission{Everything}})
	gate := NewGate(store, &GateOptions{Clock: newDial().Now})
	for _, ctx := range []context.Context{AsOperator(t.Context()), scope.OperatorOf(t.Context(), acme)} {
		access, err := gate.Operator(ctx, "tenant.list")
		require.NoError(t, err)
		require.Equal(t, newDial().Now(), access.Now)
		require.Equal(t, scope.KindOperator, access.Scope.Kind)
	}
	for _, ctx := range []context.Context{
		NewContext(t.Context(), acme), AsUser(t.Context(), acme, ada), scope.System(t.Context(), acme),
	} {
		_, err := gate.Operator(ctx, "tenant.list")
		require.ErrorIs(t, err, fault.ErrForbidden)
		require.ErrorContains(t, err, "tenant.list")
	}
	_, err := gate.Operator(t.Context(), "tenant.list")
	require.ErrorIs(t, err, fault.ErrNoScope)
	require.Zero(t, store.calls)
}
