package catalog

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/money"
)

// decimals draws plain numbers that are not negative.
func decimals(integers, places int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf(`(0|[1-9][0-9]{0,%d})(\.[0-9]{1,%d})?`, integers-1, places))
}

// anyRules draws rules that a machine in any of its regions can have.
func anyRules() *rapid.Generator[Pricing] {
	return rapid.Custom(func(t *rapid.T) Pricing {
		count := rapid.IntRange(0, 12).Draw(t, "rules")
		rules := make(Pricing, count)
		for i := range rules {
			r := rate(decimals(6, 12).Draw(t, "rate"), rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency"))
			rules[i] = PricingRule{
				Name:   rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"),
				Region: rapid.SampledFrom([]string{"", "nyc1", "tor1"}).Draw(t, "region"),
				Period: rapid.SampledFrom(Periods()).Draw(t, "period"), Model: Flat{Rate: r},
			}
			if rapid.Bool().Draw(t, "per unit") {
				unit := rapid.SampledFrom([]string{"vcpus", "memory_gib", "disk_gib", "seats"}).Draw(t, "unit")
				rules[i].Model = PerUnit{Unit: unit, Rate: r}
			}
		}
		slices.SortStableFunc(rules, func(a, b PricingRule) int { return compare(key(a), key(b)) })
		return slices.CompactFunc(rules, func(a, b PricingRule) bool { return key(a) == key(b) })
	})
}

func key(r PricingRule) string { return r.Name + "/" + r.Region + "/" + string(r.Model.Currency()) }

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func anyItem(t *rapid.T, n int64) QuoteItem {
	item := small(n, rapid.SampledFrom([]string{"nyc1", "tor1"}).Draw(t, "region"))
	item.Configuration["disk_gib"] = fmt.Sprint(10 * rapid.IntRange(1, 100).Draw(t, "disk"))
	item.Configuration["seats"] = fmt.Sprint(rapid.IntRange(0, 50).Draw(t, "seats"))
	return item
}

func rat(number string) *big.Rat {
	r, ok := new(big.Rat).SetString(number)
	if !ok {
		panic(number)
	}
	return r
}

// expected computes an item's price from the words of the rules alone.
func expected(rules Pricing, item QuoteItem, c money.Currency) *big.Rat {
	units := map[string]string{
		"vcpus": "2", "memory_gib": "7.5", "disk_gib": item.Configuration["disk_gib"], "seats": item.Configuration["seats"],
	}
	sum := new(big.Rat)
	for _, name := range []string{"a", "b", "c"} {
		var applies Model
		for _, rule := range rules {
			if rule.Name == name && rule.Model.Currency() == c && (rule.Region == item.Region || rule.Region == "" && applies == nil) {
				applies = rule.Model
			}
		}
		price := rat(fmt.Sprint(item.Quantity))
		switch m := applies.(type) {
		case Flat:
			price.Mul(price, rat(m.Rate.Number()))
		case PerUnit:
			price.Mul(price, rat(m.Rate.Number())).Mul(price, rat(units[m.Unit]))
		default:
			continue
		}
		sum.Add(sum, price)
	}
	return sum
}

func TestLawsOfQuotes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := machine()
		p.Pricing = anyRules().Draw(t, "pricing")
		require.Empty(t, checked(p))
		c := rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency")
		var items []QuoteItem
		for range rapid.IntRange(1, 4).Draw(t, "items") {
			items = append(items, anyItem(t, rapid.Int64Range(1, 250).Draw(t, "quantity")))
		}
		q, snapshots, err := engineOf(p).quote(QuoteRequest{Items: items, Currency: c})
		priced := !slices.ContainsFunc(items, func(i QuoteItem) bool { return len(p.Pricing.in(i.Region, c)) == 0 })
		require.Equal(t, priced, err == nil, "it is refused only where there is no price")
		if err != nil {
			return
		}
		exact, amounts := new(big.Rat), new(big.Rat)
		for i, line := range q.Lines {
			require.Zero(t, expected(p.Pricing, items[i], c).Cmp(rat(line.Exact.Number())), "%s", line.Exact)
			sum := new(big.Rat)
			for _, charge := range line.Charges {
				require.Equal(t, c, charge.Exact.Currency(), "currencies never mix")
				sum.Add(sum, rat(charge.Exact.Number()))
			}
			require.Zero(t, sum.Cmp(rat(line.Exact.Number())), "a line is the sum of its charges")
			halfUnit := new(big.Rat).Quo(big.NewRat(1, 2), power(c.Decimals()))
			off := new(big.Rat).Sub(rat(line.Amount.Number()), sum)
			require.LessOrEqual(t, off.Abs(off).Cmp(halfUnit), 0, "rounded once, by half a unit at most")
			exact.Add(exact, sum)
			amounts.Add(amounts, rat(line.Amount.Number()))

			text, err := json.Marshal(snapshots[i])
			require.NoError(t, err)
			var kept Snapshot
			require.NoError(t, json.Unmarshal(text, &kept))
			again, err := kept.Rerate()
			require.NoError(t, err)
			rated, err := json.Marshal(again)
			require.NoError(t, err)
			require.Equal(t, string(text), string(rated), "rated again, byte for byte")
		}
		require.Zero(t, amounts.Cmp(rat(q.Total.Number())), "the total is the sum of the lines")
		periods := rat(q.OneTime.Number())
		for _, total := range q.Recurring {
			periods.Add(periods, rat(total.Exact.Number()))
		}
		require.Zero(t, periods.Cmp(exact), "the periods add up to the same")
	})
}

func power(n int) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
}

func TestSplittingAnItemChangesNoExactSumAndMoreIsNeverCheaper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := machine()
		p.Pricing = append(anyRules().Draw(t, "pricing"), flat("always", "", PeriodHour, "0.01", "USD"))
		n, m := rapid.Int64Range(1, 500).Draw(t, "n"), rapid.Int64Range(1, 500).Draw(t, "m")
		part := anyItem(t, n)
		rest, whole := part, part
		rest.Quantity, whole.Quantity = m, n+m
		split, _, err := engineOf(p).quote(QuoteRequest{Items: []QuoteItem{part, rest}})
		require.NoError(t, err)
		one, _, err := engineOf(p).quote(QuoteRequest{Items: []QuoteItem{whole}})
		require.NoError(t, err)
		sum, err := split.Lines[0].Exact.Plus(split.Lines[1].Exact)
		require.NoError(t, err)
		require.True(t, sum.Equal(one.Lines[0].Exact))
		require.True(t, one.OneTime.Equal(split.OneTime))
		more, err := one.Lines[0].Amount.Cmp(split.Lines[0].Amount)
		require.NoError(t, err)
		require.GreaterOrEqual(t, more, 0)
	})
}
