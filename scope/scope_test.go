package scope_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

const (
	acme  = scope.TenantID("ten_01h455vb4pex5vsknk084sn02q")
	other = scope.TenantID("ten_01h455vb4pex5vsknk084sn02r")
	ada   = "usr_01h455vb4pex5vsknk084sn02q"
)

func TestEveryConstructorSaysWhoseAndWho(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		ctx  context.Context //nolint:containedctx // a table of contexts
		want scope.Scope
	}{
		{scope.Tenant(t.Context(), acme), scope.Scope{Kind: scope.KindTenant, Tenant: acme, Actor: "host"}},
		{scope.User(t.Context(), acme, ada), scope.Scope{Kind: scope.KindTenant, Tenant: acme, User: ada, Actor: ada}},
		{scope.Operator(t.Context()), scope.Scope{Kind: scope.KindOperator, Actor: "operator"}},
		{scope.OperatorOf(t.Context(), acme), scope.Scope{Kind: scope.KindOperator, Tenant: acme, Actor: "operator"}},
		{scope.System(t.Context(), acme), scope.Scope{Kind: scope.KindSystem, Tenant: acme, Actor: "system"}},
	} {
		got, err := scope.From(row.ctx)
		require.NoError(t, err)
		require.Equal(t, row.want, got)
		got, err = scope.FromTenant(row.ctx)
		if row.want.Tenant == "" {
			require.ErrorIs(t, err, fault.ErrNoScope)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, row.want, got)
	}
}

func TestNothingActsWithoutAScope(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for what, ctx := range map[string]context.Context{
		"nothing":          ctx,
		"only a reason":    scope.WithReason(ctx, "because"),
		"only an actor":    scope.WithActor(ctx, "ada"),
		"only a request":   scope.WithCorrelation(ctx, "r1"),
		"only a delivery":  scope.WithDelivery(ctx, &scope.Delivery{}),
		"no tenant":        scope.Tenant(ctx, ""),
		"a user's id":      scope.Tenant(ctx, ada),
		"a short id":       scope.Tenant(ctx, acme[:29]),
		"a longer id":      scope.Tenant(ctx, acme+"0"),
		"upper case":       scope.Tenant(ctx, "ten_01H455VB4PEX5VSKNK084SN02Q"),
		"SQL":              scope.Tenant(ctx, "ten_x' OR true --"),
		"a NUL":            scope.Tenant(ctx, acme[:29]+"\x00"),
		"a star":           scope.Tenant(ctx, "*"),
		"operator of none": scope.OperatorOf(ctx, "ten_"),
		"system of none":   scope.System(ctx, ""),
		"system of junk":   scope.System(ctx, "system"),
		"no user":          scope.User(ctx, acme, ""),
		"a user's name":    scope.User(ctx, acme, "ada"),
		"the host as user": scope.User(ctx, acme, "host"),
		"a tenant as user": scope.User(ctx, acme, string(acme)),
		"a user of none":   scope.User(ctx, "", ada),
		"no actor":         scope.WithActor(scope.Tenant(ctx, acme), ""),
	} {
		_, err := scope.From(ctx)
		require.ErrorIs(t, err, fault.ErrNoScope, what)
		_, err = scope.FromTenant(ctx)
		require.ErrorIs(t, err, fault.ErrNoScope, what)
	}
}

// A host that does not notice that nobody is logged in must not act as itself.
func TestNobodyIsNeverTheHost(t *testing.T) {
	t.Parallel()
	_, err := scope.From(scope.WithActor(scope.User(t.Context(), acme, ""), "a visitor"))
	require.ErrorIs(t, err, fault.ErrNoScope)
}

