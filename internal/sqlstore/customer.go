package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

type customerRow struct {
	bun.BaseModel `bun:"table:customers,alias:c"`

	TenantID       scope.TenantID         `bun:"tenant_id,pk"`
	ID             customer.ID            `bun:"id,pk"`
	Version        int64                  `bun:"version"`
	Name           string                 `bun:"name"`
	Email          string                 `bun:"email"`
	EmailKey       string                 `bun:"email_key"`
	Company        string                 `bun:"company"`
	BillingAddress customer.Address       `bun:"billing_address,type:jsonb"`
	PaymentMethod  customer.PaymentMethod `bun:"payment_method,type:jsonb"`
	Metadata       map[string]string      `bun:"metadata,type:jsonb"`
	CreatedAt      time.Time              `bun:"created_at"`
	UpdatedAt      time.Time              `bun:"updated_at"`
	DeletedAt      *time.Time             `bun:"deleted_at"`
}

func rowOfCustomer(as Principal, c customer.Customer) *customerRow {
	return &customerRow{
		TenantID: as.Tenant, ID: c.ID, Version: c.Version, Name: c.Name, Email: c.Email,
		EmailKey: c.EmailKey(), Company: c.Company, BillingAddress: c.BillingAddress,
		PaymentMethod: c.PaymentMethod, Metadata: c.Metadata,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, DeletedAt: c.DeletedAt,
	}
}

func (r customerRow) entity() customer.Customer {
	return customer.Customer{
		ID: r.ID, TenantID: r.TenantID, Name: r.Name, Email: r.Email, Company: r.Company,
		BillingAddress: r.BillingAddress, PaymentMethod: r.PaymentMethod, Metadata: r.Metadata,
		Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, DeletedAt: r.DeletedAt,
	}
}

type customers struct {
	store
	table   *table[customerRow]
	get     *Statement
	byEmail *Statement
	save    *Statement
}

// Customers returns the store of the customer service.
func Customers(d *Database) customer.Store {
	s := &customers{store: newStore(d, "customer")}
	s.table = newTable[customerRow](d, "customer",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("customer", "id")},
		unique{columns: "tenant_id, email_key", name: "email_key", where: "deleted_at IS NULL", fault: taken("customer", "email")})
	// That a customer is not deleted is no condition of the first: where most
	// tenants have one customer, the planner would take the index of the living
	// ones' emails for as good as that of ids, and read all of a tenant's.
	s.get = &Statement{SQL: s.table.query().Where("tenant_id = $1").Where("id = $2").String()}
	s.byEmail = &Statement{SQL: s.table.query().Where("tenant_id = $1").Where("email_key = $2").Where("deleted_at IS NULL").String()}
	s.save = s.table.update("tenant_id", "id")
	return s
}

func (s *customers) Create(ctx context.Context, c customer.Customer, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		step, err := s.table.add(rowOfCustomer(as, c))
		if err != nil {
			return nil, err
		}
		index, err := s.ledger.terms.addAll(termsOf(as, string(c.ID), commit.Terms))
		return append([]Step{step}, index...), err
	})
}

func (s *customers) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		step, err := s.table.replace(s.save, rowOfCustomer(as, c))
		return append([]Step{step}, s.ledger.index(as, string(c.ID), commit.Former, commit.Terms)...), err
	})
}

func (s *customers) Get(ctx context.Context, id customer.ID) (customer.Customer, error) {
	return s.one(ctx, s.get, string(id))
}

func (s *customers) ByEmail(ctx context.Context, email string) (customer.Customer, error) {
	return s.one(ctx, s.byEmail, email)
}

func (s *customers) one(ctx context.Context, by *Statement, key string) (customer.Customer, error) {
	var rows []customerRow
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: by, Args: []any{tenant, key}, Row: s.table.collect(&rows)}}
	})
	rows = slices.DeleteFunc(rows, func(r customerRow) bool { return r.DeletedAt != nil })
	row, err := only(rows, err, "customer")
	return row.entity(), err
}

func (s *customers) List(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error) {
	var rows []customerRow
	err := s.reading(ctx, func(tenant string) []Step {
		f := find(tenant)
		f.clauses = append(f.clauses, "deleted_at IS NULL")
		f.matching(s.ledger.terms.name, s.table.alias, matches)
		return []Step{list(s.table, f, w, &rows)}
	})
	return entities(rows, err, customerRow.entity)
}

// entities returns the entities of rows.
func entities[R, E any](rows []R, err error, entity func(R) E) ([]E, error) {
	if err != nil {
		return nil, err
	}
	all := make([]E, len(rows))
	for i, row := range rows {
		all[i] = entity(row)
	}
	return all, nil
}
