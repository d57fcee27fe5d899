package tenant

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Service is the tenant service. It is safe for concurrent use.
type Service struct {
	store Store
	gate  *Gate
	live  func(context.Context) error
}

// NewService returns the service on a store. Live answers, before a tenant is
// archived, whether something of it still runs, with fault.ErrState; nil asks
// nobody.
func NewService(store Store, gate *Gate, live func(context.Context) error) *Service {
	return &Service{store: store, gate: gate, live: live}
}

const (
	service = "tenant"
	entity  = "tenant"
)

// Create creates a tenant with the built-in owner role. Only the operator may.
// Without a slug it is made from the name, with a number behind it where that
// is taken; a slug that was asked for and is taken is fault.ErrExists.
func (s *Service) Create(ctx context.Context, d Draft) (Tenant, error) {
	return aggregate.Command[Tenant]{
		Operation: "tenant.create", Key: d.Key, Request: d,
		Receipt: func(ctx context.Context, operation, key string) (event.Receipt, error) {
			return s.store.Receipt(scope.Operator(ctx), operation, key) // also where the operator is in some tenant
		},
		Load: func(ctx context.Context, id string) (Tenant, error) { return s.Get(ctx, ID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (t Tenant, err error) {
			access, err := s.gate.Operator(ctx, "tenant.create")
			if err != nil {
				return Tenant{}, err
			}
			defer func() { access.End(&err, entity, string(t.ID)) }()
			if err := d.check(); err != nil {
				return Tenant{}, err
			}
			return s.create(ctx, &access, d, receipt)
		},
	}.Run(ctx)
}

// slugAttempts is how many numbers are tried behind a slug made from a name.
const slugAttempts = 50

func (s *Service) create(ctx context.Context, access *Access, d Draft, receipt *event.Receipt) (Tenant, error) {
	t := Tenant{
		ID: ID(access.NewID(scope.TenantPrefix)), Name: d.Name, Slug: d.Slug, Status: Lifecycle().Initial,
		Settings: d.Settings, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
	}
	owner := Role{
		ID: RoleID(access.NewID(rolePrefix)), TenantID: t.ID, Name: OwnerRole, Permissions: []Permission{Everything},
		BuiltIn: true, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
	}
	base := slugOf(d.Name)
	if base == "" {
		base = "tenant"
	}
	access.Scope.Tenant = t.ID
	ctx = scope.OperatorOf(ctx, t.ID)
	for attempt := 1; ; attempt++ {
		if d.Slug == "" {
			t.Slug = numbered(base, attempt)
		}
		commit, err := access.Commit(receipt.For(string(t.ID)),
			fact(EventCreated, string(t.ID), t.Version, t),
			fact(EventRoleCreated, string(owner.ID), owner.Version, owner))
		if err != nil {
			return t, err
		}
		err = s.store.Create(ctx, t, owner, commit)
		if d.Slug != "" || attempt == slugAttempts || !slugTaken(err) {
			return t, err
		}
	}
}

func numbered(base string, attempt int) string {
	if attempt == 1 {
		return base
	}
	suffix := fmt.Sprintf("-%d", attempt)
	return strings.TrimRight(base[:min(len(base), maxSlug-len(suffix))], "-") + suffix
}

func slugTaken(err error) bool {
	var e *fault.Error
	return errors.As(err, &e) && e.Kind == fault.ErrExists && len(e.Fields) == 1 && e.Fields[0].Path == "slug"
}

func fact(name, subject string, version int64, data any) Fact {
	return Fact{Service: service, Name: name, Subject: subject, Version: version, Data: data}
}

// Get reads a tenant with its users. The operator reads any; in a tenant's
// scope every other one is fault.ErrNotFound.
func (s *Service) Get(ctx context.Context, id ID) (t Tenant, err error) {
	ctx, err = s.inside(ctx, "tenant.get", id)
	if err != nil {
		return Tenant{}, err
	}
	access, err := s.gate.Read(ctx, "tenant.get")
	if err != nil {
		return Tenant{}, err
	}
	defer access.End(&err, entity, string(id))
	return s.store.Get(ctx)
}

// inside leads the operator into the tenant that an id names, and lets others
// only name their own.
func (s *Service) inside(ctx context.Context, operation string, id ID) (context.Context, error) {
	by, err := scope.From(ctx)
	if err == nil {
		_, err = ParseID(string(id))
	}
	if err == nil && by.Tenant != id {
		if by.Kind != scope.KindOperator {
			err = fault.ErrNotFound
		} else {
			ctx = scope.OperatorOf(ctx, id)
		}
	}
	return ctx, fault.At(err, operation, entity, string(id))
}

// BySlug reads a tenant with its users by its slug. Only the operator may: it
// is how a host finds out whom a request is for.
func (s *Service) BySlug(ctx context.Context, slug string) (t Tenant, err error) {
	access, err := s.gate.Operator(ctx, "tenant.by_slug")
	if err != nil {
		return Tenant{}, err
	}
	defer access.End(&err, entity, "")
	var f fault.Fields
	if checkSlug(&f, slug); slug == "" {
		f.Add("slug", "must not be empty")
	}
	if err := f.Err("", "", ""); err != nil {
		return Tenant{}, err
	}
	return s.store.BySlug(scope.Operator(ctx), slug)
}

// List reads a page of tenants, without their users. Only the operator may.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Tenant], err error) {
	access, err := s.gate.Operator(ctx, "tenant.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	var f fault.Fields
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, Lifecycle().States...)
	}
	if err := f.Err("", "", ""); err != nil {
		return p, err
	}
	ctx = scope.Operator(ctx)
	return page.List(ctx, q.Request, page.Of(entity, "", q), func(ctx context.Context, w page.Window) ([]Tenant, error) {
		return s.store.List(ctx, q, w)
	}, func(t Tenant) string { return string(t.ID) })
}

