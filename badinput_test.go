package platforma_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// badInput is a call that must be refused, and the fields that it must name.
type badInput struct {
	name string
	run  func(ctx context.Context, p *platforma.Platform, on things) error
	want []string
}

// Texts that break a rule each.
const (
	notUTF8 = "caf\xe9"
	withNUL = "a\x00b"
	hostile = "Not A Word"
)

func long(characters int) string { return strings.Repeat("x", characters+1) }

// metadata has one entry of every kind that breaks a rule but for their number;
// metadataPaths are their fields, behind a path.
func metadata() map[string]string {
	return map[string]string{
		"": "no key", long(64): "a long key", "long": long(512), "nul": withNUL, "utf8": notUTF8, "good": "fine",
	}
}

func metadataPaths(path string) []string {
	return []string{path + " key", path + ".long", path + ".nul", path + ".utf8", path + " key"}
}

func entries(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m["key"+strings.Repeat("x", i%8)+string(rune('a'+i/8))] = "value"
	}
	return m
}

func paths(lists ...[]string) []string { return slices.Concat(lists...) }

func badDrafts() []badInput {
	address := customer.Address{Lines: []string{"", long(128), "a\tb", withNUL}, City: long(128), Region: "XX", PostalCode: "nope",
		Country: "US"}
	addressPaths := []string{"billing_address.lines[0]", "billing_address.lines[1]", "billing_address.lines[2]", "billing_address.lines[3]",
		"billing_address.city", "billing_address.region", "billing_address.postal_code"}
	card := customer.PaymentMethod{Kind: "cash", Provider: notUTF8, Token: "4111 1111 1111 1111", Brand: long(64), LastFour: "12",
		Expiry: "2029-13"}
	cardPaths := []string{"payment_method.kind", "payment_method.provider", "payment_method.brand",
		"payment_method.last_four", "payment_method.expiry", "payment_method.token"}
	settings := tenant.Settings{
		DefaultCurrency: "EURO", Locale: "english", TimeZone: "Mars/Base", AllowedRegions: []string{"", hostile, "nyc1", "nyc1"},
		OrderApproval: tenant.OrderApproval{Mode: "never"}, Limits: tenant.Limits{Resources: -1, ResourcesPerOrder: -1}, Extra: metadata(),
	}
	settingsPaths := paths([]string{"settings.default_currency", "settings.locale", "settings.time_zone", "settings.allowed_regions[0]",
		"settings.allowed_regions[1]", "settings.allowed_regions[3]", "settings.order_approval.mode", "settings.limits.resources",
		"settings.limits.resources_per_order"}, metadataPaths("settings.extra"))
	operator := tenant.AsOperator
	return []badInput{
		{"tenant", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.Create(operator(ctx), tenant.Draft{Name: long(200), Slug: hostile, Settings: settings}))
		}, paths([]string{"name", "slug"}, settingsPaths)},
		{"tenant, empty", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.Create(operator(ctx), tenant.Draft{Settings: tenant.Settings{
				OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAbove}, TimeZone: "Local", Locale: "de_CH", Extra: entries(65),
			}, Key: withNUL}))
		}, []string{"name", "settings.locale", "settings.time_zone", "settings.order_approval.above", "settings.extra", "key"}},
		{"tenant's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Tenants.Update(ctx, on.Tenant, tenant.Change{Name: new(notUTF8), Settings: &settings}))
		}, paths([]string{"name"}, settingsPaths)},
		{"reason of a suspension", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Tenants.Suspend(operator(ctx), on.Tenant, hostile))
		}, []string{"reason"}},
		{"slug", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.BySlug(operator(ctx), withNUL))
		}, []string{"slug"}},

		{"user", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.AddUser(ctx, tenant.UserDraft{Email: "nobody", Name: withNUL, Roles: []string{"", hostile, "a", "a"},
				Key: notUTF8}))
		}, []string{"email", "name", "roles[0]", "roles[1]", "roles[3]", "key"}},
		{"user's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Tenants.UpdateUser(ctx, on.User, tenant.UserChange{Email: new("a@b@c.example"), Name: new(long(200))}))
		}, []string{"email", "name"}},
		{"granted role", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Tenants.Grant(ctx, on.User, withNUL))
		}, []string{"roles[0]"}},

		{"role", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.CreateRole(ctx, tenant.RoleDraft{
				Name: hostile, Permissions: []tenant.Permission{"order.steal", "order.get", "order.get", "", withNUL, "nothing.*"},
				Key: long(128),
			}))
		}, []string{"name", "permissions[0]", "permissions[2]", "permissions[3]", "permissions[4]", "permissions[5]", "key"}},
		{"role's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Tenants.UpdateRole(ctx, on.Role, tenant.RoleChange{Permissions: []tenant.Permission{"order.steal", "*", "*"}}))
		}, []string{"permissions[0]", "permissions[2]"}},
		{"role's name", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.UpdateRole(ctx, withNUL, tenant.RoleChange{}))
		}, []string{"name"}},
		{"deleted role's name", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return p.Tenants.DeleteRole(ctx, notUTF8)
		}, []string{"name"}},

		{"customer", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Customers.Create(ctx, customer.Draft{
				Email: "ada@[127.0.0.1]", Company: long(200), BillingAddress: address, PaymentMethod: card, Metadata: metadata(),
				Key: withNUL,
			}))
		}, paths([]string{"name", "email", "company"}, addressPaths, cardPaths, metadataPaths("metadata"), []string{"key"})},
		{"customer, too much", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Customers.Create(ctx, customer.Draft{
				Name: withNUL, Email: strings.Repeat("a", 250) + "@example.com", Company: notUTF8, Metadata: entries(65), Key: long(128),
				BillingAddress: customer.Address{Lines: make([]string, 6), Country: "XX"},
				PaymentMethod:  customer.PaymentMethod{Brand: "Visa"},
			}))
		}, []string{"name", "email", "company", "billing_address.lines", "billing_address.country", "payment_method.kind",
			"payment_method.provider", "payment_method.token", "metadata", "key"}},
		{"customer's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Customers.Update(ctx, on.Customer, customer.Change{
				Name: new(""), Email: new(""), Company: new(" led by a space"), BillingAddress: &address, PaymentMethod: &card,
				Metadata: metadata(),
			}))
		}, paths([]string{"name", "email", "company"}, addressPaths, cardPaths, metadataPaths("metadata"))},
		{"payment method", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Customers.SetPaymentMethod(ctx, on.Customer, card))
		}, cardPaths},

		{"product", func(ctx context.Context, p *platforma.Platform, _ things) error {
			d := badProduct()
			d.Key = notUTF8
			return second(p.Catalog.Create(ctx, d))
		}, append(badProductPaths(""), "key")},
		{"product's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			d := badProduct()
			return second(p.Catalog.Update(ctx, on.Draft, catalog.Change{Name: &d.Name, SKU: &d.SKU, Category: &d.Category, Specs: &d.Specs,
				Pricing: d.Pricing, Regions: d.Regions, ProvisioningTemplateID: &d.ProvisioningTemplateID}))
		}, badProductPaths("")},
		{"price list", func(ctx context.Context, p *platforma.Platform, _ things) error {
			d := badProduct()
			d.Key = "import"
			return second(p.Catalog.Import(ctx, []catalog.Draft{d, {Name: "Good", SKU: "good", Category: "compute"}, {Name: "Good",
				SKU: "good", Category: "compute"}}, nil))
		}, append(badProductPaths("drafts[0]."), "drafts[0].key", "drafts[2].sku")},
		{"activated product", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Catalog.Activate(ctx, on.Draft))
		}, []string{"regions", "pricing", "provisioning_template_id", "specs.vcpus", "specs.memory_gib"}},

		{"quote", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Catalog.Quote(ctx, badQuote(on)))
		}, append([]string{"currency"}, badItemPaths()...)},
		{"quote of nothing", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Catalog.Quote(ctx, catalog.QuoteRequest{}))
		}, []string{"items"}},
		{"quote of too much", func(ctx context.Context, p *platforma.Platform, on things) error {
			item := catalog.QuoteItem{Product: on.Product, Quantity: 600, Region: "nyc1"}
			return second(p.Catalog.Quote(ctx, catalog.QuoteRequest{Items: []catalog.QuoteItem{item, item}}))
		}, []string{"items"}},

		{"order", func(ctx context.Context, p *platforma.Platform, on things) error {
			d := order.Draft{Customer: customer.ID(on.Product), Currency: "EURO", Metadata: metadata()}
			for _, item := range badQuote(on).Items {
				d.Items = append(d.Items, order.ItemDraft(item))
			}
			return second(p.Orders.Place(ctx, d))
		}, paths([]string{"customer"}, metadataPaths("metadata"), []string{"currency"}, badItemPaths())},
		{"order of nothing", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Orders.Place(ctx, order.Draft{Metadata: entries(65), Key: withNUL}))
		}, []string{"customer", "metadata", "key", "items"}},
		{"report", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Orders.Report(scope.System(ctx, on.Tenant), order.Progress{
				Order: on.Order, Attempt: -1, Live: -1, Items: []order.ItemProgress{{Item: "item", Failed: -1}},
			}))
		}, []string{"attempt", "live", "items[0].item", "items[0]"}},

		{"cluster", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Resources.CreateCluster(ctx, resource.ClusterDraft{
				Region: hostile, Labels: metadata(), Capacity: resource.Capacity{Instances: math.MinInt64}, Key: withNUL,
			}))
		}, paths([]string{"name", "region"}, metadataPaths("labels"), []string{"capacity.instances", "key"})},
		{"cluster's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.UpdateCluster(ctx, on.Cluster, resource.ClusterChange{
				Name: new(long(200)), Labels: entries(65), Capacity: &resource.Capacity{Instances: 1},
			}))
		}, []string{"name", "labels", "capacity"}},
		{"network", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.CreateNetwork(ctx, resource.NetworkDraft{
				Cluster: resource.ClusterID(on.Network), Name: withNUL, CIDR: "10.9.0.0/24", Gateway: "10.8.0.1",
				Reserved: []string{"10.9.0.9-10.9.0.1", "10.8.0.9", "somewhere", withNUL}, Key: long(128),
			}))
		}, []string{"cluster", "name", "gateway", "reserved[0]", "reserved[1]", "reserved[2]", "reserved[3]", "key"}},
		{"network's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.UpdateNetwork(ctx, on.Network, resource.NetworkChange{
				Name: new(""), Gateway: new("10.0.0.2"), Reserved: []string{"::1", "10.0.0.0/25"},
			}))
		}, []string{"name", "gateway", "reserved[0]", "reserved[1]"}},
	}
}

