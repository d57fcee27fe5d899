package tenant

import (
	"fmt"
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// OwnerRole is the name of the built-in role that may do everything.
const OwnerRole = "owner"

// The limits of roles.
const (
	maxRoleName    = 64
	maxPermissions = 200
	// MaxRoles is how many roles a tenant may have; they are listed whole.
	MaxRoles = 200
)

// Role is a named set of permissions that users are granted.
type Role struct {
	ID       RoleID `json:"id"`
	TenantID ID     `json:"tenant_id"`
	// Name is a machine name, unique in the tenant; users refer to it, so it
	// never changes.
	Name        string       `json:"name"`
	Permissions []Permission `json:"permissions"`
	// BuiltIn roles can be neither changed nor deleted.
	BuiltIn   bool      `json:"built_in,omitempty"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// RoleDraft is a role to be created.
type RoleDraft struct {
	// Name is required: lower-case letters, digits and single ".", "_", "-".
	Name string `json:"name"`
	// Permissions are what the role allows, without doubles.
	Permissions []Permission `json:"permissions"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// RoleChange is what to change of a role; a nil field stays as it is.
type RoleChange struct {
	Permissions []Permission
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

func (r Role) check(f *fault.Fields, known Registry) {
	check.Word(f, "name", r.Name, maxRoleName)
	if len(r.Permissions) > maxPermissions {
		f.Add("permissions", "must have at most %d entries, has %d", maxPermissions, len(r.Permissions))
		return
	}
	for i, p := range r.Permissions {
		path := fmt.Sprintf("permissions[%d]", i)
		known.check(f, path, p)
		if slices.Contains(r.Permissions[:i], p) {
			f.Add(path, "must not be named twice")
		}
	}
}
