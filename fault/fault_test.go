package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

// kinds are all there are.
var kinds = []fault.Kind{
	fault.ErrNotFound, fault.ErrExists, fault.ErrConflict, fault.ErrInvalid, fault.ErrState, fault.ErrForbidden,
	fault.ErrSuspended, fault.ErrExhausted, fault.ErrKeyReused, fault.ErrNoScope, fault.ErrUnavailable,
}

func TestErrorSaysWhereWhatAndWhy(t *testing.T) {
	t.Parallel()
	because := errors.New("the disk is full")
	two := []fault.Field{{Path: "name", Rule: "must not be empty"}, {Rule: "must have an item"}}
	for text, err := range map[string]*fault.Error{
		"invalid":                                            {Kind: fault.ErrInvalid},
		"order.place order ord_1: not found":                 {Op: "order.place", Entity: "order", ID: "ord_1", Kind: fault.ErrNotFound},
		"order: not found":                                   {Entity: "order", Kind: fault.ErrNotFound},
		"order.place ord_1: not found":                       {Op: "order.place", ID: "ord_1", Kind: fault.ErrNotFound},
		"unavailable: the disk is full":                      {Kind: fault.ErrUnavailable, Err: because},
		"a.b: unavailable: the disk is full":                 {Op: "a.b", Kind: fault.ErrUnavailable, Err: because},
		"invalid: name must not be empty":                    {Kind: fault.ErrInvalid, Fields: two[:1]},
		"invalid: name must not be empty; must have an item": {Kind: fault.ErrInvalid, Fields: two},
		"a.b: invalid: name must not be empty: the disk is full": {
			Op: "a.b", Kind: fault.ErrInvalid, Fields: two[:1], Err: because,
		},
	} {
		require.EqualError(t, err, text)
	}
}

func TestErrorIsItsKindAndItsCause(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		because := fmt.Errorf("a driver says: %w", context.DeadlineExceeded)
		err := error(&fault.Error{Op: "order.place", Kind: kind, Err: because})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var typed *fault.Error
		require.ErrorAs(t, fmt.Errorf("wrapped: %w", err), &typed)
		require.Equal(t, "order.place", typed.Op)
		for _, other := range kinds {
			require.Equal(t, other == kind, errors.Is(err, other), "%q is %q", kind, other)
			require.Equal(t, other == kind, errors.Is(&fault.Error{Kind: kind}, other), "%q is %q, without a cause", kind, other)
		}
	}
}

func TestNewHasAMessage(t *testing.T) {
	t.Parallel()
	err := fault.New(fault.ErrState, "it is over")
	require.ErrorIs(t, err, fault.ErrState)
	require.EqualError(t, err, "not possible in this state: it is over")
}

func TestAtFillsInWhatIsUnknown(t *testing.T) {
	t.Parallel()
	known := fault.Error{
		Op: "a.b", Entity: "customer", ID: "cust_1", Kind: fault.ErrInvalid, Fields: []fault.Field{{Path: "name", Rule: "x"}},
	}
	for _, row := range []struct {
		name        string
		below, want fault.Error
	}{
		{
			"everything", fault.Error{Kind: fault.ErrState},
			fault.Error{Op: "order.place", Entity: "order", ID: "ord_1", Kind: fault.ErrState},
		},
		{"nothing", known, known},
		{
			"the operation, and not the id of another entity", fault.Error{Entity: "customer", Kind: fault.ErrNotFound},
			fault.Error{Op: "order.place", Entity: "customer", Kind: fault.ErrNotFound},
		},
		{
			"the id of the same entity", fault.Error{Op: "a.b", Entity: "order", Kind: fault.ErrNotFound},
			fault.Error{Op: "a.b", Entity: "order", ID: "ord_1", Kind: fault.ErrNotFound},
		},
		{
			"not an id that is known", fault.Error{ID: "ord_2", Kind: fault.ErrNotFound},
			fault.Error{Op: "order.place", Entity: "order", ID: "ord_2", Kind: fault.ErrNotFound},
		},
	} {
		below := row.below
		var at *fault.Error
		require.ErrorAs(t, fault.At(fmt.Errorf("wrapped: %w", &below), "order.place", "order", "ord_1"), &at, row.name)
		require.Equal(t, row.want, *at, row.name)
		require.Equal(t, row.below, below, "what happened below stays as it was")
	}
}

func TestAtWrapsWhatIsForeign(t *testing.T) {
	t.Parallel()
	require.NoError(t, fault.At(nil, "order.place", "order", "ord_1"))

	err := fault.At(context.Canceled, "order.place", "order", "ord_1")
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "order.place order ord_1: unavailable: context canceled")

	err = fault.At(fault.ErrNotFound, "order.get", "order", "ord_1")
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.EqualError(t, err, "order.get order ord_1: not found", "a bare kind is not its own cause")

	err = fault.At(fmt.Errorf("below: %w", fault.ErrConflict), "order.get", "", "")
	require.ErrorIs(t, err, fault.ErrConflict)
	require.NotErrorIs(t, err, fault.ErrUnavailable)
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	require.Empty(t, fault.KindOf(nil))
	require.Equal(t, fault.ErrUnavailable, fault.KindOf(errors.New("what the driver said")))
	for _, kind := range kinds {
		require.Equal(t, kind, fault.KindOf(kind))
		require.Equal(t, kind, fault.KindOf(fmt.Errorf("wrapped: %w", &fault.Error{Kind: kind, Err: errors.New("x")})))
	}
}

func ExampleError() {
	place := func() error {
		var f fault.Fields
		f.Add("customer_id", "must not be empty")
		f.At("items", 2).Add("quantity", "must be between 1 and %d", 1000)
		return f.Err("order.place", "order", "")
	}
	err := place()
	fmt.Println(errors.Is(err, fault.ErrInvalid))
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range e.Fields {
			fmt.Println(field.Path, "-", field.Rule)
		}
	}
	// Output:
	// true
	// customer_id - must not be empty
	// items[2].quantity - must be between 1 and 1000
}
