package storagetest

import (
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

func ledgerClauses() []clause {
	return []clause{
		{"ledger/receipts", "a command's key is good for one change, in its tenant and operation", ledgerReceipts},
	}
}

func ledgerReceipts(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	add := func(of scope.TenantID, email, operation string) error {
		c := s.draftCustomer(of, email)
		commit := s.commit(of, "customer", "created", string(c.ID), 1)
		commit.Receipt = &event.Receipt{Operation: operation, Key: "cart-1", Hash: "h", Entity: string(c.ID)}
		return s.Customers().Create(in(of), c, commit)
	}
	must(t, add(acme.ID, "a@example.com", "customer.create"))
	err := add(acme.ID, "b@example.com", "customer.create")
	refused(t, err, fault.ErrExists, "")
	refusedAs(t, err, event.ErrRepeated)
	_, err = s.Customers().ByEmail(in(acme.ID), "b@example.com")
	refused(t, err, fault.ErrNotFound, "")
	must(t, add(acme.ID, "c@example.com", "customer.import"))
	must(t, add(other.ID, "a@example.com", "customer.create"))

	r := get(s.Customers().Receipt(in(acme.ID), "customer.create", "cart-1"))(t)
	same(t, "the receipt's hash", r.Hash, "h")
	_, err = s.Customers().Receipt(in(acme.ID), "customer.create", "CART-1")
	refused(t, err, fault.ErrNotFound, "")
}
