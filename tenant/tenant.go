// Package tenant holds the tenants of an installation, their users, roles and
// permissions, and the gate that every service's operations pass.
//
// A tenant is created and suspended by the operator; everything else happens
// in a tenant's scope, which travels in the context:
//
//	acme, err := p.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{Name: "Acme Cloud"})
//	ctx = tenant.NewContext(ctx, acme.ID) // what follows is Acme's
package tenant

import (
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// ID names a tenant: "ten_" and 26 characters.
type ID = scope.TenantID

// ParseID refuses what is not a tenant's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return scope.ParseTenantID(text) }

// NewContext returns a context in which the host acts for a tenant; see
// [scope.Tenant].
func NewContext(ctx context.Context, tenant ID) context.Context { return scope.Tenant(ctx, tenant) }

// AsUser returns a context in which a user of a tenant acts, with the
// permissions of the user's roles; see [scope.User].
func AsUser(ctx context.Context, tenant ID, user UserID) context.Context {
	return scope.User(ctx, tenant, string(user))
}

// AsOperator returns a context in which the operator acts across tenants; see
// [scope.Operator].
func AsOperator(ctx context.Context) context.Context { return scope.Operator(ctx) }

// Tenant is one of the installation's customers of the platform: everything
// else belongs to exactly one.
type Tenant struct {
	ID     ID     `json:"id"`
	Name   string `json:"name"`
	Slug   string `json:"slug"`
	Status Status `json:"status"`
	// Suspensions are the reasons for which the tenant is suspended, sorted.
	// Lifting one does not lift the others.
	Suspensions []string  `json:"suspensions,omitempty"`
	Settings    Settings  `json:"settings"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	// Users are filled in by Get and BySlug, not by lists and events.
	Users []User `json:"users,omitempty"`
}

// Draft is a tenant to be created.
type Draft struct {
	// Name is what people call it; required, at most 200 characters.
	Name string `json:"name"`
	// Slug names it in addresses: unique in the installation, lower-case
	// letters, digits and hyphens, at most 63. Empty: made from the name.
	Slug string `json:"slug,omitempty"`
	// Settings are the tenant's settings; see there for the defaults.
	Settings Settings `json:"settings"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// Change is what to change of a tenant; a nil field stays as it is.
type Change struct {
	Name     *string
	Settings *Settings
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// Query filters the operator's list of tenants. The zero value is all.
type Query struct {
	page.Request
	// Status is the status wanted; empty is any.
	Status Status `json:"status,omitempty"`
}

func (d Draft) check() error {
	var f fault.Fields
	checkName(&f, d.Name)
	checkSlug(&f, d.Slug)
	d.Settings.check(f.In("settings"))
	check.IdempotencyKey(&f, d.Key)
	return f.Err("", "", "")
}

func checkName(f *fault.Fields, name string) { check.Required(f, "name", name, 200) }

// suspend adds a reason and says whether it was new.
func (t *Tenant) suspend(reason string) (bool, error) {
	status, err := Lifecycle().Next(t.Status, "suspend")
	if err != nil || slices.Contains(t.Suspensions, reason) {
		return false, err
	}
	t.Suspensions = append(slices.Clone(t.Suspensions), reason)
	slices.Sort(t.Suspensions)
	t.Status = status
	return true, nil
}

// lift removes a reason; the last one's going makes the tenant active.
func (t *Tenant) lift(reason string) error {
	status, err := Lifecycle().Next(t.Status, "reactivate")
	if err != nil {
		return err
	}
	i := slices.Index(t.Suspensions, reason)
	if i < 0 {
		var f fault.Fields
		f.Add("reason", "must be one of those that the tenant is suspended for: %q", t.Suspensions)
		return f.Err("", "", "")
	}
	t.Suspensions = slices.Delete(slices.Clone(t.Suspensions), i, i+1)
	if len(t.Suspensions) == 0 {
		t.Suspensions, t.Status = nil, status
	}
	return nil
}
