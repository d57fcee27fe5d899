package customer

import (
	"regexp"
	"strings"
	"sync"

	"github.com/bojanz/address"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// Address is where a customer's bill goes. What it must have, and in which
// form, depends on its country; the rules are those of CLDR and Google's
// address data, and where they know nothing of a country anything goes. The
// zero value is no address.
type Address struct {
	// Lines are street, house, floor and the like, in the order of writing: 1
	// to 5, of at most 128 characters each.
	Lines []string `json:"lines,omitempty"`
	// City is the town or the post town, at most 128 characters.
	City string `json:"city,omitempty"`
	// Region is the state, province, county or prefecture: its code in ISO
	// 3166-2 without the country ("CA" in US, "13" in JP) where the data lists
	// the country's regions (for HK, which has no codes, their names); else at
	// most 128 characters of text.
	Region string `json:"region,omitempty"`
	// PostalCode has the form of its country, in upper case: "SW1A 1AA" in GB.
	// In a country without postal codes it is at most 16 characters.
	PostalCode string `json:"postal_code,omitempty"`
	// Country is a code of ISO 3166-1 with two letters, in upper case: "GB".
	// Kosovo, which has none yet, is "XK" as everywhere.
	Country string `json:"country,omitempty"`
}

const (
	addressLines  = 5
	addressText   = 128
	addressPostal = 16
)

// IsZero says whether there is no address.
func (a Address) IsZero() bool {
	return len(a.Lines) == 0 && a.City == "" && a.Region == "" && a.PostalCode == "" && a.Country == ""
}

// check names every field that breaks a rule, all countries' first and then
// the country's own.
func (a Address) check(f *fault.Fields) {
	if a.IsZero() {
		return
	}
	a.checkLines(f)
	oneLine(f, "city", a.City, addressText)
	oneLine(f, "region", a.Region, addressText)
	oneLine(f, "postal_code", a.PostalCode, addressPostal)
	switch {
	case a.Country == "":
		f.Add("country", "must not be empty")
	case !knownCountry(a.Country):
		f.Add("country", "must be a country's code of two upper-case letters in ISO 3166-1, such as DE")
	default:
		a.checkCountry(f, address.GetFormat(a.Country))
	}
}

func (a Address) checkLines(f *fault.Fields) {
	switch {
	case len(a.Lines) == 0:
		f.Add("lines", "must not be empty")
	case len(a.Lines) > addressLines:
		f.Add("lines", "must have at most %d entries, has %d", addressLines, len(a.Lines))
		return
	}
	for i, line := range a.Lines {
		if line == "" {
			f.At("lines", i).Add("", "must not be empty")
			continue
		}
		oneLine(f.At("lines", i), "", line, addressText)
	}
}

// oneLine is check.Text for a text that an envelope has in one line.
func oneLine(f *fault.Fields, path, value string, most int) {
	if strings.ContainsAny(value, "\t\n") {
		f.Add(path, "must not contain tabs or line feeds")
		return
	}
	check.Text(f, path, value, most)
}

// checkCountry checks what the country wants to be there, and its form.
func (a Address) checkCountry(f *fault.Fields, format address.Format) {
	for _, field := range []struct {
		path  string
		name  address.Field
		value string
	}{
		{"city", address.FieldLocality, a.City},
		{"region", address.FieldRegion, a.Region},
		{"postal_code", address.FieldPostalCode, a.PostalCode},
	} {
		// Where the data has a default there is one answer only, and nobody
		// need give it: the city of an address in Singapore.
		if field.value == "" && format.IsRequired(field.name) && format.Defaults[field.name] == "" {
			f.Add(field.path, "must not be empty in %s", a.Country)
		}
	}
	if !format.CheckRegion(a.Region) {
		f.Add("region", "must be the code of a region of %s, such as %s", a.Country, format.Regions.Keys()[0])
	}
	pattern := postalPatterns()[a.Country]
	if a.PostalCode != "" && pattern != nil && !pattern.MatchString(a.PostalCode) {
		f.Add("postal_code", "must be a postal code of %s", a.Country)
	}
}

// postalPatterns compiles every country's pattern at the first use: 1 ms once,
// against 4 to 70 µs at each check (GB's is the worst), which is what it costs
// to store the customer. The table never changes afterwards.
//
// The data's patterns are alternatives without a group in places, so they get
// one: anchored as they are, GB's would take anything that ends like a postal
// code.
var postalPatterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	patterns := make(map[string]*regexp.Regexp)
	for country, format := range address.GetFormats() {
		if format.PostalCodePattern == "" {
			continue
		}
		if pattern, err := regexp.Compile(`\A(?:` + format.PostalCodePattern + `)\z`); err == nil {
			patterns[country] = pattern
		}
	}
	return patterns
})

// knownCountry says whether ISO 3166-1 assigns a code. The data also has seven
// that it only reserves: islands and cities that are addressed through the
// country that they belong to.
func knownCountry(code string) bool {
	switch code {
	case "", "AC", "CP", "CQ", "DG", "EA", "IC", "TA":
		return false
	}
	return address.CheckCountryCode(code)
}
