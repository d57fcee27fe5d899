package tenant

import (
	"context"
	"iter"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
)

const userEntity = "user"

// AddUser adds a user to the tenant. An email that another user has is
// fault.ErrExists, a role that the tenant lacks fault.ErrNotFound.
func (s *Service) AddUser(ctx context.Context, d UserDraft) (User, error) {
	const operation = "tenant.user.add"
	return aggregate.Command[User]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (User, error) { return s.store.User(ctx, UserID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (u User, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return User{}, err
			}
			defer access.End(&err, userEntity, "")
			u = User{
				ID: UserID(access.NewID(userPrefix)), TenantID: access.Scope.Tenant, Email: d.Email, Name: d.Name,
				Status: UserLifecycle().Initial, Roles: d.Roles,
				Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			if d.Active {
				u.Status = UserActive
			}
			var f fault.Fields
			u.check(&f)
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return User{}, err
			}
			// Not before the check, whose paths are those of the draft.
			u.Roles = slices.Sorted(slices.Values(d.Roles))
			commit, err := access.Commit(receipt.For(string(u.ID)), fact(EventUserAdded, string(u.ID), u.Version, u))
			if err != nil {
				return User{}, err
			}
			return u, s.store.AddUser(ctx, u, commit)
		},
	}.Run(ctx)
}

// User reads a user of the tenant.
func (s *Service) User(ctx context.Context, id UserID) (u User, err error) {
	access, err := s.gate.Read(ctx, "tenant.user.get")
	if err != nil {
		return User{}, err
	}
	defer access.End(&err, userEntity, string(id))
	if _, err := ParseUserID(string(id)); err != nil {
		return User{}, err
	}
	return s.store.User(ctx, id)
}

// UserByEmail reads a user of the tenant by its email, whatever its case.
func (s *Service) UserByEmail(ctx context.Context, email string) (u User, err error) {
	access, err := s.gate.Read(ctx, "tenant.user.get")
	if err != nil {
		return User{}, err
	}
	defer access.End(&err, userEntity, "")
	var f fault.Fields
	check.Email(&f, "email", email)
	if err := f.Err("", "", ""); err != nil {
		return User{}, err
	}
	return s.store.UserByEmail(ctx, check.EmailKey(email))
}

// Users reads a page of the tenant's users.
func (s *Service) Users(ctx context.Context, q UserQuery) (p page.Page[User], err error) {
	access, err := s.gate.Read(ctx, "tenant.user.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, userEntity, "")
	var f fault.Fields
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, UserLifecycle().States...)
	}
	if err := f.Err("", "", ""); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of("user", access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]User, error) { return s.store.Users(ctx, q, w) },
		func(u User) string { return string(u.ID) })
}

// AllUsers iterates over all the tenant's users of a query.
func (s *Service) AllUsers(ctx context.Context, q UserQuery) iter.Seq2[User, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[User], error) {
		q.Request = r
		return s.Users(ctx, q)
	})
}

// UpdateUser changes a user's email or name.
func (s *Service) UpdateUser(ctx context.Context, id UserID, c UserChange) (User, error) {
	return s.editUser(ctx, "tenant.user.update", id, c.Version, func(u *User) (string, error) {
		if c.Email != nil {
			u.Email = *c.Email
		}
		if c.Name != nil {
			u.Name = *c.Name
		}
		var f fault.Fields
		u.check(&f)
		return EventUserUpdated, f.Err("", "", "")
	})
}

// ActivateUser lets an invited or disabled user act.
func (s *Service) ActivateUser(ctx context.Context, id UserID) (User, error) {
	return s.moveUser(ctx, "tenant.user.activate", id, "activate", EventUserActivated)
}

// DisableUser stops a user from acting; it keeps its roles.
func (s *Service) DisableUser(ctx context.Context, id UserID) (User, error) {
	return s.moveUser(ctx, "tenant.user.disable", id, "disable", EventUserDisabled)
}

func (s *Service) moveUser(ctx context.Context, operation Permission, id UserID, move, name string) (User, error) {
	return s.editUser(ctx, operation, id, 0, func(u *User) (_ string, err error) {
		u.Status, err = UserLifecycle().Next(u.Status, move)
		return name, err
	})
}

// Grant gives a user a role of the tenant; one that it has changes nothing.
func (s *Service) Grant(ctx context.Context, id UserID, role string) (User, error) {
	return s.editUser(ctx, "tenant.user.grant", id, 0, func(u *User) (string, error) {
		if !u.grant(role) {
			return "", nil
		}
		var f fault.Fields
		u.check(&f)
		return EventUserUpdated, f.Err("", "", "")
	})
}

// Revoke takes a role from a user; one that it has not changes nothing.
func (s *Service) Revoke(ctx context.Context, id UserID, role string) (User, error) {
	return s.editUser(ctx, "tenant.user.revoke", id, 0, func(u *User) (string, error) {
		if !u.revoke(role) {
			return "", nil
		}
		return EventUserUpdated, nil
	})
}

func (s *Service) editUser(
	ctx context.Context, operation Permission, id UserID, expected int64, apply func(*User) (string, error),
) (u User, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return User{}, err
	}
	defer access.End(&err, userEntity, string(id))
	if _, err := ParseUserID(string(id)); err != nil {
		return User{}, err
	}
	u, err = aggregate.Edit[User]{
		Expected: expected, Apply: apply,
		Load:    func(ctx context.Context) (User, error) { return s.store.User(ctx, id) },
		Version: func(u *User) int64 { return u.Version },
		Save: func(ctx context.Context, u *User, what aggregate.Applied) error {
			u.Version++
			u.UpdatedAt = access.Now
			commit, err := access.Commit(nil, fact(what.Name, string(u.ID), u.Version, *u))
			if err != nil {
				return err
			}
			return s.store.SaveUser(ctx, *u, commit)
		},
	}.Run(ctx)
	s.gate.Forget(access.Scope.Tenant)
	return u, err
}

// PermissionsOf answers "what may this user do": the operations that the
// user's roles allow, sorted; none for a user who is not active.
func (s *Service) PermissionsOf(ctx context.Context, id UserID) (allowed []Permission, err error) {
	access, err := s.gate.Read(ctx, "tenant.user.permissions")
	if err != nil {
		return nil, err
	}
	defer access.End(&err, userEntity, string(id))
	if _, err := ParseUserID(string(id)); err != nil {
		return nil, err
	}
	standing, err := s.store.Standing(ctx, id)
	if err != nil {
		return nil, err
	}
	if standing.UserStatus == "" {
		return nil, fault.ErrNotFound
	}
	if standing.UserStatus != UserActive {
		return nil, nil
	}
	for _, operation := range access.permissions() {
		if slices.ContainsFunc(standing.Permissions, func(p Permission) bool { return p.Allows(operation) }) {
			allowed = append(allowed, operation)
		}
	}
	return allowed, nil
}
