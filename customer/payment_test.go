package customer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

func refused(p PaymentMethod) []fault.Field {
	var f fault.Fields
	p.check(f.In("payment_method"))
	return f.All()
}

// card returns a good card to break.
func card(change func(*PaymentMethod)) PaymentMethod {
	p := PaymentMethod{
		Kind: PaymentCard, Provider: "stripe", Token: "pm_1Ng7EzLkdIwHu7ixqWtcnQpa", Brand: "Visa", LastFour: "4242", Expiry: "2029-04",
	}
	change(&p)
	return p
}

func TestPaymentMethodsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, p := range []PaymentMethod{
		{},
		card(func(*PaymentMethod) {}),
		card(func(p *PaymentMethod) { p.LastFour, p.Expiry, p.Brand = "", "", "" }),
		card(func(p *PaymentMethod) { p.Expiry = "2001-12" }),
		card(func(p *PaymentMethod) { p.Brand = "銀聯" }),
		card(func(p *PaymentMethod) { p.Token = "8f14e45f-ceea-467f-a0d6-1f3c2b9d5e77" }),
		card(func(p *PaymentMethod) { p.Token = "4111111111111112" }),     // no check digit
		card(func(p *PaymentMethod) { p.Token = "411111111117" }),         // 12 digits
		card(func(p *PaymentMethod) { p.Token = "41111111111111111115" }), // 20 digits
		{Kind: PaymentBankDebit, Provider: "gocardless", Token: "MD0001", LastFour: "0071"},
		{Kind: PaymentWallet, Provider: "paypal", Token: "B-5YM51314F1234"},
		{Kind: PaymentInvoice},
		{Kind: PaymentInvoice, Provider: "sap", Token: "40012"},
	} {
		require.Empty(t, refused(p), "%+v", p)
	}
}

func TestPaymentMethodNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		path   string
		method PaymentMethod
	}{
		{"kind", card(func(p *PaymentMethod) { p.Kind = "" })},
		{"kind", card(func(p *PaymentMethod) { p.Kind = "cash" })},
		{"provider", card(func(p *PaymentMethod) { p.Provider = "" })},
		{"provider", card(func(p *PaymentMethod) { p.Provider = strings.Repeat("s", 65) })},
		{"token", card(func(p *PaymentMethod) { p.Token = "" })},
		{"token", card(func(p *PaymentMethod) { p.Token = strings.Repeat("s", 256) })},
		{"token", card(func(p *PaymentMethod) { p.Token = "a\x00b" })},
		{"token", PaymentMethod{Kind: PaymentBankDebit, Provider: "gocardless"}},
		{"brand", card(func(p *PaymentMethod) { p.Brand = strings.Repeat("V", 65) })},
		{"last_four", card(func(p *PaymentMethod) { p.LastFour = "424" })},
		{"last_four", card(func(p *PaymentMethod) { p.LastFour = "42424" })},
		{"last_four", card(func(p *PaymentMethod) { p.LastFour = "42x2" })},
		{"expiry", card(func(p *PaymentMethod) { p.Expiry = "2029-13" })},
		{"expiry", card(func(p *PaymentMethod) { p.Expiry = "2029-00" })},
		{"expiry", card(func(p *PaymentMethod) { p.Expiry = "2029-4" })},
		{"expiry", card(func(p *PaymentMethod) { p.Expiry = "04/29" })},
		{"expiry", card(func(p *PaymentMethod) { p.Expiry = "2029-04-01" })},
	} {
		fields := refused(row.method)
		require.Len(t, fields, 1, "%+v", row.method)
		require.Equal(t, "payment_method."+row.path, fields[0].Path)
	}
}