// badProduct breaks every rule of a product that can be broken at once.
func badProduct() catalog.Draft {
	negative, tiny := must(money.NewRate("-1", "USD")), must(money.NewQuantity("0.5"))
	return catalog.Draft{
		SKU: hostile, Category: catalog.CategoryCompute, Regions: []string{"nyc1", "", "nyc1", withNUL}, ProvisioningTemplateID: notUTF8,
		Specs: catalog.ProductSpecs{
			ResourceType: "mainframe", VCPUs: must(money.NewQuantity("1000000001")), GPU: long(64), GPUCount: -1, IOPS: math.MaxInt64,
			IPs:   -5,
			Ports: []int{0, 80, 80, 65536}, Attributes: metadata(),
			Configurable: map[string]catalog.Option{
				"ports": {Max: tiny}, "disk_gib": {Values: []string{"1"}}, "gpu_count": {Min: must(money.NewQuantity("2")), Max: tiny},
				withNUL: {},
			},
		},
		Pricing: catalog.Pricing{
			{Name: hostile, Region: "ams3", Period: "fortnight", Model: catalog.Flat{Rate: negative}},
			{Name: "unit", Period: catalog.PeriodHour, Model: catalog.PerUnit{Unit: "wheels"}},
			{Name: "none", Period: catalog.PeriodHour},
			{Name: "unit", Period: catalog.PeriodHour, Model: catalog.PerUnit{Unit: "vcpus"}},
		},
	}
}

