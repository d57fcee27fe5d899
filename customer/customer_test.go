package customer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

// ada returns a good customer to break.
func ada(change func(*Customer)) Customer {
	c := Customer{
		Name: "Ada Lovelace", Email: "ada@example.com", Company: "Analytical Engines Ltd.",
		BillingAddress: Address{Lines: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB"},
		PaymentMethod:  card(func(*PaymentMethod) {}), Metadata: map[string]string{"tier": "gold", "empty": ""},
	}
	change(&c)
	return c
}

func entries(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprintf("k%d", i)] = strings.Repeat("ü", 512)
	}
	return m
}

func TestCustomersAreAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range []Customer{
		ada(func(*Customer) {}),
		{Name: "A", Email: "a@b.co"},
		ada(func(c *Customer) { c.Name, c.Company = strings.Repeat("名", 200), strings.Repeat("名", 200) }),
		ada(func(c *Customer) { c.Metadata = entries(64) }),
	} {
		var f fault.Fields
		c.check(&f)
		require.Empty(t, f.All(), "%.200v", c)
	}
}

func TestACustomerNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want     []string
		customer Customer
	}{
		{[]string{"name"}, ada(func(c *Customer) { c.Name = "" })},
		{[]string{"name"}, ada(func(c *Customer) { c.Name = strings.Repeat("a", 201) })},
		{[]string{"name"}, ada(func(c *Customer) { c.Name = "Ada\xff" })},
		{[]string{"name"}, ada(func(c *Customer) { c.Name = "Ada\x00" })},
		{[]string{"name"}, ada(func(c *Customer) { c.Name = "Ada " })},
		{[]string{"email"}, ada(func(c *Customer) { c.Email = "" })},
		{[]string{"email"}, ada(func(c *Customer) { c.Email = "Ada <ada@example.com>" })},
		{[]string{"company"}, ada(func(c *Customer) { c.Company = strings.Repeat("a", 201) })},
		{[]string{"company"}, ada(func(c *Customer) { c.Company = "\x1b" })},
		{[]string{"billing_address.country"}, ada(func(c *Customer) { c.BillingAddress.Country = "" })},
		{[]string{"billing_address.country"}, ada(func(c *Customer) { c.BillingAddress.Country = "UK" })},
		{[]string{"billing_address.postal_code"}, ada(func(c *Customer) { c.BillingAddress.PostalCode = "12345" })},
		{[]string{"billing_address.lines[1]"}, ada(func(c *Customer) { c.BillingAddress.Lines = []string{"a", ""} })},
		{[]string{"payment_method.token"}, ada(func(c *Customer) { c.PaymentMethod.Token = "" })},
		{[]string{"payment_method.brand"}, ada(func(c *Customer) { c.PaymentMethod.Brand = "4242 4242 4242 4242" })},
		{[]string{"metadata"}, ada(func(c *Customer) { c.Metadata = entries(65) })},
		{[]string{"metadata key", "metadata.b"}, ada(func(c *Customer) {
			c.Metadata = map[string]string{"": "", "b": strings.Repeat("x", 513)}
		})},
		{
			[]string{
				"name", "email", "company", "billing_address.lines", "billing_address.country", "payment_method.kind",
				"payment_method.provider", "payment_method.token", "metadata.k",
			},
			Customer{
				Company: " ", BillingAddress: Address{City: "London"}, PaymentMethod: PaymentMethod{Brand: "Visa"},
				Metadata: map[string]string{"k": "\x00"},
			},
		},
	} {
		var f fault.Fields
		row.customer.check(&f)
		var got []string
		for _, field := range f.All() {
			got = append(got, field.Path)
		}
		require.Equal(t, row.want, got, "%.200v", row.customer)
	}
}

