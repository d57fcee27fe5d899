package tenant

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// Store is what the tenant service persists through.
//
// Every method is one atomic step and takes its tenant from the scope in ctx
// alone: without one it fails with fault.ErrNoScope before any I/O. What is
// created or saved is stored together with its event.Commit, or nothing is.
// What is not there, or is another tenant's, is fault.ErrNotFound, and the two
// answer alike; a value that must be unique and is taken is fault.ErrExists, with
// its field; a saved version that is not the stored one's successor, or one of
// what is not there, is fault.ErrConflict. A context that has ended, before or
// meanwhile, is fault.ErrUnavailable caused by its error. Ids are unique among
// the entities of a kind in a tenant. What is handed in or out is never kept or
// changed.
//
// What is stored is read back as it was: texts to the byte, and told apart by
// their bytes where they are compared or ordered; numbers to the last digit, of
// decimals with those that are zero; times to the microsecond, what is finer cut
// off, in UTC and from the year 1 to 9999. An empty list or map may come back as
// nil. Texts are valid UTF-8; one with a NUL, which no service hands down, is
// kept or refused with fault.ErrInvalid.
//
// Lists are in the order of ids, or of ids that run down. A window begins after
// its key, whether or not there is an entity of that key.
type Store interface {
	// Create stores the scope's tenant with its built-in role. Ids, slugs and
	// the commit's receipt are unique across tenants.
	Create(ctx context.Context, t Tenant, owner Role, c event.Commit) error
	// Get reads the scope's tenant with its users, oldest first.
	Get(ctx context.Context) (Tenant, error)
	// BySlug reads a tenant with its users. The scope is the operator's, across
	// tenants.
	BySlug(ctx context.Context, slug string) (Tenant, error)
	// List reads tenants without users, by id. The scope is the operator's,
	// across tenants.
	List(ctx context.Context, q Query, w page.Window) ([]Tenant, error)
	// Save stores the scope's tenant, but not its users.
	Save(ctx context.Context, t Tenant, c event.Commit) error
	// Standing reads what the gate asks for; without a user if its id is empty.
	Standing(ctx context.Context, user UserID) (Standing, error)

	// AddUser stores a new user. An email whose normalised form (User.EmailKey)
	// another user of the tenant has is fault.ErrExists; a role that is not there
	// is fault.ErrNotFound, with the field "roles".
	AddUser(ctx context.Context, u User, c event.Commit) error
	// User reads a user with its roles.
	User(ctx context.Context, id UserID) (User, error)
	// UserByEmail reads the user whose email has that normalised form.
	UserByEmail(ctx context.Context, email string) (User, error)
	// Users reads users with their roles, by id.
	Users(ctx context.Context, q UserQuery, w page.Window) ([]User, error)
	// SaveUser stores a user with its roles; refusals as of AddUser.
	SaveUser(ctx context.Context, u User, c event.Commit) error

	// CreateRole stores a new role; its name is unique in the tenant.
	CreateRole(ctx context.Context, r Role, c event.Commit) error
	// Role reads a role by its name.
	Role(ctx context.Context, name string) (Role, error)
	// Roles reads all roles of the tenant, by id.
	Roles(ctx context.Context) ([]Role, error)
	// SaveRole stores a role.
	SaveRole(ctx context.Context, r Role, c event.Commit) error
	// DeleteRole deletes a role; r is what would be saved, with the version after
	// the stored one. A role that a user still has is fault.ErrState.
	DeleteRole(ctx context.Context, r Role, c event.Commit) error

	// Receipt finds the receipt of a keyed command. In the operator's scope across
	// tenants it is one of Create's.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)
}

// Standing is what the gate asks about a tenant and a user.
type Standing struct {
	Status   Status
	Settings Settings
	// UserStatus is empty where no user was asked for, or none is there.
	UserStatus UserStatus
	// Permissions are those of all the user's roles, in any order.
	Permissions []Permission
}