func badProductPaths(prefix string) []string {
	all := paths([]string{"name", "sku", "specs.resource_type", "specs.vcpus", "specs.gpu_count", "specs.iops", "specs.ips", "specs.gpu",
		"specs.ports[0]", "specs.ports[2]", "specs.ports[3]"}, metadataPaths("specs.attributes"),
		[]string{"specs.configurable." + withNUL, "specs.configurable." + withNUL + ".max", "specs.configurable.disk_gib.values",
			"specs.configurable.gpu_count.min", "specs.configurable.gpu_count.max", "specs.configurable.ports",
			"pricing[0].name", "pricing[0].region", "pricing[0].period", "pricing[0].model.rate", "pricing[1].model.unit",
			"pricing[1].model.rate", "pricing[2].model", "pricing[3].model.rate", "pricing[3].name",
			"regions[1]", "regions[2]", "regions[3]", "provisioning_template_id"})
	for i := range all {
		all[i] = prefix + all[i]
	}
	return all
}

func badQuote(on things) catalog.QuoteRequest {
	return catalog.QuoteRequest{Currency: "EURO", Items: []catalog.QuoteItem{
		{Product: "vm-small", Quantity: -1, Configuration: metadata()},
		{Product: catalog.ID(on.Customer), Quantity: math.MaxInt64},
		{Product: on.Product, Quantity: 0, Region: "ams3", Configuration: map[string]string{"disk_gib": "1"}},
		{Product: on.Product, Quantity: 1, Region: withNUL, Configuration: entries(65)},
		{Product: on.Draft, Quantity: 1, Region: "nyc1"},
	}}
}

