package customer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bojanz/address"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

// offending returns the paths that an address's check names, each once.
func offending(a Address) []string {
	var f fault.Fields
	a.check(f.In("billing_address"))
	var paths []string
	for _, field := range f.All() {
		paths = append(paths, strings.TrimPrefix(field.Path, "billing_address."))
	}
	return slices.Compact(paths)
}

func TestRealAddressesAreAccepted(t *testing.T) {
	t.Parallel()
	for _, a := range []Address{
		{},
		{Lines: []string{}},
		{Lines: []string{"1600 Amphitheatre Parkway"}, City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"},
		{Lines: []string{"350 Fifth Avenue", "Floor 21"}, City: "New York", Region: "NY", PostalCode: "10118-0110", Country: "US"},
		{Lines: []string{"Platz der Republik 1"}, City: "Berlin", PostalCode: "11011", Country: "DE"},
		{Lines: []string{"10 Downing Street"}, City: "London", PostalCode: "SW1A 2AA", Country: "GB"},
		{Lines: []string{"Old bank"}, City: "Bootle", PostalCode: "GIR 0AA", Country: "GB"},
		{Lines: []string{"千代田1-1"}, City: "千代田区", Region: "13", PostalCode: "100-0001", Country: "JP"},
		{Lines: []string{"1-1 Chiyoda"}, Region: "13", PostalCode: "1000001", Country: "JP"},
		{Lines: []string{"Avenida Paulista, 1578", "Bela Vista"}, City: "São Paulo", Region: "SP", PostalCode: "01310-200", Country: "BR"},
		{Lines: []string{"Leinster House", "Kildare Street"}, City: "Dublin", Region: "D2", PostalCode: "D02 XR20", Country: "IE"},
		{Lines: []string{"The Square"}, City: "Clifden", Country: "IE"},
		{Lines: []string{"8 Finance Street"}, City: "Central", Region: "Hong Kong Island", Country: "HK"},
		{Lines: []string{"8 Finance Street"}, Region: "Hong Kong Island", PostalCode: "999077", Country: "HK"},
		{Lines: []string{"10 Bayfront Avenue"}, City: "Singapore", PostalCode: "018956", Country: "SG"},
		{Lines: []string{"10 Bayfront Avenue"}, PostalCode: "018956", Country: "SG"},
		{Lines: []string{"55 Rue du Faubourg Saint-Honoré"}, City: "Paris", Region: "Île-de-France", PostalCode: "75008", Country: "FR"},
		{Lines: []string{"Binnenhof 8A"}, City: "Den Haag", PostalCode: "2513 AA", Country: "NL"},
		{Lines: []string{"111 Wellington Street"}, City: "Ottawa", Region: "ON", PostalCode: "K1A 0A9", Country: "CA"},
		{Lines: []string{"Parliament Drive"}, City: "Canberra", Region: "ACT", PostalCode: "2600", Country: "AU"},
		{Lines: []string{"Sheikh Mohammed bin Rashid Boulevard 1"}, Region: "DU", Country: "AE"},
		{Lines: []string{"Avenida da Praia Grande 1"}, Country: "MO"},
		{Lines: []string{"Rruga Nënë Tereza"}, City: "Prishtinë", PostalCode: "10000", Country: "XK"},
		{Lines: []string{"a", "b", "c", "d", strings.Repeat("é", 128)}, City: "Berlin", PostalCode: "11011", Country: "DE"},
	} {
		require.Empty(t, offending(a), "%+v", a)
	}
}

func TestAddressNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	street := []string{"Street 1"}
	for _, row := range []struct {
		address Address
		paths   []string
	}{
		{Address{City: "Berlin"}, []string{"lines", "country"}},
		{Address{Country: "DE"}, []string{"lines", "city", "postal_code"}},
		{Address{Country: "US"}, []string{"lines", "city", "region", "postal_code"}},
		{Address{Lines: street, City: "Berlin", PostalCode: "1101", Country: "DE"}, []string{"postal_code"}},
		{Address{Lines: street, City: "Berlin", PostalCode: "D-11011", Country: "DE"}, []string{"postal_code"}},
		{Address{Lines: street, City: "London", PostalCode: "12345", Country: "GB"}, []string{"postal_code"}},
		{Address{Lines: street, City: "London", PostalCode: "junk SW1A 2AA", Country: "GB"}, []string{"postal_code"}},
		{Address{Lines: street, City: "London", PostalCode: "GIR 0AA junk", Country: "GB"}, []string{"postal_code"}},
		{Address{Lines: street, City: "London", PostalCode: "sw1a 2aa", Country: "GB"}, []string{"postal_code"}},
		{Address{Lines: street, City: "New York", Region: "New York", PostalCode: "10118", Country: "US"}, []string{"region"}},
		{Address{Lines: street, City: "New York", Region: "ny", PostalCode: "1011", Country: "US"}, []string{"region", "postal_code"}},
		{Address{Lines: street, Region: "Tokyo", PostalCode: "100-0001", Country: "JP"}, []string{"region"}},
		{Address{Lines: street, City: "Tokyo", PostalCode: "100-0001", Country: "JP"}, []string{"region"}},
		{Address{Lines: street, City: "São Paulo", Region: "XX", PostalCode: "01310200", Country: "BR"}, []string{"region"}},
		{Address{Lines: street, City: "Dublin", PostalCode: "2", Country: "IE"}, []string{"postal_code"}},
		{Address{Lines: street, City: "Central", Country: "HK"}, []string{"region"}},
		{Address{Lines: street, PostalCode: "01895", Country: "SG"}, []string{"postal_code"}},
		{Address{Lines: street, City: "Berlin", PostalCode: "11011", Country: "de"}, []string{"country"}},
		{Address{Lines: street, City: "London", PostalCode: "SW1A 2AA", Country: "UK"}, []string{"country"}},
		{Address{Lines: street, City: "Berlin", PostalCode: "11011", Country: "DEU"}, []string{"country"}},
		{Address{Lines: street, City: "Georgetown", PostalCode: "ASCN 1ZZ", Country: "AC"}, []string{"country"}},
		{Address{Lines: street, City: "Nowhere", Country: "ZZ"}, []string{"country"}},
		{Address{Lines: []string{""}, City: "Berlin", PostalCode: "11011", Country: "DE"}, []string{"lines[0]"}},
		{Address{Lines: []string{"a", "b\nc", " d"}, City: "Berlin", PostalCode: "11011", Country: "DE"}, []string{"lines[1]", "lines[2]"}},
		{Address{Lines: []string{strings.Repeat("é", 129)}, City: "Berlin", PostalCode: "11011", Country: "DE"}, []string{"lines[0]"}},
		{Address{Lines: []string{"1", "2", "3", "4", "5", "6"}, City: "Berlin", PostalCode: "11011", Country: "DE"}, []string{"lines"}},
		{Address{Lines: street, City: "Ber\x00lin", PostalCode: "11011", Country: "DE"}, []string{"city"}},
		{Address{Lines: street, City: "Ber\xfflin", PostalCode: "11011", Country: "DE"}, []string{"city"}},
		{Address{Lines: street, City: "Ber\tlin", PostalCode: "11011", Country: "DE"}, []string{"city"}},
		{Address{Lines: street, City: "Paris", Region: strings.Repeat("x", 129), PostalCode: "75008", Country: "FR"}, []string{"region"}},
		{Address{Lines: street, Region: "Kowloon", PostalCode: strings.Repeat("0", 17), Country: "HK"}, []string{"postal_code"}},
	} {
		require.Equal(t, row.paths, offending(row.address), "%+v", row.address)
	}
}

