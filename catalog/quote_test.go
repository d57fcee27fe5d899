package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/tenant"
)

func engineOf(products ...Product) engine {
	e := engine{products: map[ID]Product{}, settings: tenant.Settings{DefaultCurrency: "USD"}, at: day()}
	for _, p := range products {
		e.products[p.ID] = p
	}
	return e
}

// small is an item of machine, with what it must choose.
func small(n int64, region string) QuoteItem {
	return QuoteItem{
		Product: productID, Quantity: n, Region: region,
		Configuration: map[string]string{"disk_gib": "50.0", "image": "debian-13"},
	}
}

func TestAQuoteAddsUp(t *testing.T) {
	t.Parallel()
	q, snapshots, err := engineOf(machine(), support()).quote(QuoteRequest{
		Region: "nyc1",
		Items: []QuoteItem{
			small(3, ""), small(1, "tor1"), {Product: otherID, Quantity: 1, Region: "tor1"}, {Product: otherID, Quantity: 2},
		},
	})
	require.NoError(t, err)
	require.Len(t, snapshots, 4)
	require.Equal(t, money.Currency("USD"), q.Currency)
	require.Equal(t, day(), q.At)
	line := q.Lines[0]
	require.Equal(t, Line{
		ProductID: productID, ProductVersion: 3, SKU: "vm-small", Name: "Small machine", Quantity: 3, Region: "nyc1",
		Configuration: map[string]string{"disk_gib": "50", "image": "debian-13"},
		Charges:       line.Charges, Exact: line.Exact, Amount: line.Amount,
	}, line)
	var texts []string
	for _, c := range line.Charges {
		texts = append(texts, c.String())
	}
	require.Equal(t, []string{
		"setup: 5 USD once × 3 = 15 USD",
		"instance: 0.07143 USD an hour × 3 = 0.21429 USD",
		"disk: 50 GiB of disk × 0.0001 USD a month × 3 = 0.015 USD",
		"seats: 0 seats × 2 USD a month × 3 = 0 USD",
	}, texts)
	require.Equal(t, "15.22929 USD", line.Exact.String())
	require.Equal(t, "15.23 USD", line.Amount.String())
	require.Equal(t, "5.105 USD", q.Lines[1].Exact.String())
	require.Equal(t, "5.10 USD", q.Lines[1].Amount.String(), "a half goes to the even neighbor")
	require.Equal(t, "39.50 USD", q.Lines[2].Amount.String(), "the region's own price")
	require.Equal(t, "98.00 USD", q.Lines[3].Amount.String(), "the default region has none of its own")
	require.Equal(t, "157.83 USD", q.Total.String(), "the sum of the rounded lines")
	require.Equal(t, "20 USD", q.OneTime.String())
	require.Equal(t, "[{hour 0.31429 USD} {month 137.52 USD}]", fmt.Sprint(q.Recurring))
}

func TestAQuoteIsInTheCurrencyAskedFor(t *testing.T) {
	t.Parallel()
	q, _, err := engineOf(machine()).quote(QuoteRequest{Currency: "JPY", Items: []QuoteItem{small(2, "nyc1")}})
	require.NoError(t, err)
	require.Equal(t, "22 JPY", q.Total.String())
	require.Equal(t, "0 JPY", q.OneTime.String())

	e := engineOf(machine())
	e.settings.DefaultCurrency = ""
	_, _, err = e.quote(QuoteRequest{Items: []QuoteItem{small(1, "nyc1")}})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"currency"}, faults(t, err))
}

// vast is an item of which one costs almost as much as an amount can be, once
// sellVast has changed the product.
func vast() QuoteItem {
	item := small(1, "nyc1")
	item.Configuration["disk_gib"] = "999999999999999999"
	return item
}

func sellVast(_ *engine, p *Product) {
	p.Specs.Configurable["disk_gib"] = Option{Max: quantity("999999999999999999")}
	p.Pricing = Pricing{perUnit("a", "", PeriodHour, "disk_gib", "999999999999999999", "USD")}
}

