package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
)

// TestBrokenDatabasesAreRefusedAndMended breaks a database in one way at a time.
// The report names that and nothing else, and what it says mends it.
func TestBrokenDatabasesAreRefusedAndMended(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	owner, superuser := connect(t, i.Owner), connect(t, i.Superuser)
	_, err := owner.Exec(t.Context(), shop)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := superuser.Exec(context.WithoutCancel(t.Context()),
			"DROP SCHEMA IF EXISTS shop, public, logins, roles CASCADE; DROP TABLE IF EXISTS customer.more; DROP FUNCTION IF EXISTS customer.helpful()")
		require.NoError(t, err)
	})
	inspect := func() []postgres.Finding {
		report, err := postgres.Inspect(t.Context(), i.login(t), &postgres.InspectOptions{Prefix: i.prefix})
		require.NoError(t, err)
		return report.Findings
	}
	require.Empty(t, inspect(), "before anything is broken")
	refused := map[string]bool{}
	names := strings.NewReplacer("$P", i.prefix, "$OWNER", owner.Config().User, "$DB", owner.Config().Database)
	for _, b := range faults {
		by := owner
		if b.superuser {
			by = superuser
		}
		_, err := by.Exec(t.Context(), names.Replace(b.sql))
		require.NoError(t, err, b.sql)
		found := inspect()
		if !assert.Len(t, found, 1, "%s\n%s", b.sql, found) {
			require.NotEmpty(t, found)
		}
		f := found[0]
		assert.Equal(t, b.rule, f.Rule, b.sql)
		assert.Equal(t, names.Replace(b.object), f.Object, b.sql)
		assert.NotEmpty(t, f.Meaning)

		if !refused[b.rule] { // once is enough: it opens for the same report
			refused[b.rule] = true
			_, err = postgres.Open(t.Context(), i.login(t), &postgres.Options{Prefix: i.prefix})
			require.ErrorIs(t, err, fault.ErrUnavailable, b.sql)
			require.ErrorContains(t, err, "findings: 1\n"+f.String())
		}
		by = owner
		if f.Superuser {
			by = superuser
		}
		_, err = by.Exec(t.Context(), f.Mend)
		require.NoError(t, err, f.Mend)
		require.Empty(t, inspect(), "%s is not mended by %s", b.sql, f.Mend)
	}
	i.opens(t)
}

// elsewhere are the rules whose broken examples are no SQL in a database, or need
// a database that is sealed.
var elsewhere = []string{
	"login-without-scope", "scope-not-sealed",
	"migrations-pending", "migrations-unknown", "not-migrated", "role-missing", "server-too-old", "server-with-known-hole",
	"strings-with-escapes", "table-unknown",
}

// TestEveryRuleIsBrokenOnce fails for a rule without a broken example.
func TestEveryRuleIsBrokenOnce(t *testing.T) {
	t.Parallel()
	examples := map[string]bool{}
	for _, b := range faults {
		examples[b.rule] = true
	}
	for _, name := range elsewhere {
		require.False(t, examples[name], name)
		examples[name] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(postgres.Meanings())), slices.Sorted(maps.Keys(examples)))
}

// TestEveryRuleIsDocumented wants a row for each rule.
func TestEveryRuleIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/postgres.md")
	require.NoError(t, err)
	for name, meaning := range postgres.Meanings() {
		row := fmt.Sprintf("\n| `%s` | %s |\n", name, meaning)
		assert.True(t, strings.Contains(string(text), row), row) //nolint:testifylint // it would print the page
	}
}

func rulesOf(findings []postgres.Finding) []string {
	var names []string
	for _, f := range findings {
		names = append(names, f.Rule)
	}
	return slices.Compact(names)
}

func TestInspectionOfAnotherSchemaSaysOnlyThat(t *testing.T) {
	t.Parallel()
	i := install(t)
	inspect := func(o postgres.InspectOptions) []string {
		o.Prefix = i.prefix
		report, err := postgres.Inspect(t.Context(), i.Owner, &o)
		require.NoError(t, err)
		return rulesOf(report.Findings)
	}
	app := []string{i.prefix + "_app"}
	require.Equal(t, []string{"not-migrated"}, inspect(postgres.InspectOptions{Logins: app}))
	require.NoError(t, i.migrate(t.Context(), "0004"))
	require.Equal(t, []string{"migrations-pending"}, inspect(postgres.InspectOptions{Logins: app}))
	i.up(t)
	require.Empty(t, inspect(postgres.InspectOptions{Logins: app}))
	require.Equal(t, []string{"login-owns-objects", "login-privileged"}, inspect(postgres.InspectOptions{}), "the role that migrates")
	c := connect(t, i.Owner)
	_, err := c.Exec(t.Context(), "INSERT INTO platforma.applied (name) VALUES ('9999')")
	require.NoError(t, err)
	require.Equal(t, []string{"migrations-unknown"}, inspect(postgres.InspectOptions{Logins: app}))
	_, err = c.Exec(t.Context(), "DELETE FROM platforma.applied WHERE name = '9999'; ALTER ROLE "+i.prefix+"_app INHERIT")
	require.NoError(t, err)
	require.Equal(t, []string{"login-inherits"}, inspect(postgres.InspectOptions{Logins: app}))

	report, err := postgres.Inspect(t.Context(), i.login(t), &postgres.InspectOptions{Prefix: "platforma_test_nobodys"})
	require.NoError(t, err)
	require.Equal(t, []string{"role-missing"}, rulesOf(report.Findings), "another prefix")
	require.Len(t, report.Findings, 10)
}

