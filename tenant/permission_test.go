package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

func TestWhatAPermissionAllows(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		p, operation Permission
		allows       bool
	}{
		{"*", "order.place", true},
		{"*", "tenant.user.add", true},
		{"order.place", "order.place", true},
		{"order.place", "order.placement", false},
		{"order.place", "order.get", false},
		{"order.*", "order.place", true},
		{"order.*", "orders.place", false},
		{"order.*", "order", false},
		{"order", "order.place", false},
		{"tenant.*", "tenant.user.add", true},
		{"tenant.user.*", "tenant.user.add", true},
		{"tenant.user.*", "tenant.role.create", false},
		{"tenant.user.*", "tenant.get", false},
		{".*", "order.place", false},
		{"order.pl*", "order.place", false},
		{"**", "order.place", false},
		{"", "order.place", false},
		{"", "", true},
	} {
		require.Equal(t, row.allows, row.p.Allows(row.operation), "%q of %q", row.p, row.operation)
	}
}

func TestTheRegistryKnowsWhatCanBeGranted(t *testing.T) {
	t.Parallel()
	r := Registry{"customer.get", "tenant.user.add"}
	for p, known := range map[Permission]bool{
		"*": true, "customer.get": true, "customer.*": true, "tenant.*": true, "tenant.user.*": true, "tenant.user.add": true,
		"": false, "customer": false, "customer.": false, "custom.*": false, "customer.put": false, "tenant.role.*": false,
		"tenant.user": false, ".*": false, "customer.get.*": false, "order.*": false, "Customer.get": false,
	} {
		var f fault.Fields
		r.check(&f, "permissions[0]", p)
		require.Equal(t, known, f.Empty(), "%q", p)
		if !known {
			require.Equal(t, "permissions[0]", f.All()[0].Path)
		}
	}
}

func TestPermissionsAreNamesOfOperations(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^tenant\.([a-z]+\.)?[a-z_]+$`)
	all := Permissions()
	for i, p := range all {
		require.Regexp(t, name, string(p))
		require.NotContains(t, all[:i], p)
	}
	all[0] = "changed"
	require.NotContains(t, Permissions(), Permission("changed"))
	for _, operators := range []Permission{"tenant.create", "tenant.suspend", "tenant.archive", "tenant.list"} {
		require.NotContains(t, all, operators, "no role makes a user the operator")
	}
}

func TestARoleNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()
	known := Registry{"order.get", "order.place"}
	for i := range maxPermissions {
		known = append(known, Permission(fmt.Sprintf("x.p%d", i)))
	}
	for _, row := range []struct {
		Role
		want []string
	}{
		{Role{Name: "sales"}, nil},
		{Role{Name: "sales.eu-1", Permissions: []Permission{"order.get", "order.place", "order.*", "*"}}, nil},
		{Role{Name: "all", Permissions: known[2:]}, nil},
		{Role{Name: "all", Permissions: known[1:]}, []string{"permissions"}},
		{Role{}, []string{"name"}},
		{Role{Name: "Sales"}, []string{"name"}},
		{
			Role{Name: "", Permissions: []Permission{"order.get", "order.fly", "order.get", ""}},
			[]string{"name", "permissions[1]", "permissions[2]", "permissions[3]"},
		},
	} {
		var f fault.Fields
		row.check(&f, known)
		require.Equal(t, row.want, offending(f.Err("", "", "")), "%.80v", row.Role)
	}
}

func TestRolesAreGrantedOnce(t *testing.T) {
	t.Parallel()
	var u User
	require.True(t, u.grant("sales"))
	before := u
	require.True(t, u.grant("owner"))
	require.False(t, u.grant("owner"))
	require.Equal(t, []string{"owner", "sales"}, u.Roles)
	require.Equal(t, []string{"sales"}, before.Roles)
	before = u
	require.False(t, u.revoke("other"))
	require.True(t, u.revoke("owner"))
	require.False(t, u.revoke("owner"))
	require.Equal(t, []string{"sales"}, u.Roles)
	require.Equal(t, []string{"owner", "sales"}, before.Roles)
	require.True(t, slices.IsSorted(before.Roles))
}

func TestIDsOfAnotherEntityAreRefused(t *testing.T) {
	t.Parallel()
	const digits = "01h455vb4pex5vsknk084sn02q"
	var u UserID
	var r RoleID
	for text, ok := range map[string][3]bool{
		"ten_" + digits: {true, false, false}, "usr_" + digits: {false, true, false}, "role_" + digits: {false, false, true}, "": {},
	} {
		_, err := ParseID(text)
		require.Equal(t, ok[0], err == nil)
		_, err = ParseUserID(text)
		require.Equal(t, ok[1], err == nil)
		require.Equal(t, ok[1], u.UnmarshalText([]byte(text)) == nil)
		_, err = ParseRoleID(text)
		require.Equal(t, ok[2], err == nil)
		require.Equal(t, ok[2], r.UnmarshalText([]byte(text)) == nil)
	}
}
