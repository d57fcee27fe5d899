package sqlite

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

// A context that ends just before the commit is the cause that the caller
// reads, whether database/sql noticed first or its transaction was gone.
func TestTheEndOfAContextIsTheCause(t *testing.T) {
	t.Parallel()
	_, db, err := open(t.Context(), Memory, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for try := range 2000 { // the window is narrow
		ctx, cancel := context.WithCancel(t.Context())
		last := sqlstore.Step{Statement: &sqlstore.Statement{SQL: "SELECT 1"}, Row: func(sqlstore.Values) error {
			cancel()
			for range try % 50 {
				runtime.Gosched()
			}
			return nil
		}}
		if err := db.Write(ctx, sqlstore.Principal{Role: "order", Tenant: "ten_00000000000000000000000001"}, last); err != nil {
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, fault.ErrUnavailable, fault.KindOf(err))
		}
		cancel()
	}
}
