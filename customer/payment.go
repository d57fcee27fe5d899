package customer

import (
	"strings"
	"time"
	"unicode"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// PaymentKind is a way to pay.
type PaymentKind string

// The ways to pay.
const (
	// PaymentCard is a card that the provider keeps.
	PaymentCard PaymentKind = "card"
	// PaymentBankDebit is a mandate to debit a bank account.
	PaymentBankDebit PaymentKind = "bank_debit"
	// PaymentInvoice is a bill that the customer pays by itself; it needs no
	// provider.
	PaymentInvoice PaymentKind = "invoice"
	// PaymentWallet is an account with a wallet.
	PaymentWallet PaymentKind = "wallet"
)

// PaymentMethod is a reference to what a payment provider keeps: enough to
// charge it there and to show it to its owner. It is never card data: a number
// that could be a card's is refused in every field. The zero value is none.
type PaymentMethod struct {
	// Kind is required.
	Kind PaymentKind `json:"kind,omitempty"`
	// Provider names who keeps it ("stripe"), at most 64 characters. Required
	// unless Kind is invoice.
	Provider string `json:"provider,omitempty"`
	// Token is the provider's own id for it, at most 255 characters. Required
	// unless Kind is invoice.
	Token string `json:"token,omitempty"`
	// Brand is for people: "Visa". At most 64 characters.
	Brand string `json:"brand,omitempty"`
	// LastFour are the last four digits of the card or the account, or "".
	LastFour string `json:"last_four,omitempty"`
	// Expiry is the last month in which it is good, "2029-04", or "". One that
	// is past is no error: a stored method expires.
	Expiry string `json:"expiry,omitempty"`
}

// IsZero says whether there is no payment method.
func (p PaymentMethod) IsZero() bool { return p == PaymentMethod{} }

// check names every field that breaks a rule. No rule repeats a value: what is
// refused may be a card's number, and errors end up in logs.
func (p PaymentMethod) check(f *fault.Fields) {
	if p.IsZero() {
		return
	}
	check.OneOf(f, "kind", p.Kind, PaymentCard, PaymentBankDebit, PaymentInvoice, PaymentWallet)
	reference := check.Required
	if p.Kind == PaymentInvoice {
		reference = check.Text
	}
	reference(f, "provider", p.Provider, 64)
	reference(f, "token", p.Token, 255)
	check.Text(f, "brand", p.Brand, 64)
	if p.LastFour != "" && (len(p.LastFour) != 4 || strings.Trim(p.LastFour, "0123456789") != "") {
		f.Add("last_four", "must be four digits")
	}
	if _, err := time.Parse("2006-01", p.Expiry); p.Expiry != "" && err != nil {
		f.Add("expiry", "must be a year and a month, such as 2029-04")
	}
	for _, field := range []struct{ path, value string }{
		{"kind", string(p.Kind)}, {"provider", p.Provider}, {"token", p.Token}, {"brand", p.Brand},
		{"last_four", p.LastFour}, {"expiry", p.Expiry},
	} {
		switch {
		case holdsCardNumber(field.value):
			f.Add(field.path, "must not hold a card number")
		case strings.ContainsFunc(field.value, foreignDigit):
			// A card's number is one in any script.
			f.Add(field.path, "must be written with the digits 0 to 9")
		}
	}
}

// holdsCardNumber says whether a text has 13 to 19 digits, in groups parted by
// spaces and dashes or not, whose last one is the check digit of the others. A
// token of digits alone passes for a card number one time in ten; better to
// refuse it than to store a card.
func holdsCardNumber(text string) bool {
	stretches := strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return r
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
			return ' '
		default:
			return '.'
		}
	}, text)
	for stretch := range strings.SplitSeq(stretches, ".") {
		if anyCardNumber(strings.Fields(stretch)) {
			return true
		}
	}
	return false
}

// anyCardNumber tries every run of neighboring groups, so that an expiry or a
// name's digits beside the number do not hide it.
func anyCardNumber(groups []string) bool {
	for first := range groups {
		var number []byte
		for _, group := range groups[first:] {
			number = append(number, group...)
			if len(number) > 19 {
				break
			}
			if len(number) >= 13 && luhn(number) {
				return true
			}
		}
	}
	return false
}

func foreignDigit(r rune) bool { return r > unicode.MaxASCII && unicode.IsDigit(r) }

// luhn says whether the last digit is the check digit of those before it.
func luhn(number []byte) bool {
	sum := 0
	for i := range number {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit *= 2
		}
		sum += digit/10 + digit%10
	}
	return sum%10 == 0
}
