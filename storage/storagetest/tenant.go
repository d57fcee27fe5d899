package storagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

func tenantClauses() []clause {
	return []clause{
		{"tenant/round trip", "what is read back is what was stored, to the last field and microsecond", tenantRoundTrip},
		{"tenant/save compares versions", "a save with a stale version is ErrConflict, so that no update is lost", tenantVersions},
		{"tenant/list pages", "the operator's list neither skips nor repeats a tenant, in both directions", tenantList},
		{"tenant/creation is keyed", "a keyed creation leaves one receipt, which refuses a second one", tenantKey},
	}
}

// newTenant creates a tenant with its owner role.
func (s *session) newTenant(t *testing.T, slug string) tenant.Tenant {
	t.Helper()
	made, owner := s.draftTenant(slug)
	must(t, s.Tenants().Create(in(made.ID), made, owner, s.commit(made.ID, "tenant", "created", string(made.ID), 1)))
	return made
}

func (s *session) draftTenant(slug string) (tenant.Tenant, tenant.Role) {
	made := tenant.Tenant{
		ID: tenant.ID(s.ids.New("ten")), Name: "Ünï " + slug, Slug: slug, Status: tenant.Active,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	return made, tenant.Role{
		ID: tenant.RoleID(s.ids.New("role")), TenantID: made.ID, Name: tenant.OwnerRole, BuiltIn: true,
		Permissions: []tenant.Permission{tenant.Everything}, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func tenantRoundTrip(t *testing.T, s *session) {
	above := get(money.NewAmount("999999999999999999999999999999999999.99", "USD"))(t)
	made, owner := s.draftTenant("full")
	made.Name = strings.Repeat("Ω", 200)
	made.Settings = tenant.Settings{
		DefaultCurrency: "USD", Locale: "de-CH", TimeZone: "Europe/Zurich", AllowedRegions: []string{"nyc1", "fra1"},
		OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAbove, Above: above},
		Limits:        tenant.Limits{Resources: 1<<53 + 1, ResourcesPerOrder: 7},
		Extra:         map[string]string{"zażółć": "🦊 'quoted' \"twice\" \\ ? $1", "empty": ""},
	}
	must(t, s.Tenants().Create(in(made.ID), made, owner, s.commit(made.ID, "tenant", "created", string(made.ID), 1)))
	same(t, "the tenant", get(s.Tenants().Get(in(made.ID)))(t), made)
	same(t, "the tenant by slug", get(s.Tenants().BySlug(operator(), "full"))(t), made)

	made.Version, made.Status, made.Suspensions = 2, tenant.Suspended, []string{"abuse", "unpaid"}
	must(t, s.Tenants().Save(in(made.ID), made, s.commit(made.ID, "tenant", "suspended", string(made.ID), 2)))
	same(t, "the saved tenant", get(s.Tenants().Get(in(made.ID)))(t), made)
	standing := get(s.Tenants().Standing(in(made.ID), ""))(t)
	same(t, "its standing", standing, tenant.Standing{Status: tenant.Suspended, Settings: made.Settings})
}

func tenantVersions(t *testing.T, s *session) {
	made := s.newTenant(t, "acme")
	for _, version := range []int64{1, 3, 0} {
		made.Version = version
		err := s.Tenants().Save(in(made.ID), made, s.commit(made.ID, "tenant", "updated", string(made.ID), version))
		refused(t, err, fault.ErrConflict, "")
	}
}

func tenantList(t *testing.T, s *session) {
	var all []tenant.Tenant
	for i := range 7 {
		all = append(all, s.newTenant(t, fmt.Sprintf("t%d", i)))
	}
	var got []tenant.Tenant
	w := page.Window{Limit: 3}
	for range all {
		next := get(s.Tenants().List(operator(), tenant.Query{Status: tenant.Active}, w))(t)
		if len(next) == 0 {
			break
		}
		got = append(got, next...)
		w.After = string(next[len(next)-1].ID)
	}
	same(t, "the list", got, all)
	newest := get(s.Tenants().List(operator(), tenant.Query{}, page.Window{Limit: 2, Newest: true}))(t)
	same(t, "the newest", newest, []tenant.Tenant{all[6], all[5]})
	same(t, "the suspended", get(s.Tenants().List(operator(), tenant.Query{Status: tenant.Suspended}, w))(t), []tenant.Tenant(nil))
}

func tenantKey(t *testing.T, s *session) {
	made, owner := s.draftTenant("keyed")
	c := s.commit(made.ID, "tenant", "created", string(made.ID), 1)
	c.Receipt = &event.Receipt{Operation: "tenant.create", Key: "k", Hash: "h", Entity: string(made.ID)}
	must(t, s.Tenants().Create(in(made.ID), made, owner, c))
	same(t, "the receipt", get(s.Tenants().Receipt(operator(), "tenant.create", "k"))(t), *c.Receipt)

	again, owner := s.draftTenant("other")
	c = s.commit(again.ID, "tenant", "created", string(again.ID), 1)
	c.Receipt = &event.Receipt{Operation: "tenant.create", Key: "k", Hash: "h", Entity: string(again.ID)}
	err := s.Tenants().Create(in(again.ID), again, owner, c)
	refused(t, err, fault.ErrExists, "")
	refusedAs(t, err, event.ErrRepeated)
	_, err = s.Tenants().BySlug(operator(), "other")
	refused(t, err, fault.ErrNotFound, "")
}