func badItemPaths() []string {
	return paths([]string{"items", "items[0].product", "items[0].quantity"}, metadataPaths("items[0].configuration"), []string{
		"items[1].product", "items[1].quantity", "items[2].quantity", "items[2].region", "items[2].configuration.disk_gib",
		"items[3].configuration", "items[3].region", "items[4].product", "items[4].region"})
}

func badQueries() []badInput {
	first := page.Request{Limit: -1, After: "garbage"}
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	return []badInput{
		{"tenants of a status", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.List(tenant.AsOperator(ctx), tenant.Query{Status: "gone"}))
		}, []string{"status"}},
		{"tenants' page", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.List(tenant.AsOperator(ctx), tenant.Query{Request: page.Request{Limit: 501, After: withNUL}}))
		}, []string{"limit", "after"}},
		{"users of a status", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.Users(ctx, tenant.UserQuery{Status: "gone"}))
		}, []string{"status"}},
		{"users' page", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Tenants.Users(ctx, tenant.UserQuery{Request: first}))
		}, []string{"limit", "after"}},
		{"customers", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Customers.List(ctx, customer.Query{Name: withNUL, Metadata: metadata()}))
		}, append(metadataPaths("metadata"), "name")},
		{"customers' page", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Customers.List(ctx, customer.Query{Request: first}))
		}, []string{"limit", "after"}},
		{"another query's cursor", func(ctx context.Context, p *platforma.Platform, _ things) error {
			orders := must(p.Orders.List(ctx, order.Query{Request: page.Request{Limit: 1}}))
			return second(p.Orders.List(ctx, order.Query{Status: order.StatusPending, Request: page.Request{After: orders.Next}}))
		}, []string{"after"}},
		{"a cursor that was tampered with", func(ctx context.Context, p *platforma.Platform, _ things) error {
			orders := must(p.Orders.List(ctx, order.Query{Request: page.Request{Limit: 1}}))
			key := must(base64.RawURLEncoding.DecodeString(string(orders.Next)))
			return second(p.Orders.List(ctx,
				order.Query{Request: page.Request{After: page.Cursor(base64.RawURLEncoding.EncodeToString(append(key, 0)))}}))
		}, []string{"after"}},
		{"products", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Catalog.List(ctx, catalog.Query{Category: "food", Region: hostile, Status: "sold out", Text: notUTF8}))
		}, []string{"category", "region", "status", "text"}},
		{"products by no id", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Catalog.Many(ctx, nil))
		}, []string{"ids"}},
		{"orders", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Orders.List(ctx, order.Query{
				Customer: customer.ID(on.Order), Product: "vm", Status: "lost", From: late, To: late.AddDate(0, -1, 0),
				Metadata: entries(65),
			}))
		}, []string{"customer", "product", "status", "from", "to", "metadata"}},
		{"resources", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.List(ctx, resource.Query{
				Order: order.ID(on.Item), Cluster: resource.ClusterID(on.Network), Customer: "ada", Type: "mainframe", Status: "lost",
				Region: withNUL,
			}))
		}, []string{"order", "cluster", "customer", "type", "status", "region"}},
		{"clusters", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Resources.Clusters(ctx, resource.ClusterQuery{Region: hostile, Status: "lost"}))
		}, []string{"region", "status"}},
		{"networks", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.Networks(ctx, resource.NetworkQuery{Cluster: resource.ClusterID(on.Order), Status: "lost"}))
		}, []string{"cluster", "status"}},
		{"instances", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Resources.Instances(ctx, resource.InstanceQuery{Cluster: "a", Resource: resource.ID(on.Order), Status: "lost"}))
		}, []string{"cluster", "resource", "status"}},
		{"endpoints", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Webhooks.List(ctx, webhook.Query{Status: "lost"}))
		}, []string{"status"}},
		{"deliveries", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Webhooks.Deliveries(ctx, webhook.DeliveryQuery{
				Endpoint: webhook.ID(on.Order), Status: "lost", Event: event.ID(on.Order),
			}))
		}, []string{"endpoint", "status", "event"}},
		{"attempts", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Webhooks.Attempts(ctx, webhook.AttemptQuery{Endpoint: "x", Delivery: webhook.DeliveryID(on.Order)}))
		}, []string{"endpoint", "delivery"}},
		{"an endpoint", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Webhooks.Create(ctx, webhook.Draft{
				URL: "http://127.0.0.1", Types: []string{"", "a b"}, Description: withNUL, Key: notUTF8,
			}))
		}, []string{"url", "types[0]", "types[1]", "description", "key"}},
		{"an endpoint's change", func(ctx context.Context, p *platforma.Platform, on things) error {
			return second(p.Webhooks.Update(ctx, on.Endpoint, webhook.Change{URL: new("https://ada:secret@example.com")}))
		}, []string{"url"}},
		{"events", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Events.List(ctx, platforma.EventQuery{Service: "billing"}))
		}, []string{"service"}},
		{"dead letters", func(ctx context.Context, p *platforma.Platform, _ things) error {
			return second(p.Events.DeadLetters(ctx, first))
		}, []string{"limit", "after"}},
	}
}

