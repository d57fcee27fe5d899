package model

import (
	"context"
	"slices"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

func userOps() []op {
	return []op{
		{name: "user.add", weight: 4, most: command{In: 1, By: 1, What: 5, N: badEmail, Key: 1}, plan: addUser},
		{name: "user.update", weight: 2, most: command{In: 1, By: 1, On: 1, N: badEmail, Seen: 1}, plan: updateUser},
		{name: "user.activate", weight: 2, most: command{In: 1, By: 1, On: 1}, plan: activateUser},
		{name: "user.disable", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: disableUser},
		{name: "user.grant", weight: 2, most: command{In: 1, By: 1, On: 1, What: 3}, plan: grantRole},
		{name: "user.revoke", weight: 2, most: command{In: 1, By: 1, On: 1, What: 3}, plan: revokeRole},
		{name: "user.get", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: getUser},
		{name: "user.by_email", weight: 1, most: command{In: 1, By: 1, N: badEmail}, plan: userByEmail},
		{name: "user.permissions", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: permissionsOf},
	}
}

func usersOf(in *realm) map[string]*tenant.User { return in.users }

// emails are what people write; the second is the first's in another case, the
// last is none.
var emails = []string{
	"ada@example.com", "ADA@Example.com", "grace@example.com", "hopper@example.org", "alan@example.com", "turing@example.org",
	"nobody",
}

const badEmail = 6

// addressed finds by an email, whatever its case.
func (in *realm) addressed(email string) *tenant.User {
	for _, u := range in.users {
		if strings.EqualFold(u.Email, email) {
			return u
		}
	}
	return nil
}

// hasRoles says whether the tenant has all those roles.
func (in *realm) hasRoles(names []string) bool {
	for _, name := range names {
		if in.roles[name] == nil {
			return false
		}
	}
	return true
}

func addUser(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d := tenant.UserDraft{Email: emails[c.N], Name: "Ada", Active: c.What%2 == 1, Key: w.key(c)}
	switch c.What / 2 {
	case 1:
		d.Roles = []string{"owner"}
	case 2:
		d.Roles = []string{"viewer", "clerk"}
	}
	call := func(ctx context.Context, p *platforma.Platform) (tenant.User, error) {
		return p.Tenants.AddUser(ctx, d)
	}
	return planned(by, call, func(got tenant.User) (tenant.User, *refusal) {
		return keyed(r.receiptsOf(by), "tenant.user.add", d.Key, d, func() (func() (string, tenant.User), *refusal) {
			in, no := r.admit(by, "tenant.user.add", true)
			switch {
			case no != nil:
				return nil, no
			case c.N == badEmail:
				return nil, refuse(fault.ErrInvalid, "email")
			case in.addressed(d.Email) != nil:
				return nil, refuse(fault.ErrExists, "email")
			case !in.hasRoles(d.Roles):
				return nil, refuse(fault.ErrNotFound)
			}
			return func() (string, tenant.User) {
				u := &tenant.User{
					ID: tenant.UserID(r.learn("usr", string(got.ID))), TenantID: by.tenant, Email: d.Email, Name: d.Name,
					Status: tenant.UserInvited, Roles: slices.Sorted(slices.Values(d.Roles)),
					Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				if d.Active {
					u.Status = tenant.UserActive
				}
				in.users[string(u.ID)] = u
				r.people = append(r.people, string(u.ID))
				in.happened(r, by, "tenant", "user.added", string(u.ID), 1, u)
				return string(u.ID), *u
			}, nil
		}, func(id string) (tenant.User, *refusal) { return *r.tenants[string(by.tenant)].users[id], nil })
	})
}

// editUser changes a user: apply names what happened, or nothing.
func editUser(
	w *world, c command, operation string, seen func(present int64) int64,
	call func(context.Context, *platforma.Platform, tenant.UserID, int64) (tenant.User, error),
	apply func(in *realm, u *tenant.User) (event string, no *refusal),
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "usr", usersOf)
	expected := seen(present(w, c, id, usersOf, func(u *tenant.User) int64 { return u.Version }))
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.User, error) {
		return call(ctx, p, tenant.UserID(id), expected)
	}, func(tenant.User) (none tenant.User, _ *refusal) {
		in, no := r.admit(by, operation, true)
		if no != nil {
			return none, no
		}
		if !idPattern.MatchString(id) {
			return none, refuse(fault.ErrInvalid, "id")
		}
		u := in.users[id]
		if u == nil {
			return none, refuse(fault.ErrNotFound)
		}
		if conflicts(expected, u.Version) {
			return none, refuse(fault.ErrConflict)
		}
		changed := *u
		event, no := apply(in, &changed)
		if no != nil || event == "" {
			return changed, no
		}
		changed.Version++
		changed.UpdatedAt = r.now
		in.users[id] = &changed
		in.happened(r, by, "tenant", event, id, changed.Version, changed)
		return changed, nil
	})
}

