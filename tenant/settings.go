package tenant

import (
	"regexp"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// Settings are how a tenant does business.
type Settings struct {
	// DefaultCurrency is what orders and quotes are in that name none; empty:
	// each must name its own.
	DefaultCurrency money.Currency `json:"default_currency,omitempty"`
	// Locale is a BCP 47 tag, for formatting: "en", "de-CH".
	Locale string `json:"locale,omitempty"`
	// TimeZone is an IANA name, for periods of prices; empty is UTC.
	TimeZone string `json:"time_zone,omitempty"`
	// AllowedRegions are the regions that may be ordered in; empty is all.
	AllowedRegions []string `json:"allowed_regions,omitempty"`
	// OrderApproval says which orders wait for an approval.
	OrderApproval OrderApproval `json:"order_approval"`
	// Limits bound what the tenant may use.
	Limits Limits `json:"limits"`
	// Extra are the host's own keys; the library keeps and ignores them.
	Extra map[string]string `json:"extra,omitempty"`
}

// ApprovalMode is when an order waits for an approval.
type ApprovalMode string

// The approval modes; the zero mode is ApprovalNone.
const (
	// ApprovalNone starts every order at once.
	ApprovalNone ApprovalMode = "none"
	// ApprovalAll holds every order until it is approved.
	ApprovalAll ApprovalMode = "all"
	// ApprovalAbove holds orders of more than a total, and those in another
	// currency than that total's.
	ApprovalAbove ApprovalMode = "above"
)

// OrderApproval is the policy of approving orders.
type OrderApproval struct {
	Mode ApprovalMode `json:"mode,omitempty"`
	// Above is the total from which on ApprovalAbove holds an order.
	Above money.Amount `json:"above"`
}

// Holds says whether an order of that total waits for an approval.
func (p OrderApproval) Holds(total money.Amount) bool {
	switch p.Mode {
	case ApprovalAll:
		return true
	case ApprovalAbove:
		order, err := total.Cmp(p.Above)
		return err != nil || order > 0
	default:
		return false
	}
}

// Limits bound what a tenant may use; 0 is no limit.
type Limits struct {
	// Resources is how many live resources the tenant may have.
	Resources int64 `json:"resources,omitempty"`
	// ResourcesPerOrder is how many resources one order may ask for.
	ResourcesPerOrder int64 `json:"resources_per_order,omitempty"`
}

// Location is the tenant's time zone.
func (s Settings) Location() *time.Location {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

var localePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

func (s Settings) check(f *fault.Fields) {
	if s.DefaultCurrency != "" && !s.DefaultCurrency.Valid() {
		f.Add("default_currency", "must be an ISO 4217 code")
	}
	if s.Locale != "" && !localePattern.MatchString(s.Locale) {
		f.Add("locale", `must be a BCP 47 tag such as "en" or "de-CH"`)
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		f.Add("time_zone", `must be an IANA time zone such as "Europe/Berlin"`)
	}
	check.Words(f, "allowed_regions", s.AllowedRegions, 200, 64)
	s.OrderApproval.check(f.In("order_approval"))
	if s.Limits.Resources < 0 {
		f.Add("limits.resources", "must not be negative")
	}
	if s.Limits.ResourcesPerOrder < 0 {
		f.Add("limits.resources_per_order", "must not be negative")
	}
	check.Metadata(f, "extra", s.Extra)
}

func (p OrderApproval) check(f *fault.Fields) {
	switch p.Mode {
	case "", ApprovalNone, ApprovalAll:
		if p.Above != (money.Amount{}) {
			f.Add("above", "must be empty unless the mode is %q", ApprovalAbove)
		}
	case ApprovalAbove:
		if p.Above.Currency() == "" || p.Above.Sign() < 0 {
			f.Add("above", "must be an amount that is not negative")
		}
	default:
		check.OneOf(f, "mode", p.Mode, ApprovalNone, ApprovalAll, ApprovalAbove)
	}
}
