package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func tenantOps() []op {
	return []op{
		{name: "tenant.create", weight: 3, most: command{By: 1, What: 6, N: 5, Key: 1}, plan: createTenant},
		{name: "tenant.update", weight: 5, most: command{In: 1, By: 1, On: 1, What: 7, Seen: 1}, plan: updateTenant},
		{name: "tenant.suspend", weight: 2, most: command{In: 1, By: 1, What: 2}, plan: suspendTenant},
		{name: "tenant.reactivate", weight: 6, most: command{In: 1, By: 1, What: 2}, plan: reactivateTenant},
		{name: "tenant.archive", weight: 1, most: command{In: 1, By: 1}, plan: archiveTenant},
		{name: "tenant.get", weight: 2, most: command{In: 1, By: 1, On: 1}, plan: getTenant},
		{name: "tenant.by_slug", weight: 1, most: command{In: 1, By: 1, N: 1}, plan: tenantBySlug},
		{name: "tenant.list", weight: 1, most: command{By: 1, What: 3}, plan: listTenants},
	}
}

// settings are what tenants are set to, and by which rule they are refused.
func (w *world) settings(what int) (tenant.Settings, *refusal) {
	s := tenant.Settings{DefaultCurrency: "USD"}
	switch what {
	case 1:
		s.OrderApproval.Mode = tenant.ApprovalAll
	case 2:
		s.OrderApproval = tenant.OrderApproval{Mode: tenant.ApprovalAbove, Above: amount("1.00", "USD")}
	case 3:
		s.AllowedRegions = []string{"ams3"}
	case 4:
		s.Limits = tenant.Limits{Resources: 4, ResourcesPerOrder: 2}
	case 5:
		return tenant.Settings{Extra: map[string]string{"color": "blue"}}, nil
	case 6:
		s.Locale, s.Limits.Resources = "English", -1
		return s, refuse(fault.ErrInvalid, "settings.locale", "settings.limits.resources")
	}
	return s, nil
}

func amount(number string, c money.Currency) money.Amount {
	a, err := money.NewAmount(number, c)
	if err != nil {
		panic(err)
	}
	return a
}

// names are what tenants are called, and the slugs that are made of them.
func (w *world) names(n int) (name, slug string) {
	tag := fmt.Sprintf("s%d", w.number)
	switch n % 3 {
	case 1:
		return tag + " Ångström & Söhne", tag + "-angstrom-sohne"
	case 2:
		return strings.ToUpper(tag) + " acme ", tag + "-acme" // ends with a space, which is refused
	default:
		return tag + " Acme", tag + "-acme"
	}
}

func (w *world) key(c command) string {
	if c.Key == 0 {
		return ""
	}
	return fmt.Sprintf("s%d-%d", w.number, c.Key)
}

