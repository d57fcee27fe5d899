package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/sqlstore"
)

// TestTablesWithoutTenantAreNobodysButTheOwners says who may do what with the
// tables of the matrix that no policy holds.
func TestTablesWithoutTenantAreNobodysButTheOwners(t *testing.T) {
	t.Parallel()
	c := connect(t, postgrestest.New(t).Superuser)
	roles := append(sqlstore.Services(), sqlstore.RoleRelay, sqlstore.RoleOperator, sqlstore.RoleEvent, "app")
	for _, table := range ruleless {
		for _, role := range roles {
			for _, privilege := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"} {
				var has bool
				require.NoError(t, c.QueryRow(t.Context(), "SELECT has_table_privilege($1, $2, $3)",
					postgrestest.Prefix+"_"+role, table, privilege).Scan(&has))
				require.Equalf(t, table == "platforma.applied" && role == "app" && privilege == "SELECT", has,
					"%s on %s for %s", privilege, table, role)
			}
		}
	}
}
