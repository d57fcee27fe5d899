package pgxpeer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/scope"
)

const (
	customerColumns = `SELECT id, tenant_id, version, name, email, company, billing_address, payment_method, metadata,
		created_at, updated_at FROM customer.customers WHERE tenant_id = $1 AND deleted_at IS NULL`

	getCustomer     = customerColumns + ` AND id = $2`
	customerByEmail = customerColumns + ` AND email_key = $2`
)

// Find reads the customer by the normalised email.
func (p *Peer) Find(ctx context.Context, tenant scope.TenantID, email string) (any, error) {
	found, err := p.customer(ctx, tenant, customerByEmail, check.EmailKey(email))
	return found, err
}

func (p *Peer) customer(ctx context.Context, tenant scope.TenantID, by, key string) (customer.Customer, error) {
	var c customer.Customer
	err := p.do(ctx, "customer", tenant, statement{by, []any{string(tenant), key}, func(rows pgx.Rows) error {
		return readCustomer(rows, &c)
	}})
	if err == nil && c.ID == "" {
		err = fmt.Errorf("customer %s: %w", key, errNotFound)
	}
	return c, err
}

func readCustomer(rows pgx.Rows, c *customer.Customer) error {
	if !rows.Next() {
		return rows.Err()
	}
	var address, payment, metadata pgtype.DriverBytes
	var created, updated pgtype.Timestamptz
	if err := rows.Scan((*string)(&c.ID), (*string)(&c.TenantID), &c.Version, &c.Name, &c.Email, &c.Company,
		&address, &payment, &metadata, &created, &updated); err != nil {
		return err
	}
	c.CreatedAt, c.UpdatedAt = created.Time.UTC(), updated.Time.UTC()
	if err := json.Unmarshal(address, &c.BillingAddress); err != nil {
		return err
	}
	if err := json.Unmarshal(payment, &c.PaymentMethod); err != nil {
		return err
	}
	if err := json.Unmarshal(metadata, &c.Metadata); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func optional(t pgtype.Timestamptz) *time.Time {
	if !t.Valid {
		return nil
	}
	utc := t.Time.UTC()
	return &utc
}