func TestWhatIsSaidOfARequest(t *testing.T) {
	t.Parallel()
	d := &scope.Delivery{Subscription: "s", Event: "evt_1"}
	outer := scope.WithDelivery(scope.WithCorrelation(scope.WithReason(scope.Tenant(t.Context(), acme), "because"), "r1"), d)
	got, err := scope.From(outer)
	require.NoError(t, err)
	want := scope.Scope{
		Kind: scope.KindTenant, Tenant: acme, Actor: "host", Reason: "because", Correlation: "r1", Causation: "evt_1", Delivery: d,
	}
	require.Equal(t, want, got)

	renamed := scope.WithReason(scope.WithCorrelation(scope.Operator(outer), "r2"), "so")
	for what, inner := range map[string]struct {
		ctx  context.Context //nolint:containedctx // a table of contexts
		want scope.Scope
	}{
		"the same tenant's": {
			scope.System(outer, acme), scope.Scope{Kind: scope.KindSystem, Tenant: acme, Actor: "system", Delivery: d},
		},
		"its user's": {
			scope.User(outer, acme, ada), scope.Scope{Kind: scope.KindTenant, Tenant: acme, User: ada, Actor: ada, Delivery: d},
		},
		"another tenant's":     {scope.Tenant(outer, other), scope.Scope{Kind: scope.KindTenant, Tenant: other, Actor: "host"}},
		"the operator's":       {scope.Operator(outer), scope.Scope{Kind: scope.KindOperator, Actor: "operator"}},
		"one with other words": {renamed, scope.Scope{Kind: scope.KindOperator, Actor: "operator", Reason: "so", Correlation: "r2"}},
	} {
		want := inner.want
		if want.Reason == "" {
			want.Reason, want.Correlation = "because", "r1"
		}
		want.Causation = "evt_1"
		got, err := scope.From(inner.ctx)
		require.NoError(t, err, what)
		require.Equal(t, want, got, "%s scope keeps what was said, and the delivery in its tenant", what)
	}
	got, err = scope.From(outer)
	require.NoError(t, err)
	require.Equal(t, want, got, "the outer context stays as it was")
}

func TestWithActorChangesOnlyTheName(t *testing.T) {
	t.Parallel()
	for _, ctx := range []context.Context{
		scope.Tenant(t.Context(), acme), scope.User(t.Context(), acme, ada), scope.Operator(t.Context()),
	} {
		before, err := scope.From(ctx)
		require.NoError(t, err)
		after, err := scope.From(scope.WithActor(ctx, "billing job"))
		require.NoError(t, err)
		require.Equal(t, "billing job", after.Actor)
		after.Actor = before.Actor
		require.Equal(t, before, after)
	}
}

func TestTenantIDsAreChecked(t *testing.T) {
	t.Parallel()
	id, err := scope.ParseTenantID(string(acme))
	require.NoError(t, err)
	require.Equal(t, acme, id)
	var decoded struct{ Tenant scope.TenantID }
	require.NoError(t, json.Unmarshal([]byte(`{"Tenant":"`+acme+`"}`), &decoded))
	require.Equal(t, acme, decoded.Tenant)
	for _, text := range []string{"", "ten_", ada, "cust_01h455vb4pex5vsknk084sn02q"} {
		_, err := scope.ParseTenantID(text)
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorIs(t, json.Unmarshal([]byte(`{"Tenant":"`+text+`"}`), &decoded), fault.ErrInvalid)
	}
}

func ExampleTenant() {
	ctx := scope.Tenant(context.Background(), "ten_01h455vb4pex5vsknk084sn02q")
	ctx = scope.WithReason(ctx, "asked for on the phone")
	s, err := scope.From(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Actor, "acts for", s.Tenant, "-", s.Reason)
	// Output:
	// host acts for ten_01h455vb4pex5vsknk084sn02q - asked for on the phone
}

// What a handler's context is in one step, it is in three.
func TestTheScopeOfAHandler(t *testing.T) {
	t.Parallel()
	d := &scope.Delivery{Subscription: "s", Event: "evt_1"}
	for _, ctx := range []context.Context{
		t.Context(), scope.Operator(t.Context()), scope.WithReason(scope.User(t.Context(), acme, ada), "because"),
	} {
		want, err := scope.From(scope.WithDelivery(scope.WithCorrelation(scope.System(ctx, acme), "r1"), d))
		require.NoError(t, err)
		got, err := scope.From(scope.Delivering(ctx, acme, "r1", d))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