func anyVersion(int64) int64 { return 0 }

func updateUser(w *world, c command) plan {
	email := emails[c.N]
	return editUser(w, c, "tenant.user.update", func(v int64) int64 { return version(c, v) },
		func(ctx context.Context, p *platforma.Platform, id tenant.UserID, seen int64) (tenant.User, error) {
			return p.Tenants.UpdateUser(ctx, id, tenant.UserChange{Email: &email, Version: seen})
		}, func(in *realm, u *tenant.User) (string, *refusal) {
			if c.N == badEmail {
				return "", refuse(fault.ErrInvalid, "email")
			}
			if other := in.addressed(email); other != nil && other.ID != u.ID {
				return "", refuse(fault.ErrExists, "email")
			}
			u.Email = email
			return "user.updated", nil
		})
}

func activateUser(w *world, c command) plan {
	return editUser(w, c, "tenant.user.activate", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id tenant.UserID, _ int64) (tenant.User, error) {
			return p.Tenants.ActivateUser(ctx, id)
		}, func(_ *realm, u *tenant.User) (string, *refusal) {
			if u.Status == tenant.UserActive {
				return "", refuse(fault.ErrState)
			}
			u.Status = tenant.UserActive
			return "user.activated", nil
		})
}

func disableUser(w *world, c command) plan {
	return editUser(w, c, "tenant.user.disable", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id tenant.UserID, _ int64) (tenant.User, error) {
			return p.Tenants.DisableUser(ctx, id)
		}, func(_ *realm, u *tenant.User) (string, *refusal) {
			if u.Status == tenant.UserDisabled {
				return "", refuse(fault.ErrState)
			}
			u.Status = tenant.UserDisabled
			return "user.disabled", nil
		})
}

func grantRole(w *world, c command) plan {
	role := roleNames[c.What]
	return editUser(w, c, "tenant.user.grant", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id tenant.UserID, _ int64) (tenant.User, error) {
			return p.Tenants.Grant(ctx, id, role)
		}, func(in *realm, u *tenant.User) (string, *refusal) {
			switch {
			case slices.Contains(u.Roles, role):
				return "", nil
			case c.What == badRole:
				return "", refuse(fault.ErrInvalid)
			case in.roles[role] == nil:
				return "", refuse(fault.ErrNotFound)
			}
			u.Roles = slices.Sorted(slices.Values(append([]string{role}, u.Roles...)))
			return "user.updated", nil
		})
}

func revokeRole(w *world, c command) plan {
	role := roleNames[c.What]
	return editUser(w, c, "tenant.user.revoke", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id tenant.UserID, _ int64) (tenant.User, error) {
			return p.Tenants.Revoke(ctx, id, role)
		}, func(_ *realm, u *tenant.User) (string, *refusal) {
			if !slices.Contains(u.Roles, role) {
				return "", nil
			}
			u.Roles = without(u.Roles, role)
			return "user.updated", nil
		})
}

func getUser(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "usr", usersOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.User, error) {
		return p.Tenants.User(ctx, tenant.UserID(id))
	}, func(tenant.User) (tenant.User, *refusal) {
		return get(w.rules, by, "tenant.user.get", "usr", id, usersOf)
	})
}

func userByEmail(w *world, c command) plan {
	by := w.by(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.User, error) {
		return p.Tenants.UserByEmail(ctx, emails[c.N])
	}, func(tenant.User) (none tenant.User, _ *refusal) {
		in, no := w.rules.admit(by, "tenant.user.get", false)
		if no != nil {
			return none, no
		}
		if c.N == badEmail {
			return none, refuse(fault.ErrInvalid, "email")
		}
		if u := in.addressed(emails[c.N]); u != nil {
			return *u, nil
		}
		return none, refuse(fault.ErrNotFound)
	})
}

func permissionsOf(w *world, c command) plan {
	r, by, id := w.rules, w.by(c), choose(w, c, c.On, "usr", usersOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]tenant.Permission, error) {
		return p.Tenants.PermissionsOf(ctx, tenant.UserID(id))
	}, func([]tenant.Permission) (allowed []tenant.Permission, _ *refusal) {
		u, no := get(r, by, "tenant.user.permissions", "usr", id, usersOf)
		if no != nil || u.Status != tenant.UserActive {
			return nil, no
		}
		for _, operation := range slices.Sorted(slices.Values(platforma.Permissions())) {
			if r.tenants[string(by.tenant)].allowed(&u, string(operation)) {
				allowed = append(allowed, operation)
			}
		}
		return allowed, nil
	})
}