// All iterates over all tenants of a query. Only the operator may.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Tenant, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Tenant], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}

// Update changes a tenant's name or settings.
func (s *Service) Update(ctx context.Context, id ID, c Change) (Tenant, error) {
	ctx, err := s.inside(ctx, "tenant.update", id)
	if err != nil {
		return Tenant{}, err
	}
	access, err := s.gate.Write(ctx, "tenant.update")
	if err != nil {
		return Tenant{}, err
	}
	return s.edit(ctx, &access, id, c.Version, func(t *Tenant) (string, error) {
		var f fault.Fields
		if c.Name != nil {
			t.Name = *c.Name
			checkName(&f, t.Name)
		}
		if c.Settings != nil {
			t.Settings = *c.Settings
			t.Settings.check(f.In("settings"))
		}
		return EventUpdated, f.Err("", "", "")
	})
}

// Suspend adds a reason for which the tenant is suspended; a reason that it is
// suspended for already changes nothing. Only the operator may.
func (s *Service) Suspend(ctx context.Context, id ID, reason string) (Tenant, error) {
	var f fault.Fields
	check.Word(&f, "reason", reason, 64)
	return s.command(ctx, "tenant.suspend", id, f, func(t *Tenant) (string, error) {
		added, err := t.suspend(reason)
		if !added {
			return "", err
		}
		return EventSuspended, nil
	})
}

// Reactivate lifts one of the reasons for which the tenant is suspended; when
// the last is lifted it is active again. Only the operator may.
func (s *Service) Reactivate(ctx context.Context, id ID, reason string) (Tenant, error) {
	return s.command(ctx, "tenant.reactivate", id, fault.Fields{}, func(t *Tenant) (string, error) {
		if err := t.lift(reason); err != nil {
			return "", err
		}
		if t.Status == Active {
			return EventReactivated, nil
		}
		return EventUpdated, nil
	})
}

// Archive ends a tenant: from then on only the operator reads it. It is
// fault.ErrState while resources of the tenant are alive. Only the operator may.
func (s *Service) Archive(ctx context.Context, id ID) (Tenant, error) {
	return s.command(ctx, "tenant.archive", id, fault.Fields{}, func(t *Tenant) (string, error) {
		status, err := Lifecycle().Next(t.Status, "archive")
		if err == nil && s.live != nil {
			err = s.live(scope.System(ctx, id))
		}
		t.Status, t.Suspensions = status, nil
		return EventArchived, err
	})
}

// command is a transition that only the operator may ask for.
func (s *Service) command(
	ctx context.Context, operation Permission, id ID, f fault.Fields, apply func(*Tenant) (string, error),
) (Tenant, error) {
	access, err := s.gate.Operator(ctx, operation)
	if err != nil {
		return Tenant{}, err
	}
	if err := f.Err(string(operation), entity, string(id)); err != nil {
		return Tenant{}, err
	}
	ctx, err = s.inside(ctx, string(operation), id)
	if err != nil {
		return Tenant{}, err
	}
	access.Scope.Tenant = id
	return s.edit(ctx, &access, id, 0, apply)
}

func (s *Service) edit(
	ctx context.Context, access *Access, id ID, expected int64, apply func(*Tenant) (string, error),
) (t Tenant, err error) {
	defer access.End(&err, entity, string(id))
	t, err = aggregate.Edit[Tenant]{
		Expected: expected, Load: s.store.Get, Apply: apply,
		Version: func(t *Tenant) int64 { return t.Version },
		Save: func(ctx context.Context, t *Tenant, what aggregate.Applied) error {
			t.Version++
			t.UpdatedAt = access.Now
			event := *t
			event.Users = nil
			commit, err := access.Commit(nil, fact(what.Name, string(t.ID), t.Version, event))
			if err != nil {
				return err
			}
			return s.store.Save(ctx, *t, commit)
		},
	}.Run(ctx)
	s.gate.Forget(id)
	return t, err
}
