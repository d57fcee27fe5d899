package tenant

import (
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
)

// UserID names a user: "usr_" and 26 characters.
type UserID string

// RoleID names a role: "role_" and 26 characters.
type RoleID string

const (
	userPrefix = "usr"
	rolePrefix = "role"
)

// ParseUserID refuses what is not a user's id with [fault.ErrInvalid].
func ParseUserID(text string) (UserID, error) { return UserID(text), id.Parse(userPrefix, text) }

// UnmarshalText is [ParseUserID] for decoders.
func (u *UserID) UnmarshalText(text []byte) (err error) {
	*u, err = ParseUserID(string(text))
	return err
}

// ParseRoleID refuses what is not a role's id with [fault.ErrInvalid].
func ParseRoleID(text string) (RoleID, error) { return RoleID(text), id.Parse(rolePrefix, text) }

// UnmarshalText is [ParseRoleID] for decoders.
func (r *RoleID) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRoleID(string(text))
	return err
}

// User is a person or a program that acts for a tenant.
type User struct {
	ID       UserID `json:"id"`
	TenantID ID     `json:"tenant_id"`
	// Email is as it was written; unique in the tenant, whatever its case.
	Email  string     `json:"email"`
	Name   string     `json:"name"`
	Status UserStatus `json:"status"`
	// Roles are the names of the roles granted, sorted.
	Roles     []string  `json:"roles,omitempty"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// EmailKey is what the uniqueness of the user's email is decided by: the address
// in its normalised form.
func (u User) EmailKey() string { return check.EmailKey(u.Email) }

// UserDraft is a user to be added.
type UserDraft struct {
	// Email is required.
	Email string `json:"email"`
	// Name is what people call the user; at most 200 characters.
	Name string `json:"name,omitempty"`
	// Roles are the names of the roles to grant.
	Roles []string `json:"roles,omitempty"`
	// Active adds the user as active; else it is invited.
	Active bool `json:"active,omitempty"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// UserChange is what to change of a user; a nil field stays as it is.
type UserChange struct {
	Email *string
	Name  *string
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// UserQuery filters a list of users. The zero value is all of the tenant's.
type UserQuery struct {
	page.Request
	// Status is the status wanted; empty is any.
	Status UserStatus `json:"status,omitempty"`
}

// maxRoles is how many roles a user may have.
const maxRoles = 20

func (u User) check(f *fault.Fields) {
	check.Email(f, "email", u.Email)
	check.Text(f, "name", u.Name, 200)
	check.Words(f, "roles", u.Roles, maxRoles, maxRoleName)
}

// grant adds a role and says whether it was new.
func (u *User) grant(role string) bool {
	if slices.Contains(u.Roles, role) {
		return false
	}
	u.Roles = append(slices.Clone(u.Roles), role)
	slices.Sort(u.Roles)
	return true
}

// revoke takes a role away and says whether the user had it.
func (u *User) revoke(role string) bool {
	i := slices.Index(u.Roles, role)
	if i < 0 {
		return false
	}
	u.Roles = slices.Delete(slices.Clone(u.Roles), i, i+1)
	return true
}
