package migration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/migration"
)

func TestAnErrorTellsWhatEndedItsContext(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	bad := errors.New("bad connection")
	require.ErrorIs(t, migration.WithCause(ended, bad), context.Canceled)
	require.ErrorIs(t, migration.WithCause(ended, bad), bad)
	require.Equal(t, context.Canceled, migration.WithCause(ended, context.Canceled), "it tells already")
	require.Equal(t, bad, migration.WithCause(t.Context(), bad), "nothing has ended")
	require.NoError(t, migration.WithCause(ended, nil))
}
