package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/tenant"
)

// tenants are the operator's to create, and found again by their slugs.
func (s *story) tenants(ctx context.Context) error {
	operator := tenant.AsOperator(ctx)
	for _, t := range []struct {
		into       *tenant.Tenant
		name, slug string
	}{
		{&s.acme, "Acme Cloud", "acme-cloud"},
		{&s.globex, "Globex Hosting", "globex-hosting"},
	} {
		found, err := s.Tenants.BySlug(operator, t.slug)
		if errors.Is(err, platforma.ErrNotFound) {
			found, err = s.Tenants.Create(operator, tenant.Draft{
				Name: t.name, Slug: t.slug, Key: "quickstart/tenant/" + t.slug,
				Settings: tenant.Settings{DefaultCurrency: currency, Locale: "en"},
			})
		}
		if err != nil {
			return err
		}
		*t.into = found
	}
	s.screen.table(
		[]string{s.acme.Name, s.acme.Slug, string(s.acme.ID), s.was(s.acme.CreatedAt)},
		[]string{s.globex.Name, s.globex.Slug, string(s.globex.ID), s.was(s.globex.CreatedAt)},
	)
	return nil
}

// user is somebody who sells: who may order for customers, and not change what
// is for sale.
func (s *story) user(ctx context.Context) (err error) {
	role, err := s.Tenants.CreateRole(ctx, tenant.RoleDraft{
		Name: "sales", Key: "quickstart/role/sales",
		Permissions: []tenant.Permission{
			"customer.create", "customer.get", "customer.list", "catalog.get", "catalog.list", "catalog.quote",
			"order.place", "order.get", "order.list",
		},
	})
	if err != nil {
		return err
	}
	s.grace, err = s.Tenants.AddUser(ctx, tenant.UserDraft{
		Name: "Grace Hopper", Email: "grace@example.com", Roles: []string{role.Name}, Active: true, Key: "quickstart/user/grace",
	})
	if err != nil {
		return err
	}
	s.screen.table(
		[]string{"role", role.Name, fmt.Sprintf("%d permissions", len(role.Permissions)), s.was(role.CreatedAt)},
		[]string{"user", s.grace.Name, s.grace.Email, s.was(s.grace.CreatedAt)},
	)
	return s.tryPermissions(ctx)
}

// tryPermissions does one thing that the role allows, and one that it does not.
func (s *story) tryPermissions(ctx context.Context) error {
	product, err := s.Catalog.BySKU(s.asGrace(ctx), basket[0].sku)
	if err != nil {
		return err
	}
	s.screen.printf("Grace may read a product: %s, %s", product.SKU, product.Name)
	_, err = s.Catalog.Archive(s.asGrace(ctx), product.ID)
	if !errors.Is(err, platforma.ErrForbidden) {
		return fmt.Errorf("archiving a product must be forbidden, and was not: %w", err)
	}
	s.screen.printf("Grace may not archive it: %v", err)
	return nil
}

// asGrace is a context in which she acts, with her permissions.
func (s *story) asGrace(ctx context.Context) context.Context {
	return tenant.AsUser(ctx, s.acme.ID, s.grace.ID)
}
