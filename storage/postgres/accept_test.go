package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
)

// TestWhatAHostAccepts has a host live with one finding, and with no other.
func TestWhatAHostAccepts(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	superuser := connect(t, d.Superuser)
	open := func(accept map[string]string) error {
		db, err := postgres.Open(t.Context(), d.App, &postgres.Options{Prefix: postgrestest.Prefix, Accept: accept})
		if err == nil {
			require.NoError(t, db.Close())
		}
		return err
	}
	_, err := superuser.Exec(t.Context(), "CREATE VIEW public.report AS SELECT count(*) FROM customer.customers")
	require.NoError(t, err)
	require.ErrorContains(t, open(nil), "view-reaches-tenants")
	reason := map[string]string{"view-reaches-tenants": "a monthly report that the owner alone may read"}
	require.NoError(t, open(reason))

	report, err := postgres.Inspect(t.Context(), d.App, &postgres.InspectOptions{Prefix: postgrestest.Prefix})
	require.NoError(t, err)
	require.Len(t, report.Findings, 1, "it is still found")

	_, err = superuser.Exec(t.Context(), "ALTER TABLE customer.customers NO FORCE ROW LEVEL SECURITY")
	require.NoError(t, err)
	err = open(reason)
	require.ErrorContains(t, err, "table-not-forced")
	require.NotContains(t, err.Error(), "view-reaches-tenants")
}

func TestWhatAHostCannotAccept(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open(t.Context(), "postgres://nowhere.invalid", &postgres.Options{Accept: map[string]string{
		"made-up": "because", "migrations-pending": "because", "server-too-old": "because", "table-not-forced": "",
		"server-with-known-hole": "our provider updates in March",
	}})
	require.ErrorIs(t, err, fault.ErrInvalid)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	paths := make([]string, len(e.Fields))
	for i, field := range e.Fields {
		paths[i] = field.Path
	}
	require.Equal(t, []string{"accept.made-up", "accept.migrations-pending", "accept.server-too-old", "accept.table-not-forced"}, paths)
}
