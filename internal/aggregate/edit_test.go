package aggregate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/page"
)

type thing struct {
	version int64
	colour  string
}

// rivals is a store of one thing, where that many others save it first.
type rivals struct {
	stored       thing
	left         int
	loads, saves int
}

func (r *rivals) paint(colour string) aggregate.Edit[thing] {
	return aggregate.Edit[thing]{
		Version: func(t *thing) int64 { return t.version },
		Load: func(context.Context) (thing, error) {
			r.loads++
			return r.stored, nil
		},
		Apply: func(t *thing) (string, error) {
			if t.colour == colour {
				return "", nil
			}
			t.colour = colour
			return "painted", nil
		},
		Save: func(_ context.Context, changed *thing, what aggregate.Applied) error {
			r.saves++
			if r.left > 0 {
				r.left--
				r.stored.version++
			}
			changed.version++
			if what.Name != "painted" || changed.version != r.stored.version+1 {
				return &fault.Error{Kind: fault.ErrConflict}
			}
			r.stored = *changed
			return nil
		},
	}
}

func TestEditSavesWhatItApplied(t *testing.T) {
	t.Parallel()
	r := &rivals{stored: thing{version: 3, colour: "red"}}
	got, err := r.paint("blue").Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, thing{version: 4, colour: "blue"}, got)
	require.Equal(t, got, r.stored)
	require.Equal(t, []int{1, 1}, []int{r.loads, r.saves})
}

func TestEditOfNothingSavesNothing(t *testing.T) {
	t.Parallel()
	r := &rivals{stored: thing{version: 3, colour: "red"}}
	got, err := r.paint("red").Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, thing{version: 3, colour: "red"}, got)
	require.Zero(t, r.saves)
}

func TestEditBeginsAgainWhereOthersWereFaster(t *testing.T) {
	t.Parallel()
	r := &rivals{stored: thing{version: 3, colour: "red"}, left: 15}
	got, err := r.paint("blue").Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, thing{version: 19, colour: "blue"}, got)
	require.Equal(t, []int{16, 16}, []int{r.loads, r.saves}, "each attempt reads anew")
}

func TestEditGivesUpInAStorm(t *testing.T) {
	t.Parallel()
	r := &rivals{stored: thing{version: 3, colour: "red"}, left: 1000}
	_, err := r.paint("blue").Run(t.Context())
	require.ErrorIs(t, err, fault.ErrConflict)
	require.Equal(t, 16, r.saves)
	require.Equal(t, "red", r.stored.colour)
}

func TestEditInsistsOnTheExpectedVersion(t *testing.T) {
	t.Parallel()
	for _, expected := range []int64{1, 2, 4} {
		r := &rivals{stored: thing{version: 3, colour: "red"}}
		edit := r.paint("blue")
		edit.Expected = expected
		_, err := edit.Run(t.Context())
		require.ErrorIs(t, err, fault.ErrConflict)
		require.ErrorContains(t, err, "3 is stored")
		require.Zero(t, r.saves)
	}
	r := &rivals{stored: thing{version: 3, colour: "red"}}
	edit := r.paint("blue")
	edit.Expected = 3
	_, err := edit.Run(t.Context())
	require.NoError(t, err)

	r = &rivals{stored: thing{version: 3, colour: "red"}, left: 1}
	edit = r.paint("blue")
	edit.Expected = 3
	_, err = edit.Run(t.Context())
	require.ErrorIs(t, err, fault.ErrConflict, "who is overtaken does not try again with what it did not see")
	require.Equal(t, 1, r.saves)
}

func TestEditPassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for what, spoil := range map[string]func(*aggregate.Edit[thing]){
		"load": func(e *aggregate.Edit[thing]) {
			e.Load = func(context.Context) (thing, error) { return thing{}, broken }
		},
		"apply": func(e *aggregate.Edit[thing]) { e.Apply = func(*thing) (string, error) { return "painted", broken } },
		"save": func(e *aggregate.Edit[thing]) {
			e.Save = func(context.Context, *thing, aggregate.Applied) error { return broken }
		},
	} {
		r := &rivals{stored: thing{version: 3, colour: "red"}}
		edit := r.paint("blue")
		spoil(&edit)
		got, err := edit.Run(t.Context())
		require.ErrorIs(t, err, broken, what)
		require.Zero(t, got)
		require.LessOrEqual(t, r.loads, 1, "only a conflict is tried again")
		require.Equal(t, thing{version: 3, colour: "red"}, r.stored)
	}
}

// TestEditHandsOnTheTermsFromBefore has each round take them anew.
func TestEditHandsOnTheTermsFromBefore(t *testing.T) {
	t.Parallel()
	r := &rivals{stored: thing{version: 3, colour: "red"}, left: 1}
	e := r.paint("blue")
	e.Terms = func(t thing) []page.Term {
		return []page.Term{{Key: "colour", Value: fmt.Sprintf("%s %d", t.colour, t.version)}}
	}
	save, former := e.Save, []string(nil)
	e.Save = func(ctx context.Context, changed *thing, what aggregate.Applied) error {
		for _, term := range what.Former {
			former = append(former, term.Value)
		}
		return save(ctx, changed, what)
	}
	_, err := e.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"red 3", "red 4"}, former)
}