func TestAQuoteIsRefusedWithEveryReason(t *testing.T) {
	t.Parallel()
	invalid := fault.ErrInvalid
	one := func(edit func(*QuoteItem)) QuoteRequest {
		item := small(1, "nyc1")
		edit(&item)
		return QuoteRequest{Items: []QuoteItem{item}}
	}
	items := make([]QuoteItem, 101)
	for i := range items {
		items[i] = small(1, "nyc1")
	}
	for name, c := range map[string]struct {
		request QuoteRequest
		edit    func(*engine, *Product)
		kind    fault.Kind
		want    []string
		words   string
	}{
		"no items":       {kind: invalid, want: []string{"items"}, words: "empty"},
		"too many items": {request: QuoteRequest{Items: items}, kind: invalid, want: []string{"items"}, words: "100"},
		"most items":     {request: QuoteRequest{Items: items[:100]}},
		"quantity 0":     {request: one(func(i *QuoteItem) { i.Quantity = 0 }), kind: invalid, want: []string{"items[0].quantity"}},
		"negative": {
			request: one(func(i *QuoteItem) { i.Quantity = -1 << 63 }), kind: invalid, want: []string{"items[0].quantity"},
		},
		"quantity 1000": {request: one(func(i *QuoteItem) { i.Quantity = 1000 })},
		"quantity 1001": {request: one(func(i *QuoteItem) { i.Quantity = 1001 }), kind: invalid, want: []string{"items[0].quantity"}},
		"quantity absurd": {
			request: QuoteRequest{Items: []QuoteItem{small(1<<63-1, "nyc1"), small(1<<63-1, "nyc1")}}, kind: invalid,
			want: []string{"items", "items[0].quantity", "items[1].quantity"},
		},
		"1000 together": {request: QuoteRequest{Items: []QuoteItem{small(500, "nyc1"), small(500, "tor1")}}},
		"1001 together": {
			request: QuoteRequest{Items: []QuoteItem{small(500, "nyc1"), small(501, "tor1")}}, kind: invalid, want: []string{"items"},
			words: "1001",
		},
		"no id": {request: one(func(i *QuoteItem) { i.Product = "" }), kind: invalid, want: []string{"items[0].product"}},
		"another's id": {
			request: one(func(i *QuoteItem) { i.Product = "cust_01jc0000000000000000000001" }), kind: invalid,
			want: []string{"items[0].product"},
		},
		"not there": {
			request: one(func(i *QuoteItem) { i.Product = otherID }), kind: fault.ErrNotFound, want: []string{"items[0].product"},
		},
		"draft": {
			request: one(func(*QuoteItem) {}), edit: func(_ *engine, p *Product) { p.Status = StatusDraft }, kind: invalid,
			want: []string{"items[0].product"}, words: "vm-small is draft",
		},
		"archived": {
			request: one(func(*QuoteItem) {}), edit: func(_ *engine, p *Product) { p.Status = StatusArchived }, kind: invalid,
			want: []string{"items[0].product"}, words: "archived",
		},
		"no region": {
			request: one(func(i *QuoteItem) { i.Region = "" }), kind: invalid,
			want: []string{"items[0].region"}, words: "sold by region",
		},
		"region text": {request: one(func(i *QuoteItem) { i.Region = "N\x00" }), kind: invalid, want: []string{"items[0].region"}},
		"not sold there": {
			request: one(func(i *QuoteItem) { i.Region = "ams1" }), kind: invalid, want: []string{"items[0].region"}, words: "ams1",
		},
		"not allowed": {
			request: one(func(*QuoteItem) {}), edit: func(e *engine, _ *Product) { e.settings.AllowedRegions = []string{"tor1"} },
			kind: invalid, want: []string{"items[0].region"}, words: "allows",
		},
		"allowed": {
			request: one(func(*QuoteItem) {}), edit: func(e *engine, _ *Product) { e.settings.AllowedRegions = []string{"tor1", "nyc1"} },
		},
		"unknown currency": {request: QuoteRequest{Currency: "XXX", Items: items[:1]}, kind: invalid, want: []string{"currency"}},
		"not priced": {
			request: QuoteRequest{Currency: "EUR", Items: items[:1]}, kind: invalid, want: []string{"items[0].product"},
			words: "EUR in nyc1: vm-small has JPY, USD",
		},
		"priced elsewhere": {
			request: QuoteRequest{Currency: "JPY", Items: []QuoteItem{small(1, "tor1")}}, kind: invalid,
			want: []string{"items[0].product"}, words: "vm-small has USD",
		},
		"unknown choice": {
			request: one(func(i *QuoteItem) { i.Configuration["colour"] = "red" }), kind: invalid,
			want: []string{"items[0].configuration.colour"}, words: "disk_gib, image, seats",
		},
		"no choices": {
			request: one(func(i *QuoteItem) { i.Configuration = map[string]string{"image": "debian-13"} }),
			edit:    func(_ *engine, p *Product) { p.Specs.Configurable, p.Pricing = nil, p.Pricing[:2] },
			kind:    invalid, want: []string{"items[0].configuration.image"}, words: "cannot be configured",
		},
		"bad choice": {
			request: one(func(i *QuoteItem) { i.Configuration["disk_gib"] = "55" }), kind: invalid,
			want: []string{"items[0].configuration.disk_gib"}, words: "from 10 to 1000 in steps of 10",
		},
		"no choice": {
			request: one(func(i *QuoteItem) { i.Configuration = nil }), kind: invalid,
			want: []string{"items[0].configuration.disk_gib", "items[0].configuration.image"},
		},
		"absurd choice": {
			request: one(func(i *QuoteItem) { i.Configuration["disk_gib"] = strings.Repeat("1", 513) }), kind: invalid,
			want: []string{"items[0].configuration.disk_gib"},
		},
		"total out of range": {
			request: QuoteRequest{Items: []QuoteItem{vast(), vast()}},
			edit:    sellVast, kind: invalid, want: []string{"items"}, words: "range",
		},
		"just in range": {request: QuoteRequest{Items: []QuoteItem{vast()}}, edit: sellVast},
		"out of range": {
			request: one(func(i *QuoteItem) { *i = vast(); i.Quantity = 1000 }),
			edit:    sellVast, kind: invalid, want: []string{"items[0].quantity"}, words: "range",
		},
		"all at once": {
			request: QuoteRequest{Currency: "EUR", Items: []QuoteItem{
				{Product: otherID, Quantity: 0}, small(1, "nyc1"),
				{Product: productID, Quantity: 0, Region: "ams1", Configuration: map[string]string{"x": ""}},
			}},
			edit: func(_ *engine, p *Product) { p.Status = StatusDraft }, kind: fault.ErrNotFound,
			want: []string{
				"items[0].product", "items[0].quantity", "items[1].product", "items[1].product",
				"items[2].quantity", "items[2].product", "items[2].region", "items[2].configuration.disk_gib",
				"items[2].configuration.image", "items[2].configuration.x",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			product := machine()
			e := engineOf()
			if c.edit != nil {
				c.edit(&e, &product)
			}
			e.products[product.ID] = product
			q, snapshots, err := e.quote(c.request)
			if c.kind == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.kind)
			require.ElementsMatch(t, c.want, faults(t, err))
			require.ErrorContains(t, err, c.words)
			require.Zero(t, q)
			require.Nil(t, snapshots)
		})
	}
	_, _, err := engineOf(machine()).quote(QuoteRequest{Items: []QuoteItem{{Product: otherID, Quantity: 1}}})
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, string(otherID), e.ID, "it names which one is not there")
	require.Equal(t, "product", e.Entity)
}

