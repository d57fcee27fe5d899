package tenant

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	above := func(number string, c money.Currency) OrderApproval {
		return OrderApproval{Mode: ApprovalAbove, Above: amount(t, number, c)}
	}
	many := func(n int) (regions []string) {
		for i := range n {
			regions = append(regions, fmt.Sprintf("r%d", i))
		}
		return regions
	}
	entries := func(n int) map[string]string {
		extra := map[string]string{}
		for i := range n {
			extra[fmt.Sprintf("k%d", i)] = "v"
		}
		return extra
	}
	for _, row := range []struct {
		Settings
		want string
	}{
		{Settings{}, ""},
		{Settings{DefaultCurrency: "JPY"}, ""},
		{Settings{DefaultCurrency: "jpy"}, "default_currency"},
		{Settings{DefaultCurrency: "XXY"}, "default_currency"},
		{Settings{Locale: "en"}, ""},
		{Settings{Locale: "gsw"}, ""},
		{Settings{Locale: "de-CH"}, ""},
		{Settings{Locale: "es-419"}, ""},
		{Settings{Locale: "zh-Hant"}, ""},
		{Settings{Locale: "zh-Hant-TW"}, ""},
		{Settings{Locale: "de_CH"}, "locale"},
		{Settings{Locale: "DE"}, "locale"},
		{Settings{Locale: "de-ch"}, "locale"},
		{Settings{Locale: "e"}, "locale"},
		{Settings{Locale: "en\n"}, "locale"},
		{Settings{Locale: "en-US-x-twain"}, "locale"},
		{Settings{TimeZone: "UTC"}, ""},
		{Settings{TimeZone: "America/New_York"}, ""},
		{Settings{TimeZone: "Local"}, "time_zone"},
		{Settings{TimeZone: "Berlin"}, "time_zone"},
		{Settings{TimeZone: "+02:00"}, "time_zone"},
		{Settings{TimeZone: "../etc/passwd"}, "time_zone"},
		{Settings{TimeZone: "/etc/localtime"}, "time_zone"},
		{Settings{TimeZone: "a\x00"}, "time_zone"},
		{Settings{AllowedRegions: many(200)}, ""},
		{Settings{AllowedRegions: many(201)}, "allowed_regions"},
		{Settings{AllowedRegions: []string{"nyc1", "fra1", "nyc1"}}, "allowed_regions[2]"},
		{Settings{AllowedRegions: []string{""}}, "allowed_regions[0]"},
		{Settings{AllowedRegions: []string{strings.Repeat("r", 65)}}, "allowed_regions[0]"},
		{Settings{OrderApproval: OrderApproval{Mode: ApprovalNone}}, ""},
		{Settings{OrderApproval: OrderApproval{Mode: ApprovalAll}}, ""},
		{Settings{OrderApproval: above("0", "USD")}, ""},
		{Settings{OrderApproval: above("1000.50", "USD")}, ""},
		{Settings{OrderApproval: above("-0.01", "USD")}, "order_approval.above"},
		{Settings{OrderApproval: OrderApproval{Mode: ApprovalAbove}}, "order_approval.above"},
		{Settings{OrderApproval: OrderApproval{Mode: ApprovalAll, Above: amount(t, "1", "USD")}}, "order_approval.above"},
		{Settings{OrderApproval: OrderApproval{Above: amount(t, "1", "USD")}}, "order_approval.above"},
		{Settings{OrderApproval: OrderApproval{Mode: "never"}}, "order_approval.mode"},
		{Settings{Limits: Limits{Resources: 1 << 60, ResourcesPerOrder: 1000}}, ""},
		{Settings{Limits: Limits{Resources: -1}}, "limits.resources"},
		{Settings{Limits: Limits{ResourcesPerOrder: -1}}, "limits.resources_per_order"},
		{Settings{Extra: entries(64)}, ""},
		{Settings{Extra: entries(65)}, "extra"},
		{Settings{Extra: map[string]string{"k": strings.Repeat("v", 513)}}, "extra.k"},
	} {
		var f fault.Fields
		row.check(&f)
		if row.want == "" {
			require.Empty(t, f.All(), "%+v", row.Settings)
			continue
		}
		require.Len(t, f.All(), 1, "%+v", row.Settings)
		require.Equal(t, row.want, f.All()[0].Path, "%+v", row.Settings)
	}
}

func TestWhichOrdersWaitForAnApproval(t *testing.T) {
	t.Parallel()
	limit := amount(t, "100", "USD")
	for _, row := range []struct {
		OrderApproval
		total money.Amount
		holds bool
	}{
		{OrderApproval{}, amount(t, "1", "USD"), false},
		{OrderApproval{Mode: ApprovalNone}, amount(t, "999999", "USD"), false},
		{OrderApproval{Mode: ApprovalAll}, amount(t, "0", "USD"), true},
		{OrderApproval{Mode: ApprovalAbove, Above: limit}, amount(t, "99.99", "USD"), false},
		{OrderApproval{Mode: ApprovalAbove, Above: limit}, amount(t, "100", "USD"), false},
		{OrderApproval{Mode: ApprovalAbove, Above: limit}, amount(t, "100.01", "USD"), true},
		{OrderApproval{Mode: ApprovalAbove, Above: limit}, amount(t, "1", "EUR"), true},
	} {
		require.Equal(t, row.holds, row.Holds(row.total), "%+v of %s", row.OrderApproval, row.total)
	}
}

func TestTheTenantsTimeZone(t *testing.T) {
	t.Parallel()
	require.Equal(t, time.UTC, Settings{}.Location())
	require.Equal(t, "Europe/Berlin", Settings{TimeZone: "Europe/Berlin"}.Location().String())
	require.Equal(t, time.UTC, Settings{TimeZone: "Mars/Olympus"}.Location(), "a zone that this machine does not know")
}
