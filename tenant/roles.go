package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
)

const roleEntity = "role"

// CreateRole creates a role. A name that another role has is fault.ErrExists;
// more than [MaxRoles] are fault.ErrExhausted. It costs two trips.
func (s *Service) CreateRole(ctx context.Context, d RoleDraft) (Role, error) {
	const operation = "tenant.role.create"
	return aggregate.Command[Role]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Role, error) { return s.roleByID(ctx, RoleID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (r Role, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Role{}, err
			}
			defer access.End(&err, roleEntity, "")
			r = Role{
				ID: RoleID(access.NewID(rolePrefix)), TenantID: access.Scope.Tenant, Name: d.Name,
				Permissions: slices.Clone(d.Permissions), Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			var f fault.Fields
			r.check(&f, access.permissions())
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return Role{}, err
			}
			if err := s.roomForRole(ctx); err != nil {
				return Role{}, err
			}
			commit, err := access.Commit(receipt.For(string(r.ID)), fact(EventRoleCreated, string(r.ID), r.Version, r))
			if err != nil {
				return Role{}, err
			}
			return r, s.store.CreateRole(ctx, r, commit)
		},
	}.Run(ctx)
}

// roomForRole keeps the list of roles short enough to be read whole. Two at the
// same time may both find the last room: the bound is for reading, not a quota.
func (s *Service) roomForRole(ctx context.Context) error {
	roles, err := s.store.Roles(ctx)
	if err == nil && len(roles) >= MaxRoles {
		err = &fault.Error{Kind: fault.ErrExhausted, Err: fmt.Errorf("the tenant has %d roles, which is all it may have", len(roles))}
	}
	return err
}

func (s *Service) roleByID(ctx context.Context, id RoleID) (Role, error) {
	roles, err := s.store.Roles(ctx)
	if err != nil {
		return Role{}, err
	}
	for _, r := range roles {
		if r.ID == id {
			return r, nil
		}
	}
	return Role{}, &fault.Error{Entity: roleEntity, ID: string(id), Kind: fault.ErrNotFound}
}

// Roles reads all roles of the tenant, the built-in one first.
func (s *Service) Roles(ctx context.Context) (roles []Role, err error) {
	access, err := s.gate.Read(ctx, "tenant.role.list")
	if err != nil {
		return nil, err
	}
	defer access.End(&err, roleEntity, "")
	return s.store.Roles(ctx)
}

// UpdateRole changes what a role allows. A built-in role is fault.ErrState.
func (s *Service) UpdateRole(ctx context.Context, name string, c RoleChange) (Role, error) {
	return s.editRole(ctx, "tenant.role.update", name, c.Version, EventRoleUpdated, s.store.SaveRole,
		func(r *Role, known Registry) error {
			if c.Permissions != nil {
				r.Permissions = slices.Clone(c.Permissions)
			}
			var f fault.Fields
			r.check(&f, known)
			return f.Err("", "", "")
		})
}

// DeleteRole deletes a role. One that is built in, or that a user still has,
// is fault.ErrState.
func (s *Service) DeleteRole(ctx context.Context, name string) error {
	_, err := s.editRole(ctx, "tenant.role.delete", name, 0, EventRoleDeleted, s.store.DeleteRole,
		func(*Role, Registry) error { return nil })
	return err
}

func (s *Service) editRole(
	ctx context.Context, operation Permission, name string, expected int64, happened string,
	save func(context.Context, Role, event.Commit) error, apply func(*Role, Registry) error,
) (r Role, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Role{}, err
	}
	defer access.End(&err, roleEntity, name)
	var f fault.Fields
	check.Word(&f, "name", name, maxRoleName)
	if err := f.Err("", "", ""); err != nil {
		return Role{}, err
	}
	r, err = aggregate.Edit[Role]{
		Expected: expected,
		Load:     func(ctx context.Context) (Role, error) { return s.store.Role(ctx, name) },
		Version:  func(r *Role) int64 { return r.Version },
		Apply: func(r *Role) (string, error) {
			if r.BuiltIn {
				return "", &fault.Error{Kind: fault.ErrState, Err: errors.New("the role is built in")}
			}
			return happened, apply(r, access.permissions())
		},
		Save: func(ctx context.Context, r *Role, what aggregate.Applied) error {
			r.Version++
			r.UpdatedAt = access.Now
			commit, err := access.Commit(nil, fact(what.Name, string(r.ID), r.Version, *r))
			if err != nil {
				return err
			}
			return save(ctx, *r, commit)
		},
	}.Run(ctx)
	s.gate.Forget(access.Scope.Tenant)
	return r, err
}