func createTenant(w *world, c command) plan {
	r, by := w.rules, w.operator(c)
	d := tenant.Draft{Key: w.key(c)}
	name, base := w.names(c.N)
	settings, bad := w.settings(c.What)
	d.Name, d.Settings = name, settings
	if c.N >= 3 {
		d.Slug = base
	}
	call := func(ctx context.Context, p *platforma.Platform) (tenant.Tenant, error) {
		return p.Tenants.Create(ctx, d)
	}
	return planned(by, call, func(got tenant.Tenant) (tenant.Tenant, *refusal) {
		return keyed(r.receipts, "tenant.create", d.Key, d, func() (func() (string, tenant.Tenant), *refusal) {
			if no := onlyOperator(by); no != nil {
				return nil, no
			}
			if strings.HasSuffix(name, " ") || bad != nil {
				return nil, refuse(fault.ErrInvalid)
			}
			slug := base
			for n := 2; r.slugTaken(slug); n++ {
				if d.Slug != "" {
					return nil, refuse(fault.ErrExists, "slug")
				}
				slug = fmt.Sprintf("%s-%d", base, n)
			}
			return func() (string, tenant.Tenant) {
				t := tenant.Tenant{
					ID: scope.TenantID(r.learn("ten", string(got.ID))), Name: name, Slug: slug, Status: tenant.Active,
					Settings: settings, Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				in := newRealm(t)
				r.tenants[string(t.ID)] = in
				r.order = append(r.order, string(t.ID))
				as := who{kind: scope.KindOperator}
				in.happened(r, as, "tenant", "created", string(t.ID), 1, t)
				owner := &tenant.Role{
					TenantID: t.ID, Name: "owner", Permissions: []tenant.Permission{"*"}, BuiltIn: true,
					Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				in.roles["owner"] = owner
				in.happened(r, as, "tenant", "role.created", "", 1, owner)
				return string(t.ID), t
			}, nil
		}, func(id string) (tenant.Tenant, *refusal) { return r.getTenant(by, id) })
	})
}

func (r *rules) slugTaken(slug string) bool {
	for _, in := range r.tenants {
		if in.tenant.Slug == slug {
			return true
		}
	}
	return false
}

// whole is a tenant with its users.
func (in *realm) whole() tenant.Tenant {
	t := in.tenant
	for _, u := range sorted(in.users) {
		t.Users = append(t.Users, *u)
	}
	return t
}

// inside leads the operator into the tenant that an id names; others name only
// their own.
func (r *rules) inside(by who, id string) (who, *refusal) {
	switch {
	case by.kind == 0:
		return by, refuse(fault.ErrNoScope)
	case !idPattern.MatchString(id):
		return by, refuse(fault.ErrInvalid, "id")
	case string(by.tenant) == id:
	case by.kind != scope.KindOperator:
		return by, refuse(fault.ErrNotFound)
	default:
		by.tenant = scope.TenantID(id)
	}
	return by, nil
}

func (r *rules) getTenant(by who, id string) (tenant.Tenant, *refusal) {
	by, no := r.inside(by, id)
	if no != nil {
		return tenant.Tenant{}, no
	}
	in, no := r.admit(by, "tenant.get", false)
	if no != nil {
		return tenant.Tenant{}, no
	}
	return in.whole(), nil
}

// named is the tenant that a command is about: the scope's, or another.
func (w *world) named(c command) string {
	switch c.On {
	case malformed:
		return "ten_no"
	case foreign, unknown:
		return w.tenant((c.In + 1) % 4)
	default:
		return w.tenant(c.In)
	}
}

func getTenant(w *world, c command) plan {
	by, id := w.by(c), w.named(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.Tenant, error) {
		return p.Tenants.Get(ctx, tenant.ID(id))
	}, func(tenant.Tenant) (tenant.Tenant, *refusal) { return w.rules.getTenant(by, id) })
}

// save stores the next version of a tenant.
func (in *realm) save(r *rules, by who, event string) tenant.Tenant {
	in.tenant.Version++
	in.tenant.UpdatedAt = r.now
	in.happened(r, by, "tenant", event, string(in.tenant.ID), in.tenant.Version, in.tenant)
	return in.whole()
}

func updateTenant(w *world, c command) plan {
	r, by, id := w.rules, w.by(c), w.named(c)
	var change tenant.Change
	var bad *refusal
	if c.What == 7 {
		name := "Renamed"
		change.Name = &name
	} else {
		var s tenant.Settings
		s, bad = w.settings(c.What)
		change.Settings = &s
	}
	if in := r.tenants[id]; in != nil {
		change.Version = version(c, in.tenant.Version)
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.Tenant, error) {
		return p.Tenants.Update(ctx, tenant.ID(id), change)
	}, func(tenant.Tenant) (none tenant.Tenant, _ *refusal) {
		by, no := r.inside(by, id)
		if no != nil {
			return none, no
		}
		in, no := r.admit(by, "tenant.update", true)
		switch {
		case no != nil:
			return none, no
		case conflicts(change.Version, in.tenant.Version):
			return none, refuse(fault.ErrConflict)
		case bad != nil:
			return none, bad
		}
		if change.Name != nil {
			in.tenant.Name = *change.Name
		}
		if change.Settings != nil {
			in.tenant.Settings = *change.Settings
		}
		return in.save(r, by, "updated"), nil
	})
}

// reasons are those of suspensions; the last is none.
var reasons = []string{"unpaid", "abuse", "Bad reason"}

// moveTenant is a command about a tenant that only the operator may give.
func moveTenant(
	w *world, c command, call func(context.Context, *platforma.Platform, tenant.ID) (tenant.Tenant, error),
	check func() *refusal, apply func(in *realm) (event string, no *refusal),
) plan {
	r, by, id := w.rules, w.operator(c), w.tenant(c.In)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.Tenant, error) {
		return call(ctx, p, tenant.ID(id))
	}, func(tenant.Tenant) (none tenant.Tenant, _ *refusal) {
		if no := onlyOperator(by); no != nil {
			return none, no
		}
		if no := check(); no != nil {
			return none, no
		}
		in := r.tenants[id]
		if in == nil {
			return none, refuse(fault.ErrNotFound)
		}
		event, no := apply(in)
		if no != nil {
			return none, no
		}
		if event == "" {
			return in.whole(), nil
		}
		return in.save(r, by, event), nil
	})
}

