package faulty

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// tenantCalls are the methods of a tenant.Store, for faults to change.
type tenantCalls struct {
	Create      func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error
	Get         func(ctx context.Context) (tenant.Tenant, error)
	BySlug      func(ctx context.Context, slug string) (tenant.Tenant, error)
	List        func(ctx context.Context, q tenant.Query, w page.Window) ([]tenant.Tenant, error)
	Save        func(ctx context.Context, t tenant.Tenant, c event.Commit) error
	Standing    func(ctx context.Context, user tenant.UserID) (tenant.Standing, error)
	AddUser     func(ctx context.Context, u tenant.User, c event.Commit) error
	User        func(ctx context.Context, id tenant.UserID) (tenant.User, error)
	UserByEmail func(ctx context.Context, email string) (tenant.User, error)
	Users       func(ctx context.Context, q tenant.UserQuery, w page.Window) ([]tenant.User, error)
	SaveUser    func(ctx context.Context, u tenant.User, c event.Commit) error
	CreateRole  func(ctx context.Context, r tenant.Role, c event.Commit) error
	Role        func(ctx context.Context, name string) (tenant.Role, error)
	Roles       func(ctx context.Context) ([]tenant.Role, error)
	SaveRole    func(ctx context.Context, r tenant.Role, c event.Commit) error
	DeleteRole  func(ctx context.Context, r tenant.Role, c event.Commit) error
	Receipt     func(ctx context.Context, operation, key string) (event.Receipt, error)
}

// tenantStore is a tenant.Store of calls.
type tenantStore struct{ calls *tenantCalls }

var _ tenant.Store = tenantStore{}

func (s tenantStore) Create(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
	return s.calls.Create(ctx, t, owner, c)
}

func (s tenantStore) Get(ctx context.Context) (tenant.Tenant, error) {
	return s.calls.Get(ctx)
}

func (s tenantStore) BySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return s.calls.BySlug(ctx, slug)
}

func (s tenantStore) List(ctx context.Context, q tenant.Query, w page.Window) ([]tenant.Tenant, error) {
	return s.calls.List(ctx, q, w)
}

func (s tenantStore) Save(ctx context.Context, t tenant.Tenant, c event.Commit) error {
	return s.calls.Save(ctx, t, c)
}

func (s tenantStore) Standing(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
	return s.calls.Standing(ctx, user)
}

func (s tenantStore) AddUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.calls.AddUser(ctx, u, c)
}

func (s tenantStore) User(ctx context.Context, id tenant.UserID) (tenant.User, error) {
	return s.calls.User(ctx, id)
}

func (s tenantStore) UserByEmail(ctx context.Context, email string) (tenant.User, error) {
	return s.calls.UserByEmail(ctx, email)
}

func (s tenantStore) Users(ctx context.Context, q tenant.UserQuery, w page.Window) ([]tenant.User, error) {
	return s.calls.Users(ctx, q, w)
}

func (s tenantStore) SaveUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.calls.SaveUser(ctx, u, c)
}

func (s tenantStore) CreateRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.calls.CreateRole(ctx, r, c)
}

func (s tenantStore) Role(ctx context.Context, name string) (tenant.Role, error) {
	return s.calls.Role(ctx, name)
}

func (s tenantStore) Roles(ctx context.Context) ([]tenant.Role, error) {
	return s.calls.Roles(ctx)
}

func (s tenantStore) SaveRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.calls.SaveRole(ctx, r, c)
}

func (s tenantStore) DeleteRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.calls.DeleteRole(ctx, r, c)
}

func (s tenantStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}
