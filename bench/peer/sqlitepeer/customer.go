package sqlitepeer

import (
	"context"
	"encoding/json"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/scope"
)

const (
	customerColumns = `SELECT id, tenant_id, version, name, email, company, billing_address, payment_method, metadata,
		created_at, updated_at FROM customer_customers WHERE tenant_id = $1 AND deleted_at IS NULL`

	getCustomer     = customerColumns + ` AND id = $2`
	customerByEmail = customerColumns + ` AND email_key = $2`
)

// Find reads the customer by the normalised email.
func (p *Peer) Find(ctx context.Context, tenant scope.TenantID, email string) (any, error) {
	return p.customer(ctx, customerByEmail, tenant, check.EmailKey(email))
}

func (p *Peer) customer(ctx context.Context, by string, tenant scope.TenantID, key string) (c customer.Customer, err error) {
	if ctx, err = as(ctx, customers, tenant); err != nil {
		return c, err
	}
	var address, payment, metadata []byte
	var created, updated int64
	if err := p.reads[by].QueryRowContext(ctx, string(tenant), key).Scan((*string)(&c.ID), (*string)(&c.TenantID), &c.Version, &c.Name,
		&c.Email, &c.Company, &address, &payment, &metadata, &created, &updated); err != nil {
		return c, err
	}
	c.CreatedAt, c.UpdatedAt = moment(created), moment(updated)
	if err := json.Unmarshal(address, &c.BillingAddress); err != nil {
		return c, err
	}
	if err := json.Unmarshal(payment, &c.PaymentMethod); err != nil {
		return c, err
	}
	return c, json.Unmarshal(metadata, &c.Metadata)
}