func TestNoCardNumberPasses(t *testing.T) {
	t.Parallel()
	// The networks' published test numbers, and ways to hide one.
	for _, number := range []string{
		"4111111111111111", "4222222222222", "378282246310005", "5555555555554444", "6011111111111117", "30569309025904",
		"3530111333300000", "6304000000000000000", "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005",
		"4111  1111--1111 - 1111", "4111\u00a01111\u20111111\u20131111", "tok_4111111111111111", "x4111111111111111y",
		"4111 1111 1111 1111 2029", "12 4111111111111111", "4111-1111-1111-1111 04-2029", "name 7: 4111111111111111",
		"４１１１１１１１１１１１１１１１", "٤١١١١١١١١١١١١١١١",
	} {
		for path, method := range map[string]PaymentMethod{
			"kind":      card(func(p *PaymentMethod) { p.Kind = PaymentKind(number) }),
			"provider":  card(func(p *PaymentMethod) { p.Provider = number }),
			"token":     card(func(p *PaymentMethod) { p.Token = number }),
			"brand":     card(func(p *PaymentMethod) { p.Brand = number }),
			"last_four": card(func(p *PaymentMethod) { p.LastFour = number }),
			"expiry":    card(func(p *PaymentMethod) { p.Expiry = number }),
		} {
			fields := refused(method)
			require.NotEmpty(t, fields, "%s %s", path, number)
			last := fields[len(fields)-1]
			require.Equal(t, "payment_method."+path, last.Path)
			require.Contains(t, []string{"must not hold a card number", "must be written with the digits 0 to 9"}, last.Rule)
			for _, field := range fields {
				require.NotContains(t, field.Rule, number, "a refusal does not repeat it")
			}
		}
	}
}

func TestCardNumbersAreFoundWhereverTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9]{12,18}`).Draw(t, "body")
		number := body
		for digit := range 10 {
			if luhn([]byte(body + fmt.Sprint(digit))) {
				number = body + fmt.Sprint(digit)
			}
		}
		require.Len(t, number, len(body)+1, "every body has a check digit")
		gap := rapid.SampledFrom([]string{"", " ", "-", " - "})
		var written strings.Builder
		for _, digit := range number {
			written.WriteString(gap.Draw(t, "gap"))
			written.WriteRune(digit)
		}
		around := rapid.SampledFrom([]string{"", "tok_", " ", ".", "/", "x-", "12 "})
		text := around.Draw(t, "before") + written.String() + around.Draw(t, "after")
		require.NotEmpty(t, refused(card(func(p *PaymentMethod) { p.Token = text })), text)
	})
}

func TestPaymentMethodInJSON(t *testing.T) {
	t.Parallel()
	want := card(func(*PaymentMethod) {})
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"card","provider":"stripe","token":"pm_1Ng7EzLkdIwHu7ixqWtcnQpa","brand":"Visa",
		"last_four":"4242","expiry":"2029-04"}`, string(text))
	var got PaymentMethod
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	text, err = json.Marshal(PaymentMethod{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(text))
}

func FuzzPaymentMethod(f *testing.F) {
	f.Add("stripe", "tok_4111 1111 1111 1111", "Visa", "4242", "2029-04")
	f.Add("", "\xff4", strings.Repeat("1", 300), "٤", "2029-13")
	f.Fuzz(func(t *testing.T, provider, token, brand, lastFour, expiry string) {
		p := PaymentMethod{
			Kind: PaymentCard, Provider: provider, Token: token, Brand: brand, LastFour: lastFour, Expiry: expiry,
		}
		if len(refused(p)) > 0 {
			return
		}
		for _, value := range []string{provider, token, brand, lastFour, expiry} {
			only := strings.NewReplacer(" ", "", "-", "").Replace(value)
			isCard := len(only) >= 13 && len(only) <= 19 && strings.Trim(only, "0123456789") == "" && luhn([]byte(only))
			require.False(t, isCard, value)
		}
	})
}

func ExamplePaymentMethod() {
	var f fault.Fields
	PaymentMethod{Kind: PaymentCard, Provider: "stripe", Token: "4111 1111 1111 1111"}.check(f.In("payment_method"))
	for _, field := range f.All() {
		fmt.Println(field.Path, field.Rule)
	}
	// Output:
	// payment_method.token must not hold a card number
}