func TestApplyChangesWhatIsNamed(t *testing.T) {
	t.Parallel()
	same := ada(func(*Customer) {})
	c := same
	c.apply(Change{})
	require.Equal(t, same, c)

	name, email, company, empty := "Ada", "ada@example.org", "Engines", ""
	address, method := Address{Country: "DE"}, PaymentMethod{Kind: PaymentInvoice}
	for _, row := range []struct {
		Change
		want Customer
	}{
		{Change{Name: &name}, ada(func(c *Customer) { c.Name = name })},
		{Change{Email: &email}, ada(func(c *Customer) { c.Email = email })},
		{Change{Company: &company}, ada(func(c *Customer) { c.Company = company })},
		{Change{Company: &empty}, ada(func(c *Customer) { c.Company = "" })},
		{Change{BillingAddress: &address}, ada(func(c *Customer) { c.BillingAddress = address })},
		{Change{BillingAddress: &Address{}}, ada(func(c *Customer) { c.BillingAddress = Address{} })},
		{Change{PaymentMethod: &method}, ada(func(c *Customer) { c.PaymentMethod = method })},
		{Change{Metadata: map[string]string{"a": "b"}}, ada(func(c *Customer) { c.Metadata = map[string]string{"a": "b"} })},
		{Change{Metadata: map[string]string{}}, ada(func(c *Customer) { c.Metadata = nil })},
	} {
		c := same
		c.apply(row.Change)
		require.Equal(t, row.want, c)
	}
	given := map[string]string{"a": "b"}
	c.apply(Change{Metadata: given})
	given["a"] = "changed"
	require.Equal(t, "b", c.Metadata["a"], "the caller's map is not kept")
}

func TestTermsAreTheWordsAndTheMetadata(t *testing.T) {
	t.Parallel()
	c := ada(func(c *Customer) { c.Name, c.Company = "Zoë Ångström-Zoe", "Söhne & Co. ZOE" })
	require.Equal(t, []page.Term{
		{Key: "name", Value: "angstrom"}, {Key: "name", Value: "co"}, {Key: "name", Value: "sohne"}, {Key: "name", Value: "zoe"},
		{Key: "metadata.empty", Value: ""}, {Key: "metadata.tier", Value: "gold"},
	}, c.terms())
	at := time.Now()
	c.DeletedAt = &at
	require.Empty(t, c.terms(), "what is deleted is not found")
}

func TestAQueryMatchesWhatTermsHold(t *testing.T) {
	t.Parallel()
	q := Query{Name: "Zo áng", Metadata: map[string]string{"tier": "Gold", "a": ""}}
	require.Equal(t, []page.Match{
		{Term: page.Term{Key: "name", Value: "ang"}, Prefix: true}, {Term: page.Term{Key: "name", Value: "zo"}, Prefix: true},
		{Term: page.Term{Key: "metadata.a", Value: ""}}, {Term: page.Term{Key: "metadata.tier", Value: "Gold"}},
	}, q.matches())
	require.Empty(t, Query{}.matches())
	for path, q := range map[string]Query{
		"name": {Name: "\xff"}, "metadata.k": {Metadata: map[string]string{"k": "\x00"}}, "metadata": {Metadata: entries(65)},
	} {
		var e *fault.Error
		require.ErrorAs(t, q.check(), &e)
		require.Equal(t, path, e.Fields[0].Path)
	}
	require.NoError(t, q.check())
}

// Whoever types how the words of a name begin, in any case, finds it.
func TestEveryBeginningOfAWordIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-zÀ-ÖØ-öø-ÿА-я0-9]{1,12}`)
		first, second := word.Draw(t, "first"), word.Draw(t, "second")
		c := Customer{Name: first + " " + second}
		begin := func(word string) string {
			letters := []rune(word)
			return string(letters[:rapid.IntRange(1, len(letters)).Draw(t, "letters")])
		}
		typed := begin(second) + " " + strings.ToUpper(begin(first))
		for _, match := range (Query{Name: typed}).matches() {
			found := false
			for _, term := range c.terms() {
				found = found || match.Key == term.Key && strings.HasPrefix(term.Value, match.Value)
			}
			require.True(t, found, "%q in %q", typed, c.Name)
		}
	})
}

func TestCustomerInJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	c := ada(func(c *Customer) {
		c.ID, c.TenantID = "cust_01h455vb4pex5vsknk084sn02q", "ten_01h455vb4pex5vsknk084sn02q"
		c.Version, c.CreatedAt, c.UpdatedAt, c.DeletedAt = 3, at, at, &at
	})
	text, err := json.Marshal(c)
	require.NoError(t, err)
	var names map[string]any
	require.NoError(t, json.Unmarshal(text, &names))
	for _, name := range []string{
		"id", "tenant_id", "name", "email", "company", "billing_address", "payment_method", "metadata", "version", "created_at",
		"updated_at", "deleted_at",
	} {
		require.Contains(t, names, name)
	}
	require.Len(t, names, 12)
	var back Customer
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, c, back)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"id":"ord_01h455vb4pex5vsknk084sn02q"}`), &back), fault.ErrInvalid)
	_, err = ParseID("ten_01h455vb4pex5vsknk084sn02q")
	require.ErrorIs(t, err, fault.ErrInvalid)
}