// The data comes from elsewhere and changes with every release of it.
func TestEveryCountrysDataIsUsable(t *testing.T) {
	t.Parallel()
	for country, format := range address.GetFormats() {
		require.Equal(t, format.PostalCodePattern != "", postalPatterns()[country] != nil, country)
		for _, field := range format.Required {
			require.Contains(t, []address.Field{
				address.FieldLine1, address.FieldLocality, address.FieldRegion, address.FieldPostalCode,
			}, field, "%s requires what an Address does not hold", country)
		}
	}
	known := 0
	for _, country := range address.GetCountryCodes() {
		if knownCountry(country) {
			known++
		}
	}
	require.Equal(t, 249+1, known, "ISO 3166-1 has 249, and Kosovo")
}

func TestAddressInJSON(t *testing.T) {
	t.Parallel()
	want := Address{Lines: []string{"1 High Street"}, City: "Ely", Region: "r", PostalCode: "CB7 4AB", Country: "GB"}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"lines":["1 High Street"],"city":"Ely","region":"r","postal_code":"CB7 4AB","country":"GB"}`, string(text))
	var got Address
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	text, err = json.Marshal(Address{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(text))
}

func BenchmarkAddressCheck(b *testing.B) {
	a := Address{Lines: []string{"10 Downing Street"}, City: "London", PostalCode: "SW1A 2AA", Country: "GB"}
	for b.Loop() {
		var f fault.Fields
		a.check(&f)
	}
}

func ExampleAddress() {
	a := Address{Lines: []string{"10 Downing Street"}, PostalCode: "SW1A", Country: "GB"}
	var f fault.Fields
	a.check(f.In("billing_address"))
	for _, field := range f.All() {
		fmt.Println(field.Path, field.Rule)
	}
	// Output:
	// billing_address.city must not be empty in GB
	// billing_address.postal_code must be a postal code of GB
}