// badValues are single values that cannot be, each with the field that it is.
func badValues() []badInput {
	var all []badInput
	add := func(field string, refuse func(ctx context.Context, p *platforma.Platform, on things, value string) error, values ...string) {
		for _, value := range values {
			all = append(all, badInput{field + " " + value, func(ctx context.Context, p *platforma.Platform, on things) error {
				return refuse(ctx, p, on, value)
			}, []string{field}})
		}
	}
	add("cidr", func(ctx context.Context, p *platforma.Platform, on things, cidr string) error {
		return second(p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: on.Cluster, Name: "bad", CIDR: cidr}))
	}, "", "10.0.0.0", "10.0.0.0/33", "10.0.0.1/24", "10.0.0.0/31", "10.0.0.0/7", "127.0.0.0/24", "224.0.0.0/8", "0.0.0.0/8",
		"::ffff:10.0.0.0/120",
		"fe80::%eth0/64", "2001:db8::/127", "2001::/15", "10.0.0.0/24 ", "10.0.0.128/25", withNUL, notUTF8)
	add("email", func(ctx context.Context, p *platforma.Platform, _ things, email string) error {
		return second(p.Customers.ByEmail(ctx, email))
	}, "", "ada", "@example.com", "ada@", "ada@localhost", "a da@example.com", "ada@example..com", "ada@-example.com", ".ada@example.com",
		"ada@1.2.3.4", "Ada <ada@example.com>", "ada@exa\x00mple.com", "\xff@example.com", long(64)+"@example.com")
	add("sku", func(ctx context.Context, p *platforma.Platform, _ things, sku string) error {
		return second(p.Catalog.BySKU(ctx, sku))
	}, "", "a b", "-a", long(64), withNUL)
	for country, code := range map[string]string{"US": "9410", "DE": "1234", "GB": "SW1A", "JP": "12345", "CA": "K1A"} {
		add("billing_address.postal_code", func(ctx context.Context, p *platforma.Platform, on things, code string) error {
			region := map[string]string{"US": "CA", "JP": "13", "CA": "ON"}[country]
			return second(p.Customers.Update(ctx, on.Customer, customer.Change{BillingAddress: &customer.Address{
				Lines: []string{"1 Road"}, City: "Town", Region: region, PostalCode: code, Country: country,
			}}))
		}, code)
	}
	add("number", func(_ context.Context, _ *platforma.Platform, _ things, number string) error {
		return second(money.NewAmount(number, "USD"))
	}, "1.001", "", "1e3", "+1", "01", ".5", "NaN", "1"+strings.Repeat("0", 36), "1,5", " 1", withNUL)
	add("number", func(_ context.Context, _ *platforma.Platform, _ things, number string) error {
		return second(money.NewAmount(number, "JPY"))
	}, "0.5")
	add("number", func(_ context.Context, _ *platforma.Platform, _ things, number string) error {
		return second(money.NewRate(number, "USD"))
	}, "0.0000000000001", "1"+strings.Repeat("0", 18), "1e-3")
	add("number", func(_ context.Context, _ *platforma.Platform, _ things, number string) error {
		return second(money.NewQuantity(number))
	}, "-1", "1"+strings.Repeat("0", 18), "0.0000000000001", "Inf")
	add("number", func(_ context.Context, _ *platforma.Platform, _ things, text string) error {
		var settings tenant.Settings
		return json.Unmarshal([]byte(text), &settings)
	}, `{"order_approval":{"mode":"above","above":{"number":"10.005","currency":"USD"}}}`)
	add("currency", func(_ context.Context, _ *platforma.Platform, _ things, code string) error {
		return second(money.NewRate("1", money.Currency(code)))
	}, "", "EURO", "usd", "ZZZ")
	return all
}