func TestASnapshotIsRatedAgainToTheSameBytes(t *testing.T) {
	t.Parallel()
	_, snapshots, err := engineOf(machine(), support()).quote(QuoteRequest{Items: []QuoteItem{
		small(7, "tor1"), {Product: otherID, Quantity: 1},
		{Product: productID, Quantity: 1, Region: "nyc1", Configuration: map[string]string{
			"disk_gib": "10", "image": "debian-13", "seats": "2.5",
		}},
	}})
	require.NoError(t, err)
	require.Equal(t, TypeVirtualMachine, snapshots[0].Specs.ResourceType)
	require.Equal(t, "vm", snapshots[0].ProvisioningTemplateID)
	require.Equal(t, quantity("50"), snapshots[0].Specs.DiskGiB)
	require.Equal(t, "debian-13", snapshots[0].Specs.Attributes["image"])
	require.Nil(t, snapshots[0].Specs.Configurable)
	require.Len(t, snapshots[0].Pricing, 3, "only the rules that applied")
	for _, s := range snapshots {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var kept Snapshot
		require.NoError(t, json.Unmarshal(text, &kept))
		require.Empty(t, cmp.Diff(s, kept))
		kept.Charges, kept.Amount = nil, money.Amount{}
		again, err := kept.Rerate()
		require.NoError(t, err)
		rated, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(text), string(rated))
	}
	_, err = Snapshot{Pricing: Pricing{{}}}.Rerate()
	require.ErrorIs(t, err, fault.ErrInvalid)
	mixed := snapshots[0]
	mixed.Pricing = append(Pricing{flat("x", "", PeriodOnce, "1", "EUR")}, mixed.Pricing...)
	_, err = mixed.Rerate()
	require.ErrorIs(t, err, fault.ErrInvalid)
	unreadable := snapshots[2]
	unreadable.Specs.Attributes = map[string]string{"seats": "many"}
	_, err = unreadable.Rerate()
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func TestAQuoteReadsAsAPersonWouldReadIt(t *testing.T) {
	t.Parallel()
	named := support()
	named.Name = named.SKU
	q, _, err := engineOf(machine(), named).quote(QuoteRequest{Items: []QuoteItem{small(3, "nyc1"), {Product: otherID, Quantity: 1}}})
	require.NoError(t, err)
	require.Equal(t, `3 × vm-small (Small machine) in nyc1
  setup: 5 USD once × 3 = 15 USD
  instance: 0.07143 USD an hour × 3 = 0.21429 USD
  disk: 50 GiB of disk × 0.0001 USD a month × 3 = 0.015 USD
  seats: 0 seats × 2 USD a month × 3 = 0 USD
  together 15.22929 USD, rounded half to even: 15.23 USD
1 × support
  support: 49 USD a month × 1 = 49 USD
  together 49 USD
total 64.23 USD: 15 USD once, 0.21429 USD an hour, 49.015 USD a month`, q.String())
}

func TestAChargeNamesItsUnitAndPeriod(t *testing.T) {
	t.Parallel()
	var words []string
	for _, unit := range append(attributes(), "seats") {
		c := Charge{Rule: "r", Unit: unit, Units: quantity("0.5"), Quantity: 2, Rate: rate("3", "USD"), Period: PeriodDay}
		words = append(words, strings.TrimSuffix(strings.TrimPrefix(c.String(), "r: 0.5 "), " × 3 USD a day × 2 = 0"))
	}
	require.Equal(t, []string{
		"vCPUs", "GiB of memory", "GiB of disk", "GPUs", "Mbit/s", "IOPS", "addresses", "GiB of traffic", "seats",
	}, words)
	words = nil
	for _, period := range Periods() {
		words = append(words, period.each())
	}
	require.Equal(t, []string{"once", "an hour", "a day", "a month", "a year"}, words)
}

func BenchmarkQuoteOfThreeLines(b *testing.B) {
	e := engineOf(machine(), support())
	r := QuoteRequest{Items: []QuoteItem{small(3, "nyc1"), small(1, "tor1"), {Product: otherID, Quantity: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := e.quote(r); err != nil {
			b.Fatal(err)
		}
	}
}
