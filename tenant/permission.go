package tenant

import (
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
)

// Permission allows one operation: "service.action", as in "order.place".
// "order.*" allows every operation of a service, "*" everything.
type Permission string

// Everything is the permission of the built-in owner role.
const Everything Permission = "*"

// Allows says whether a permission covers an operation.
func (p Permission) Allows(operation Permission) bool {
	if p == Everything || p == operation {
		return true
	}
	service, all := strings.CutSuffix(string(p), ".*")
	return all && strings.HasPrefix(string(operation), service+".")
}

// Registry is the list of operations that permissions can be granted for. The
// services register theirs with the gate.
type Registry []Permission

// Check adds an offending field for a permission that no operation asks for.
func (r Registry) check(f *fault.Fields, path string, p Permission) {
	if p == Everything || slices.Contains(r, p) {
		return
	}
	if service, all := strings.CutSuffix(string(p), ".*"); all {
		if slices.ContainsFunc(r, func(known Permission) bool { return strings.HasPrefix(string(known), service+".") }) {
			return
		}
	}
	f.Add(path, "must be the name of an operation, such as %q", "order.place")
}

// Permissions are the operations of this package's service.
func Permissions() []Permission {
	return []Permission{
		"tenant.get", "tenant.update",
		"tenant.user.add", "tenant.user.get", "tenant.user.list", "tenant.user.update", "tenant.user.activate",
		"tenant.user.disable", "tenant.user.grant", "tenant.user.revoke", "tenant.user.permissions",
		"tenant.role.create", "tenant.role.list", "tenant.role.update", "tenant.role.delete",
	}
}