// misnamed are the operations on what is no id of theirs: no id at all, and
// that of another entity.
func misnamed() []badInput {
	var all []badInput
	for _, o := range addressed() {
		all = append(all,
			badInput{string(o.permission) + " by nonsense", func(ctx context.Context, p *platforma.Platform, _ things) error {
				return second(o.run(ctx, p, misled(func(string) string { return "nonsense\x00" })))
			}, nil})
		if o.permission == "audit.list" {
			continue // of whatever kind, it is an entity
		}
		all = append(all,
			badInput{string(o.permission) + " by another entity's id", func(ctx context.Context, p *platforma.Platform, on things) error {
				return second(o.run(ctx, p, misled(func(prefix string) string {
					switch prefix {
					case "": // a name
						return hostile
					case "ord":
						return string(on.Customer)
					default:
						return string(on.Order)
					}
				})))
			}, nil})
	}
	return all
}

func second(_ any, err error) error { return err }

// TestBadInput has every create, update, query and look-up refuse what cannot
// be: it names each offending field, writes nothing, and says the same on both
// databases.
func TestBadInput(t *testing.T) { //nolint:tparallel // the answers are compared when both databases have given theirs
	t.Parallel()
	rows := slices.Concat(badDrafts(), badQueries(), badValues(), misnamed())
	var mu sync.Mutex
	said := map[string]map[string]string{}
	t.Run("on", func(t *testing.T) {
		withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
			mend := breaking(t, p)
			on := furnish(t, p, "acme")
			mend()
			on.Draft = must(p.Catalog.Create(tenant.NewContext(t.Context(), on.Tenant), catalog.Draft{
				Name: "Bare", SKU: "bare", Category: catalog.CategoryCompute,
				Specs: catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine},
			})).ID
			before := everything(t, p, on)
			answers := map[string]string{}
			for _, row := range rows {
				err := row.run(tenant.NewContext(t.Context(), on.Tenant), p, on)
				answers[row.name] = masked(t, on, nil, err)
				if !assert.ErrorIs(t, err, platforma.ErrInvalid, row.name) {
					continue
				}
				e, _ := errors.AsType[*platforma.Error](err)
				var named []string
				for _, field := range e.Fields {
					named = append(named, field.Path)
					assert.Regexp(t, "^must ", field.Rule, row.name)
				}
				if row.want != nil {
					assert.ElementsMatch(t, row.want, named, "%s: %v", row.name, err)
				}
				assert.NotEmpty(t, named, row.name)
			}
			require.Equal(t, before, everything(t, p, on), "nothing is written")
			mu.Lock()
			defer mu.Unlock()
			said[t.Name()] = answers
		})
	})
	var first map[string]string
	for _, answers := range said {
		if first == nil {
			first = answers
		}
		require.Equal(t, first, answers, "both databases say the same")
	}
}

// everything is all that a tenant has, and the installation's tenants.
func everything(t *testing.T, p *platforma.Platform, on things) string {
	t.Helper()
	ctx := tenant.NewContext(t.Context(), on.Tenant)
	all := []any{happened(t, p, on.Tenant), must(p.Tenants.List(tenant.AsOperator(ctx), tenant.Query{})), must(p.Tenants.Get(ctx,
		on.Tenant))}
	for _, o := range unaddressed() {
		if o.run != nil && !o.writes && !o.live {
			all = append(all, must(o.run(ctx, p, on)))
		}
	}
	return string(must(json.Marshal(all)))
}
