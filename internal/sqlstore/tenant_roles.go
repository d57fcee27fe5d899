package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

type roleRow struct {
	bun.BaseModel `bun:"table:roles,alias:r"`

	TenantID    scope.TenantID      `bun:"tenant_id,pk"`
	ID          tenant.RoleID       `bun:"id,pk"`
	Version     int64               `bun:"version"`
	Name        string              `bun:"name"`
	Permissions []tenant.Permission `bun:"permissions,type:jsonb"`
	BuiltIn     bool                `bun:"built_in"`
	CreatedAt   time.Time           `bun:"created_at"`
	UpdatedAt   time.Time           `bun:"updated_at"`
}

func rowOfRole(as Principal, r tenant.Role) *roleRow {
	return &roleRow{
		TenantID: as.Tenant, ID: r.ID, Version: r.Version, Name: r.Name, Permissions: r.Permissions,
		BuiltIn: r.BuiltIn, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

func (r roleRow) entity() tenant.Role {
	return tenant.Role{
		ID: r.ID, TenantID: r.TenantID, Version: r.Version, Name: r.Name, Permissions: r.Permissions,
		BuiltIn: r.BuiltIn, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

func (s *tenants) prepareRoles() {
	d := s.Database
	s.roles = newTable[roleRow](d, "tenant",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("role", "id")},
		unique{columns: "tenant_id, name", name: "name_key", fault: taken("role", "name")})
	inTenant := s.roles.query().Where("tenant_id = $1")
	s.role = &Statement{SQL: inTenant.Clone().Where("name = $2").String()}
	s.allRoles = &Statement{SQL: inTenant.Clone().OrderExpr("id").String()}
	s.saveRole = s.roles.update("tenant_id", "id")
	s.delRole = d.one(d.bun.NewDelete().Model((*roleRow)(nil)).ModelTableExpr(s.roles.base).
		Where("tenant_id = $1").Where("id = $2").Where("version = $3").String()).
		withForeign(&fault.Error{Entity: "role", Kind: fault.ErrState, Err: errors.New("users still have the role")})
	s.permissions = &Statement{SQL: d.bun.NewSelect().ColumnExpr("r.permissions").
		TableExpr(s.grants.name + " AS g").Join("JOIN " + s.roles.name + " AS r ON r.tenant_id = g.tenant_id AND r.name = g.role").
		Where("g.tenant_id = $1").Where("r.tenant_id = $1").Where("g.user_id = $2").OrderExpr("r.name").String()}
}

func (s *tenants) CreateRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		step, err := s.roles.add(rowOfRole(as, r))
		return []Step{step}, err
	})
}

func (s *tenants) SaveRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		step, err := s.roles.replace(s.saveRole, rowOfRole(as, r))
		return []Step{step}, err
	})
}

func (s *tenants) DeleteRole(ctx context.Context, r tenant.Role, c event.Commit) error {
	return s.writing(ctx, c, func(as Principal) ([]Step, error) {
		return []Step{{Statement: s.delRole, Args: []any{string(as.Tenant), string(r.ID), r.Version - 1}}}, nil
	})
}

func (s *tenants) Role(ctx context.Context, name string) (tenant.Role, error) {
	var rows []roleRow
	err := s.reading(ctx, func(id string) []Step {
		return []Step{{Statement: s.role, Args: []any{id, name}, Row: s.roles.collect(&rows)}}
	})
	row, err := only(rows, err, "role")
	return row.entity(), err
}

func (s *tenants) Roles(ctx context.Context) ([]tenant.Role, error) {
	var rows []roleRow
	err := s.reading(ctx, func(id string) []Step {
		return []Step{{Statement: s.allRoles, Args: []any{id}, Row: s.roles.collect(&rows)}}
	})
	return entities(rows, err, roleRow.entity)
}
