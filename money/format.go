package money

import "github.com/bojanz/currency"

// Format writes the amount as people of a locale do, after CLDR: 1234.50 EUR
// is "€1,234.50" in "en" and "1.234,50 €" in "de-DE". A locale that nobody
// knows reads as "en". The result is for people; it may change with the data,
// and has spaces that do not break. Amount{} is "0".
func (a Amount) Format(locale string) string {
	if a.currency == "" {
		return a.Number()
	}
	amount, err := currency.NewAmount(a.Number(), string(a.currency))
	if err != nil {
		return a.String()
	}
	parsed := currency.NewLocale(locale)
	if parsed.Language == "" {
		// The formatter finds no pattern for a territory alone, and then
		// writes nothing at all.
		parsed = currency.NewLocale("en")
	}
	formatter := currency.NewFormatter(parsed)
	formatter.MinDigits = currency.DefaultDigits
	formatter.MaxDigits = currency.DefaultDigits
	return formatter.Format(amount)
}
