package tenant

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// offending are the paths that an error names.
func offending(err error) (paths []string) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range e.Fields {
			paths = append(paths, field.Path)
		}
	}
	return paths
}

func amount(t testing.TB, number string, c money.Currency) money.Amount {
	t.Helper()
	a, err := money.NewAmount(number, c)
	require.NoError(t, err)
	return a
}

func TestDraftsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, d := range []Draft{
		{Name: "Acme"},
		{Name: strings.Repeat("名", 200), Slug: strings.Repeat("a", 63), Key: strings.Repeat("k", 128)},
		{Name: "Acme", Slug: "a-1-b", Settings: Settings{DefaultCurrency: "EUR", Locale: "de-CH", TimeZone: "Europe/Berlin"}},
	} {
		require.NoError(t, d.check(), "%+v", d)
	}
}

func TestADraftNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want  []string
		draft Draft
	}{
		{[]string{"name"}, Draft{}},
		{[]string{"name"}, Draft{Name: strings.Repeat("a", 201)}},
		{[]string{"name"}, Draft{Name: " Acme"}},
		{[]string{"name"}, Draft{Name: "Ac\x00me"}},
		{[]string{"name"}, Draft{Name: "Ac\xffme"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: strings.Repeat("a", 64)}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "Acme"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "-acme"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "acme-"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "ac--me"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "ac_me"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "acme\n"}},
		{[]string{"slug"}, Draft{Name: "Acme", Slug: "äcme"}},
		{[]string{"key"}, Draft{Name: "Acme", Key: strings.Repeat("k", 129)}},
		{[]string{"key"}, Draft{Name: "Acme", Key: "k\x00"}},
		{[]string{"settings.locale"}, Draft{Name: "Acme", Settings: Settings{Locale: "German"}}},
		{
			[]string{
				"name", "slug", "settings.default_currency", "settings.locale", "settings.time_zone", "settings.allowed_regions[1]",
				"settings.allowed_regions[2]", "settings.order_approval.mode", "settings.limits.resources",
				"settings.limits.resources_per_order", "settings.extra key", "settings.extra.b", "key",
			},
			Draft{Slug: "!", Key: "k\n", Settings: Settings{
				DefaultCurrency: "EURO", Locale: "x", TimeZone: "Mars/Olympus", AllowedRegions: []string{"a", "a", "B"},
				OrderApproval: OrderApproval{Mode: "sometimes"}, Limits: Limits{Resources: -1, ResourcesPerOrder: -1},
				Extra: map[string]string{"": "", "b": "\x00"},
			}},
		},
	} {
		err := row.draft.check()
		require.ErrorIs(t, err, fault.ErrInvalid, "%+v", row.draft)
		require.Equal(t, row.want, offending(err), "%+v", row.draft)
	}
}

func TestSlugsAreMadeFromNames(t *testing.T) {
	t.Parallel()
	for name, slug := range map[string]string{
		"Acme Cloud": "acme-cloud", "  Acme -- Cloud!  ": "acme-cloud", "Zoë's Café №1": "zoe-s-cafe-no1", "ACME": "acme", "42": "42",
		"Ünï_cödé": "uni-code", "Привет": "", "東京": "", "": "", "-": "", "Привет 2": "2", "Москва Cloud": "cloud",
		strings.Repeat("a", 200): strings.Repeat("a", 63), strings.Repeat("a", 62) + " b": strings.Repeat("a", 62),
		strings.Repeat("ab ", 60): strings.Repeat("ab-", 20) + "ab",
	} {
		require.Equal(t, slug, slugOf(name), "%q", name)
	}
}

func TestEverySlugThatIsMadeIsASlug(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z]{1,9} ){0,12}[a-z0-9]{0,70}`)).Draw(t, "name")
		base := slugOf(name)
		attempt := rapid.IntRange(1, slugAttempts).Draw(t, "attempt")
		if base == "" {
			return
		}
		var f fault.Fields
		slug := numbered(base, attempt)
		checkSlug(&f, slug)
		require.Empty(t, f.All(), slug)
		require.Equal(t, base, numbered(base, 1))
		if attempt > 1 {
			require.NotEqual(t, numbered(base, attempt-1), slug)
		}
	})
}

func TestANumberStandsBehindATakenSlug(t *testing.T) {
	t.Parallel()
	require.Equal(t, "acme", numbered("acme", 1))
	require.Equal(t, "acme-2", numbered("acme", 2))
	require.Equal(t, "acme-10", numbered("acme", 10))
	require.Equal(t, strings.Repeat("a", 61)+"-2", numbered(strings.Repeat("a", 63), 2))
	require.Equal(t, strings.Repeat("a", 60)+"-10", numbered(strings.Repeat("a", 63), 10))
	require.Equal(t, strings.Repeat("a", 60)+"-2", numbered(strings.Repeat("a", 60)+"-bc", 2), "not two hyphens")
}

func TestSuspensionsAreASet(t *testing.T) {
	t.Parallel()
	given := Tenant{Status: Active}
	acme := given
	suspend := func(reason string) bool {
		added, err := acme.suspend(reason)
		require.NoError(t, err)
		require.Equal(t, Suspended, acme.Status)
		return added
	}
	require.True(t, suspend("unpaid"))
	before := acme
	require.True(t, suspend("abuse"))
	require.Equal(t, []string{"abuse", "unpaid"}, acme.Suspensions, "sorted")
	require.Equal(t, []string{"unpaid"}, before.Suspensions, "another value's list stays as it is")
	require.False(t, suspend("abuse"))
	require.Equal(t, []string{"abuse", "unpaid"}, acme.Suspensions)

	err := acme.lift("whim")
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"reason"}, offending(err))
	require.ErrorContains(t, err, `["abuse" "unpaid"]`)
	before = acme
	require.NoError(t, acme.lift("abuse"))
	require.Equal(t, Tenant{Status: Suspended, Suspensions: []string{"unpaid"}}, acme, "lifting one does not lift the others")
	require.Equal(t, []string{"abuse", "unpaid"}, before.Suspensions)
	require.NoError(t, acme.lift("unpaid"))
	require.Equal(t, given, acme)
	require.ErrorIs(t, acme.lift("unpaid"), fault.ErrState)

	archived := Tenant{Status: Archived}
	_, err = archived.suspend("unpaid")
	require.ErrorIs(t, err, fault.ErrState)
	require.Equal(t, Tenant{Status: Archived}, archived)
}

func TestSuspensionsAreSortedAndLiftedInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		reasons := rapid.SliceOfDistinct(rapid.StringMatching(`[a-d]{1,2}`), rapid.ID[string])
		all := reasons.Filter(func(s []string) bool { return len(s) > 0 }).Draw(t, "reasons")
		acme := Tenant{Status: Active}
		for _, reason := range all {
			added, err := acme.suspend(reason)
			require.NoError(t, err)
			require.True(t, added)
			require.True(t, slices.IsSorted(acme.Suspensions))
		}
		for i, reason := range rapid.Permutation(all).Draw(t, "order") {
			require.NoError(t, acme.lift(reason))
			require.Equal(t, i+1 == len(all), acme.Status == Active)
			require.NotContains(t, acme.Suspensions, reason)
		}
	})
}
