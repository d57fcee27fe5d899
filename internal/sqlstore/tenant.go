package sqlstore

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

type tenantRow struct {
	bun.BaseModel `bun:"table:tenants,alias:t"`

	ID          tenant.ID       `bun:"id,pk"`
	Version     int64           `bun:"version"`
	Name        string          `bun:"name"`
	Slug        string          `bun:"slug"`
	Status      tenant.Status   `bun:"status"`
	Suspensions []string        `bun:"suspensions,type:jsonb"`
	Settings    tenant.Settings `bun:"settings,type:jsonb"`
	CreatedAt   time.Time       `bun:"created_at"`
	UpdatedAt   time.Time       `bun:"updated_at"`
}

// commandRow is the receipt of a keyed creation of a tenant: it is unique
// across tenants, as no tenant was there to be unique in.
type commandRow struct {
	bun.BaseModel `bun:"table:commands,alias:c"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	Operation string         `bun:"operation"`
	Key       string         `bun:"key"`
	Hash      string         `bun:"hash"`
	CreatedAt time.Time      `bun:"created_at"`
}

func rowOfTenant(as Principal, t tenant.Tenant) *tenantRow {
	return &tenantRow{
		ID: as.Tenant, Version: t.Version, Name: t.Name, Slug: t.Slug, Status: t.Status, Suspensions: t.Suspensions,
		Settings: t.Settings, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

func (r tenantRow) entity() tenant.Tenant {
	return tenant.Tenant{
		ID: r.ID, Version: r.Version, Name: r.Name, Slug: r.Slug, Status: r.Status, Suspensions: r.Suspensions,
		Settings: r.Settings, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type tenants struct {
	store
	table    *table[tenantRow]
	commands *table[commandRow]
	users    *table[userRow]
	grants   *table[grantRow]
	roles    *table[roleRow]
	everyone *table[tenantRow] // all tenants, for the operator

	get, bySlug, save                  *Statement
	allUsers, allGrants                *Statement
	usersBySlug, grantsBySlug          *Statement
	userStatus, permissions            *Statement
	user, userGrants, saveUser, revoke *Statement
	byEmail, byEmailGrants             *Statement
	role, allRoles, saveRole, delRole  *Statement
	command                            *Statement
}

// Tenants returns the store of the tenant service.
func Tenants(d *Database) tenant.Store {
	s := &tenants{store: newStore(d, "tenant")}
	s.table = newTable[tenantRow](d, "tenant",
		unique{columns: "id", name: "pkey", fault: taken("tenant", "id")},
		unique{columns: "slug", name: "slug_key", fault: taken("tenant", "slug"), everywhere: true})
	s.commands = newTable[commandRow](d, "tenant",
		unique{columns: "tenant_id", name: "pkey", fault: taken("tenant", "id")},
		unique{columns: "operation, key", name: "key", fault: errRepeated, everywhere: true})
	s.command = &Statement{SQL: s.commands.across().query().Where("operation = $1").Where("key = $2").String()}
	byID := s.table.query().Where("id = $1")
	s.get = &Statement{SQL: byID.String()}
	s.everyone = s.table.across()
	s.bySlug = &Statement{SQL: s.everyone.query().Where("slug = $1").String()}
	s.save = s.table.update("id")
	s.prepareUsers()
	s.prepareRoles()
	return s
}

func (s *tenants) Create(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
	receipt := c.Receipt
	c.Receipt = nil
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		var steps []Step
		if receipt != nil {
			step, err := s.commands.add(&commandRow{
				TenantID: as.Tenant, Operation: receipt.Operation, Key: receipt.Key, Hash: receipt.Hash, CreatedAt: c.At,
			})
			if err != nil {
				return nil, err
			}
			steps = append(steps, step)
		}
		step, err := s.table.add(rowOfTenant(as, t))
		if err != nil {
			return nil, err
		}
		role, err := s.roles.add(rowOfRole(as, owner))
		return append(steps, step, role), err
	})
}

func (s *tenants) Get(ctx context.Context) (tenant.Tenant, error) {
	as, err := s.inTenant(ctx)
	if err != nil {
		return tenant.Tenant{}, err
	}
	return s.whole(ctx, as, string(as.Tenant), s.get, s.allUsers, s.allGrants)
}

func (s *tenants) BySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	as, err := across(ctx, RoleOperator)
	if err != nil {
		return tenant.Tenant{}, err
	}
	return s.whole(ctx, as, slug, s.bySlug, s.usersBySlug, s.grantsBySlug)
}

// whole reads a tenant with its users by a key.
func (s *tenants) whole(
	ctx context.Context, as Principal, key string, byKey, users, grants *Statement,
) (tenant.Tenant, error) {
	var rows []tenantRow
	var people people
	args := []any{key}
	err := s.Read(ctx, as,
		Step{Statement: byKey, Args: args, Row: s.table.collect(&rows)},
		Step{Statement: users, Args: args, Row: s.users.collect(&people.users)},
		Step{Statement: grants, Args: args, Row: s.grants.collect(&people.grants)})
	row, err := only(rows, err, "tenant")
	if err != nil {
		return tenant.Tenant{}, err
	}
	t := row.entity()
	t.Users = people.entities()
	return t, nil
}

func (s *tenants) List(ctx context.Context, q tenant.Query, w page.Window) ([]tenant.Tenant, error) {
	as, err := across(ctx, RoleOperator)
	if err != nil {
		return nil, err
	}
	var rows []tenantRow
	f := &finder{}
	f.equal("status", string(q.Status))
	err = s.Read(ctx, as, list(s.everyone, f, w, &rows))
	return entities(rows, err, tenantRow.entity)
}

func (s *tenants) Save(ctx context.Context, t tenant.Tenant, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		step, err := s.table.replace(s.save, rowOfTenant(as, t))
		return []Step{step}, err
	})
}

func (s *tenants) Standing(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
	var rows []tenantRow
	var standing tenant.Standing
	var lists [][]tenant.Permission
	err := s.reading(ctx, func(id string) []Step {
		steps := []Step{{Statement: s.get, Args: []any{id}, Row: s.table.collect(&rows)}}
		if user == "" {
			return steps
		}
		return append(steps,
			Step{Statement: s.userStatus, Args: []any{id, string(user)}, Row: func(v Values) error {
				standing.UserStatus = tenant.UserStatus(v.Text(0))
				return nil
			}},
			Step{Statement: s.permissions, Args: []any{id, string(user)}, Row: func(v Values) error {
				var list []tenant.Permission
				err := json.Unmarshal(v.Bytes(0), &list)
				lists = append(lists, list)
				return err
			}})
	})
	row, err := only(rows, err, "tenant")
	if err != nil {
		return tenant.Standing{}, err
	}
	standing.Status, standing.Settings = row.Status, row.Settings
	standing.Permissions = slices.Concat(lists...)
	return standing, nil
}

// Receipt finds a receipt: in the operator's scope, that of a creation.
func (s *tenants) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	by, err := scope.From(ctx)
	if err != nil {
		return event.Receipt{}, err
	}
	if by.Kind != scope.KindOperator || by.Tenant != "" {
		return s.store.Receipt(ctx, operation, key)
	}
	var rows []commandRow
	err = s.Read(ctx, Principal{Role: RoleOperator}, Step{
		Statement: s.command, Args: []any{operation, key}, Row: s.commands.collect(&rows),
	})
	r, err := only(rows, err, "receipt")
	return event.Receipt{Operation: r.Operation, Key: r.Key, Hash: r.Hash, Entity: string(r.TenantID)}, err
}
