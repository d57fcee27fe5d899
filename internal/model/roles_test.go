package model

import (
	"context"
	"slices"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

func roleOps() []op {
	return []op{
		{name: "role.create", weight: 3, most: command{In: 1, By: 1, What: 3, N: 3, Key: 1}, plan: createRole},
		{name: "role.update", weight: 2, most: command{In: 1, By: 1, What: 3, N: 3, Seen: 1}, plan: updateRole},
		{name: "role.delete", weight: 2, most: command{In: 1, By: 1, What: 3}, plan: deleteRole},
		{name: "role.list", weight: 1, most: command{In: 1, By: 1}, plan: listRoles},
	}
}

// roleNames are what roles are called; the last is no name.
var roleNames = []string{"viewer", "clerk", "owner", "No Name"}

const badRole = 3

// grants are what roles allow; the last is no operation.
var grants = [][]tenant.Permission{
	{"customer.get", "customer.list", "order.*", "catalog.get", "catalog.quote"},
	{"customer.*", "catalog.*", "tenant.get"},
	{"*"},
	{"order.place", "order.steal"},
}

const badGrant = 3

func createRole(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d := tenant.RoleDraft{Name: roleNames[c.What], Permissions: grants[c.N], Key: w.key(c)}
	call := func(ctx context.Context, p *platforma.Platform) (tenant.Role, error) {
		return p.Tenants.CreateRole(ctx, d)
	}
	return planned(by, call, func(got tenant.Role) (tenant.Role, *refusal) {
		return keyed(r.receiptsOf(by), "tenant.role.create", d.Key, d, func() (func() (string, tenant.Role), *refusal) {
			in, no := r.admit(by, "tenant.role.create", true)
			switch {
			case no != nil:
				return nil, no
			case c.What == badRole || c.N == badGrant:
				return nil, refuse(fault.ErrInvalid)
			case in.roles[d.Name] != nil:
				return nil, refuse(fault.ErrExists, "name")
			}
			return func() (string, tenant.Role) {
				made := &tenant.Role{
					ID: tenant.RoleID(r.learn("role", string(got.ID))), TenantID: by.tenant, Name: d.Name,
					Permissions: d.Permissions, Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				in.roles[d.Name] = made
				in.happened(r, by, "tenant", "role.created", string(made.ID), 1, made)
				return string(made.ID), *made
			}, nil
		}, func(id string) (tenant.Role, *refusal) {
			for _, role := range r.tenants[string(by.tenant)].roles {
				if string(role.ID) == id {
					return *role, nil
				}
			}
			return tenant.Role{}, refuse(fault.ErrNotFound)
		})
	})
}

// mayEdit says why a role cannot be changed by somebody who saw a version of it.
func (r *rules) mayEdit(by who, operation, name string, seen int64) (*realm, *tenant.Role, *refusal) {
	in, no := r.admit(by, operation, true)
	switch {
	case no != nil:
		return nil, nil, no
	case name == roleNames[badRole]:
		return nil, nil, refuse(fault.ErrInvalid, "name")
	}
	role := in.roles[name]
	switch {
	case role == nil:
		return nil, nil, refuse(fault.ErrNotFound)
	case conflicts(seen, role.Version):
		return nil, nil, refuse(fault.ErrConflict)
	case role.BuiltIn:
		return nil, nil, refuse(fault.ErrState)
	}
	return in, role, nil
}

func updateRole(w *world, c command) plan {
	r, by, name := w.rules, w.by(c), roleNames[c.What]
	change := tenant.RoleChange{Permissions: grants[c.N], Version: version(c, 0)}
	if in := r.tenants[w.tenant(c.In)]; in != nil && in.roles[name] != nil {
		change.Version = version(c, in.roles[name].Version)
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.Role, error) {
		return p.Tenants.UpdateRole(ctx, name, change)
	}, func(tenant.Role) (tenant.Role, *refusal) {
		in, role, no := r.mayEdit(by, "tenant.role.update", name, change.Version)
		if no != nil {
			return tenant.Role{}, no
		}
		if c.N == badGrant {
			return tenant.Role{}, refuse(fault.ErrInvalid, "permissions[1]")
		}
		role.Permissions, role.UpdatedAt = grants[c.N], r.now
		role.Version++
		in.happened(r, by, "tenant", "role.updated", string(role.ID), role.Version, role)
		return *role, nil
	})
}

func deleteRole(w *world, c command) plan {
	r, by, name := w.rules, w.by(c), roleNames[c.What]
	return planned(by, func(ctx context.Context, p *platforma.Platform) (any, error) {
		return nil, p.Tenants.DeleteRole(ctx, name)
	}, func(any) (any, *refusal) {
		in, role, no := r.mayEdit(by, "tenant.role.delete", name, 0)
		if no != nil {
			return nil, no
		}
		for _, u := range in.users {
			if slices.Contains(u.Roles, name) {
				return nil, refuse(fault.ErrState)
			}
		}
		role.Version++
		role.UpdatedAt = r.now
		delete(in.roles, name)
		in.happened(r, by, "tenant", "role.deleted", string(role.ID), role.Version, role)
		return nil, nil
	})
}

// listRoles also learns the id of the built-in role, which no answer has named
// before.
func listRoles(w *world, c command) plan {
	by := w.by(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]tenant.Role, error) {
		return p.Tenants.Roles(ctx)
	}, func(got []tenant.Role) ([]tenant.Role, *refusal) { return w.rules.rolesOf(by, got) })
}

func (r *rules) rolesOf(by who, got []tenant.Role) ([]tenant.Role, *refusal) {
	in, no := r.admit(by, "tenant.role.list", false)
	if no != nil {
		return nil, no
	}
	if owner := in.roles["owner"]; owner.ID == "" && len(got) > 0 {
		owner.ID = tenant.RoleID(r.learn("role", string(got[0].ID)))
	}
	var roles []tenant.Role
	for _, role := range sorted(in.roles) {
		roles = append(roles, *role)
	}
	slices.SortFunc(roles, byID(func(r tenant.Role) string { return string(r.ID) }))
	return roles, nil
}