func fine() *refusal { return nil }

func suspendTenant(w *world, c command) plan {
	reason := reasons[c.What]
	return moveTenant(w, c, func(ctx context.Context, p *platforma.Platform, id tenant.ID) (tenant.Tenant, error) {
		return p.Tenants.Suspend(ctx, id, reason)
	}, func() *refusal {
		if c.What == 2 {
			return refuse(fault.ErrInvalid, "reason")
		}
		return nil
	}, func(in *realm) (string, *refusal) {
		if in.tenant.Status == tenant.Archived {
			return "", refuse(fault.ErrState)
		}
		if slices.Contains(in.tenant.Suspensions, reason) {
			return "", nil
		}
		in.tenant.Status = tenant.Suspended
		in.tenant.Suspensions = slices.Sorted(slices.Values(append([]string{reason}, in.tenant.Suspensions...)))
		return "suspended", nil
	})
}

func reactivateTenant(w *world, c command) plan {
	reason := reasons[c.What]
	return moveTenant(w, c, func(ctx context.Context, p *platforma.Platform, id tenant.ID) (tenant.Tenant, error) {
		return p.Tenants.Reactivate(ctx, id, reason)
	}, fine, func(in *realm) (string, *refusal) {
		if in.tenant.Status != tenant.Suspended {
			return "", refuse(fault.ErrState)
		}
		if !slices.Contains(in.tenant.Suspensions, reason) {
			return "", refuse(fault.ErrInvalid, "reason")
		}
		in.tenant.Suspensions = without(in.tenant.Suspensions, reason)
		if len(in.tenant.Suspensions) > 0 {
			return "updated", nil
		}
		in.tenant.Status = tenant.Active
		return "reactivated", nil
	})
}

func archiveTenant(w *world, c command) plan {
	return moveTenant(w, c, func(ctx context.Context, p *platforma.Platform, id tenant.ID) (tenant.Tenant, error) {
		return p.Tenants.Archive(ctx, id)
	}, fine, func(in *realm) (string, *refusal) {
		if in.tenant.Status == tenant.Archived || in.alive("") > 0 {
			return "", refuse(fault.ErrState)
		}
		in.tenant.Status, in.tenant.Suspensions = tenant.Archived, nil
		return "archived", nil
	})
}

func tenantBySlug(w *world, c command) plan {
	r, by := w.rules, w.operator(c)
	slug := "no slug"
	if in := r.tenants[w.tenant(c.In)]; c.N == 0 {
		slug = "s0-nobody"
		if in != nil {
			slug = in.tenant.Slug
		}
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (tenant.Tenant, error) {
		return p.Tenants.BySlug(ctx, slug)
	}, func(tenant.Tenant) (none tenant.Tenant, _ *refusal) {
		if no := onlyOperator(by); no != nil {
			return none, no
		}
		if c.N != 0 {
			return none, refuse(fault.ErrInvalid, "slug")
		}
		for _, in := range r.tenants {
			if in.tenant.Slug == slug {
				return in.whole(), nil
			}
		}
		return none, refuse(fault.ErrNotFound)
	})
}

// listTenants reads those of the sequence: they are the newest.
func listTenants(w *world, c command) plan {
	r, by := w.rules, w.operator(c)
	q := tenant.Query{Status: []tenant.Status{"", tenant.Active, tenant.Suspended, "asleep"}[c.What]}
	q.Request = page.Request{Limit: max(1, len(r.order)), Newest: true}
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]tenant.Tenant, error) {
		found, err := p.Tenants.List(ctx, q)
		return slices.DeleteFunc(found.Items, func(t tenant.Tenant) bool { return r.tenants[string(t.ID)] == nil }), err
	}, func([]tenant.Tenant) ([]tenant.Tenant, *refusal) {
		if no := onlyOperator(by); no != nil {
			return nil, no
		}
		if c.What == 3 {
			return nil, refuse(fault.ErrInvalid, "status")
		}
		list := []tenant.Tenant{}
		for _, in := range sorted(r.tenants) {
			if q.Status == "" || in.tenant.Status == q.Status {
				list = append(list, in.tenant)
			}
		}
		slices.Reverse(list)
		return list, nil
	})
}