// TestATableOfTheHostsRoleIsFound has the host grant its role a table with
// tenants' rows by hand, and one without.
func TestATableOfTheHostsRoleIsFound(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	_, err := connect(t, d.Owner).Exec(t.Context(), `CREATE SCHEMA shop; CREATE TABLE shop.countries (code text);
		CREATE TABLE shop.visits (tenant_id text, id text); GRANT SELECT ON shop.countries, shop.visits TO `+postgrestest.Prefix+"_host")
	require.NoError(t, err)
	report, err := postgres.Inspect(t.Context(), d.App, &postgres.InspectOptions{Prefix: postgrestest.Prefix})
	require.NoError(t, err)
	require.NotContains(t, report.String(), "shop.countries")
	require.Equal(t, []string{
		"policy-missing", "policy-of-access-missing", "table-not-forced", "table-without-security",
		"tenant-column-nullable", "tenant-column-unchecked",
	}, rulesOf(report.Findings))
}

func TestTablesThatAreNamedMustBeThere(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	c := connect(t, d.Owner)
	_, err := c.Exec(t.Context(), `CREATE SCHEMA shop; CREATE TABLE shop."Two Words" (tenant_id text NOT NULL);
		CREATE TABLE shop.countries (code text); CREATE VIEW shop.seen AS SELECT 1 AS tenant_id`)
	require.NoError(t, err)
	o := postgres.InspectOptions{Prefix: postgrestest.Prefix, Tables: []string{"shop.nothing", "shop.countries", "shop.seen"}}
	report, err := postgres.Inspect(t.Context(), d.App, &o)
	require.NoError(t, err)
	require.Equal(t, []string{"table-unknown"}, rulesOf(report.Findings))
	require.Len(t, report.Findings, 3)

	o.Tables = []string{`shop."Two Words"`}
	report, err = postgres.Inspect(t.Context(), d.App, &o)
	require.NoError(t, err)
	require.Equal(t, []string{
		"policy-missing", "policy-of-access-missing", "table-not-forced", "table-without-security", "tenant-column-unchecked",
	}, rulesOf(report.Findings))
	_, err = postgres.Open(t.Context(), d.App, &postgres.Options{Prefix: postgrestest.Prefix, Tables: o.Tables})
	require.ErrorContains(t, err, `table-not-forced: table shop."Two Words"`)

	_, err = c.Exec(t.Context(), `CALL platforma.isolate('shop."Two Words"')`)
	require.NoError(t, err)
	report, err = postgres.Inspect(t.Context(), d.App, &o)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	postgrestest.OpenAt(t, d, &postgres.Options{Tables: o.Tables})
}

// TestForeignKeysAreMendedWithTheTenant has a key that a unique key across
// tenants made possible: two findings, and the key stays.
func TestForeignKeysAreMendedWithTheTenant(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	c := connect(t, d.Owner)
	_, err := c.Exec(t.Context(), `CREATE SCHEMA shop;
		CREATE TABLE shop.invoices (tenant_id text NOT NULL, id text NOT NULL, PRIMARY KEY (tenant_id, id));
		CREATE TABLE shop.lines (tenant_id text NOT NULL, invoice text NOT NULL);
		CALL platforma.isolate('shop.invoices'); CALL platforma.isolate('shop.lines');
		ALTER TABLE shop.invoices ADD UNIQUE (id);
		ALTER TABLE shop.lines ADD CONSTRAINT of_invoice FOREIGN KEY (invoice) REFERENCES shop.invoices (id)`)
	require.NoError(t, err)
	o := &postgres.InspectOptions{Prefix: postgrestest.Prefix}
	report, err := postgres.Inspect(t.Context(), d.App, o)
	require.NoError(t, err)
	require.Equal(t, []string{"foreign-key-without-tenant", "index-not-led-by-tenant"}, rulesOf(report.Findings))
	for _, f := range report.Findings {
		_, err := c.Exec(t.Context(), f.Mend)
		require.NoError(t, err, f.Mend)
	}
	report, err = postgres.Inspect(t.Context(), d.App, o)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	var key string
	require.NoError(t, c.QueryRow(t.Context(), "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'of_invoice'").Scan(&key))
	require.Equal(t, "FOREIGN KEY (tenant_id, invoice) REFERENCES shop.invoices(tenant_id, id)", key)
}

func TestServersAreJudgedByTheirVersion(t *testing.T) {
	t.Parallel()
	for version, says := range map[int]string{
		140012: "server-too-old: PostgreSQL 14",
		150002: "PostgreSQL 15.2: CVE-2023-2455, CVE-2023-39418, CVE-2024-10976, CVE-2024-10978, CVE-2025-8713",
		150013: "PostgreSQL 15.13: CVE-2025-8713",
		150014: "",
		160004: "PostgreSQL 16.4: CVE-2024-10976, CVE-2024-10978, CVE-2025-8713",
		160010: "",
		170005: "-- update the server to PostgreSQL 17.6 or later",
		170006: "",
		180000: "",
	} {
		report := postgres.Judge(version, true)
		if says == "" {
			assert.Empty(t, report.Findings, "%d", version)
			continue
		}
		require.Len(t, report.Findings, 1, "%d", version)
		assert.Contains(t, report.String(), says)
	}
	require.Equal(t, []string{"strings-with-escapes"}, rulesOf(postgres.Judge(150018, false).Findings))
}
