package sqlstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	TenantID  scope.TenantID    `bun:"tenant_id,pk"`
	ID        tenant.UserID     `bun:"id,pk"`
	Version   int64             `bun:"version"`
	Email     string            `bun:"email"`
	EmailKey  string            `bun:"email_key"`
	Name      string            `bun:"name"`
	Status    tenant.UserStatus `bun:"status"`
	CreatedAt time.Time         `bun:"created_at"`
	UpdatedAt time.Time         `bun:"updated_at"`
}

// grantRow is a role that a user has.
type grantRow struct {
	bun.BaseModel `bun:"table:user_roles,alias:g"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	UserID   tenant.UserID  `bun:"user_id,pk"`
	Role     string         `bun:"role,pk"`
}

func rowOfUser(as Principal, u tenant.User) *userRow {
	return &userRow{
		TenantID: as.Tenant, ID: u.ID, Version: u.Version, Email: u.Email, EmailKey: u.EmailKey(),
		Name: u.Name, Status: u.Status, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
}

// people are users and their roles, as they are read.
type people struct {
	users  []userRow
	grants []grantRow
}

func (p people) entities() []tenant.User {
	roles := map[tenant.UserID][]string{}
	for _, g := range p.grants {
		roles[g.UserID] = append(roles[g.UserID], g.Role)
	}
	var users []tenant.User
	for _, r := range p.users {
		users = append(users, tenant.User{
			ID: r.ID, TenantID: r.TenantID, Email: r.Email, Name: r.Name, Status: r.Status, Roles: roles[r.ID],
			Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		})
	}
	return users
}

func (s *tenants) prepareUsers() {
	d := s.Database
	s.users = newTable[userRow](d, "tenant",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("user", "id")},
		unique{columns: "tenant_id, email_key", name: "email_key", fault: taken("user", "email")})
	s.grants = newTable[grantRow](d, "tenant")
	s.grants.insert.withForeign(&fault.Error{
		Entity: "role", Kind: fault.ErrNotFound, Fields: []fault.Field{{Path: "roles", Rule: "must name roles of the tenant"}},
	})

	of := func(q *bun.SelectQuery, order string) *Statement { return &Statement{SQL: q.OrderExpr(order).String()} }
	inTenant := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("tenant_id = $1") }
	s.allUsers = of(inTenant(s.users.query()), "id")
	s.allGrants = of(inTenant(s.grants.query()), "user_id, role")
	slugged := d.bun.NewSelect().ColumnExpr("id").TableExpr(s.table.base).Where("slug = $1")
	s.usersBySlug = of(s.users.across().query().Where("tenant_id = (?)", slugged), "id")
	s.grantsBySlug = of(s.grants.across().query().Where("tenant_id = (?)", slugged), "user_id, role")

	byID := inTenant(s.users.query()).Where("id = $2")
	s.user = of(byID, "id")
	s.userGrants = of(inTenant(s.grants.query()).Where("user_id = $2"), "role")
	s.byEmail = of(inTenant(s.users.query()).Where("email_key = $2"), "id")
	found := d.bun.NewSelect().ColumnExpr("id").TableExpr(s.users.name).Where("tenant_id = $1").Where("email_key = $2")
	s.byEmailGrants = of(inTenant(s.grants.query()).Where("user_id = (?)", found), "role")
	s.userStatus = &Statement{SQL: d.bun.NewSelect().ColumnExpr("status").TableExpr(s.users.name).
		Where("tenant_id = $1").Where("id = $2").String()}

	s.saveUser = s.users.update("tenant_id", "id")
	s.revoke = &Statement{SQL: d.bun.NewDelete().Model((*grantRow)(nil)).ModelTableExpr(s.grants.base).
		Where("tenant_id = $1").Where("user_id = $2").String()}
}

func (s *tenants) AddUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		step, err := s.users.add(rowOfUser(as, u))
		if err != nil {
			return nil, err
		}
		grants, err := s.granted(as, u)
		return append([]Step{step}, grants...), err
	})
}

func (s *tenants) SaveUser(ctx context.Context, u tenant.User, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		step, err := s.users.replace(s.saveUser, rowOfUser(as, u))
		if err != nil {
			return nil, err
		}
		grants, err := s.granted(as, u)
		none := Step{Statement: s.revoke, Args: []any{string(as.Tenant), string(u.ID)}}
		return append([]Step{step, none}, grants...), err
	})
}

func (s *tenants) granted(as Principal, u tenant.User) ([]Step, error) {
	var steps []Step
	for _, role := range u.Roles {
		step, err := s.grants.add(&grantRow{TenantID: as.Tenant, UserID: u.ID, Role: role})
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func (s *tenants) User(ctx context.Context, id tenant.UserID) (tenant.User, error) {
	return s.oneUser(ctx, s.user, s.userGrants, string(id))
}

func (s *tenants) UserByEmail(ctx context.Context, email string) (tenant.User, error) {
	return s.oneUser(ctx, s.byEmail, s.byEmailGrants, email)
}

func (s *tenants) oneUser(ctx context.Context, user, grants *Statement, key string) (tenant.User, error) {
	var p people
	err := s.reading(ctx, func(id string) []Step {
		return []Step{
			{Statement: user, Args: []any{id, key}, Row: s.users.collect(&p.users)},
			{Statement: grants, Args: []any{id, key}, Row: s.grants.collect(&p.grants)},
		}
	})
	return only(p.entities(), err, "user")
}

func (s *tenants) Users(ctx context.Context, q tenant.UserQuery, w page.Window) ([]tenant.User, error) {
	var p people
	err := s.reading(ctx, func(id string) []Step {
		f := find(id)
		f.equal("status", string(q.Status))
		users := list(s.users, f, w, &p.users)
		// The roles of the same window of users: the window is asked for again.
		grants := s.statement("roles of "+users.Statement.SQL, func() *Statement {
			return &Statement{SQL: s.grants.query().Where("tenant_id = $1").
				Where("user_id IN (SELECT id FROM (" + users.Statement.SQL + ") AS users)").OrderExpr("user_id, role").String()}
		})
		return []Step{users, {Statement: grants, Args: users.Args, Row: s.grants.collect(&p.grants)}}
	})
	if err != nil {
		return nil, err
	}
	return p.entities(), nil
}
