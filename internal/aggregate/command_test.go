package aggregate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
)

// shop is where a command makes things, by a key once.
type shop struct {
	things   map[string]string
	receipts map[string]event.Receipt
	refuse   error
	lookups  int
	loads    int
}

func newShop() *shop {
	return &shop{things: map[string]string{}, receipts: map[string]event.Receipt{}}
}

func (s *shop) command(key, request string) aggregate.Command[string] {
	return aggregate.Command[string]{
		Operation: "thing.make", Key: key, Request: request,
		Receipt: func(_ context.Context, operation, key string) (event.Receipt, error) {
			s.lookups++
			if r, ok := s.receipts[operation+" "+key]; ok {
				return r, nil
			}
			return event.Receipt{}, fault.ErrNotFound
		},
		Load: func(_ context.Context, id string) (string, error) {
			s.loads++
			if thing, ok := s.things[id]; ok {
				return thing, nil
			}
			return "", fault.ErrNotFound
		},
		Do: func(_ context.Context, receipt *event.Receipt) (string, error) {
			if s.refuse != nil {
				return "half made", s.refuse
			}
			id := fmt.Sprintf("thing %d", len(s.things)+1)
			if receipt != nil {
				name := receipt.Operation + " " + receipt.Key
				if _, repeated := s.receipts[name]; repeated {
					return "half made", &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
				}
				s.receipts[name] = *receipt.For(id)
			}
			s.things[id] = request
			return request, nil
		},
	}
}

func TestACommandWithoutAKeyRunsEachTime(t *testing.T) {
	t.Parallel()
	s := newShop()
	for range 2 {
		made, err := s.command("", "a cup").Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, "a cup", made)
	}
	require.Len(t, s.things, 2)
	require.Empty(t, s.receipts)

	s.refuse = fault.ErrExists
	_, err := s.command("", "a cup").Run(t.Context())
	require.ErrorIs(t, err, fault.ErrExists)
	require.Zero(t, s.lookups, "without a key there is no receipt to look for")
}

func TestAKeyedCommandRunsOnce(t *testing.T) {
	t.Parallel()
	s := newShop()
	_, err := s.command("k", "a cup").Run(t.Context())
	require.NoError(t, err)
	require.Zero(t, s.lookups, "the first time pays nothing for the key")
	s.things["thing 1"] = "a cup, painted since"
	made, err := s.command("k", "a cup").Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a cup, painted since", made)
	require.Len(t, s.things, 1)

	_, err = s.command("another", "a cup").Run(t.Context())
	require.NoError(t, err)
	require.Len(t, s.things, 2)
}

// Whatever refuses the repeat has come up since: the first one was accepted.
func TestARepeatIsAnsweredWhateverRefusesIt(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{
		fault.ErrNotFound, fault.ErrExists, fault.ErrConflict, fault.ErrInvalid, fault.ErrState, fault.ErrSuspended,
		fault.ErrExhausted, fault.ErrUnavailable,
	} {
		s := newShop()
		_, err := s.command("k", "a cup").Run(t.Context())
		require.NoError(t, err)
		s.refuse = &fault.Error{Op: "thing.make", Kind: kind, Err: errors.New("since then")}
		made, err := s.command("k", "a cup").Run(t.Context())
		require.NoError(t, err, kind)
		require.Equal(t, "a cup", made)

		_, err = s.command("never used", "a cup").Run(t.Context())
		require.Equal(t, s.refuse, err, "what never ran is refused as it is")
		_, err = s.command("k", "a saucer").Run(t.Context())
		require.ErrorIs(t, err, fault.ErrKeyReused, kind)
	}
}

// A refusal of what came about is no answer: its caller would take it for its own
// request's.
func TestARepeatThatCannotBeLookedUpIsNotRefused(t *testing.T) {
	t.Parallel()
	s := newShop()
	_, err := s.command("k", "a cup").Run(t.Context())
	require.NoError(t, err)
	for lookup, want := range map[error]error{
		&fault.Error{Kind: fault.ErrUnavailable}: fault.ErrUnavailable,
		&fault.Error{Kind: fault.ErrInvalid}:     fault.ErrExists, // of a key that cannot be looked up there is no receipt
	} {
		c := s.command("k", "a cup")
		c.Receipt = func(context.Context, string, string) (event.Receipt, error) { return event.Receipt{}, lookup }
		_, err = c.Run(t.Context())
		require.ErrorIs(t, err, want)
	}
	c := s.command("k", "a cup")
	c.Load = func(context.Context, string) (string, error) { return "", &fault.Error{Kind: fault.ErrUnavailable} }
	_, err = c.Run(t.Context())
	require.Equal(t, &fault.Error{Op: "thing.make", Kind: fault.ErrUnavailable}, err)
}

func TestWhoMayNotAskLearnsNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{fault.ErrForbidden, fault.ErrNoScope} {
		s := newShop()
		_, err := s.command("k", "a cup").Run(t.Context())
		require.NoError(t, err)
		s.refuse = &fault.Error{Kind: kind}
		for _, request := range []string{"a cup", "a saucer"} {
			made, err := s.command("k", request).Run(t.Context())
			require.Equal(t, s.refuse, err)
			require.NotEqual(t, "a cup", made)
		}
		require.Zero(t, s.lookups)
	}
}

func TestAKeyIsOfOneRequest(t *testing.T) {
	t.Parallel()
	s := newShop()
	_, err := s.command("k", "a cup").Run(t.Context())
	require.NoError(t, err)
	made, err := s.command("k", "a saucer").Run(t.Context())
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, &fault.Error{Op: "thing.make", ID: "thing 1", Kind: fault.ErrKeyReused}, e)
	require.Empty(t, made)
	require.Zero(t, s.loads, "what another request made is not shown")
}

func TestARequestThatHasNoJSONIsLeftToTheCommand(t *testing.T) {
	t.Parallel()
	s := newShop()
	refusal := &fault.Error{Kind: fault.ErrInvalid, Fields: []fault.Field{{Path: "currency", Rule: "must be one"}}}
	c := s.command("k", "a cup")
	c.Request = func() {}
	c.Do = func(_ context.Context, r *event.Receipt) (string, error) {
		require.NotNil(t, r)
		return "", refusal
	}
	_, err := c.Run(t.Context())
	require.Equal(t, refusal, err, "the command names the fields")
}
