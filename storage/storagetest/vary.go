package storagetest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/resource"
)

// limits are values at which stores go wrong, for every type of field that an
// entity can have. A field that is added to an entity is tried without a word.
type limits struct {
	round int // which of the values come first
	next  int // which come next

	texts []string
	times []time.Time
	ints  []int64
	of    map[reflect.Type][]any
	keep  []string
}

// rounds are as many as there are values of one type, so that each field has
// had each value.
func (l *limits) rounds() int { return len(l.texts) }

func newLimits(t *testing.T, keep ...string) *limits {
	t.Helper()
	l := &limits{
		keep: append([]string{"ID", "TenantID", "Version"}, keep...),
		texts: []string{
			"", "plain", "e\u0301 is not \u00e9", "👩‍🚀🦊 \U0010FFFD",
			`'"` + "`" + `\ $1 ? :x @x %s %_ -- /* ; \u0000`, "two\nlines\r\n\tand a tab ",
			"\x01\x1f\x7f\u0085", " spaces around ", `{"json":[1,null]}`, "NULL", "\u200f\u200b\ufeff\u2028",
			strings.Repeat("\U0001F98A", 255),
		},
		times: []time.Time{
			time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), {}, time.Unix(0, 0).UTC(),
			time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
			time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
			time.Date(2026, 7, 1, 0, 30, 0, 1000, time.FixedZone("east", 14*3600)),
			time.Date(1900, 2, 28, 23, 59, 59, 999999999, time.FixedZone("west", -43200-1740)),
			time.Date(2000, 2, 29, 12, 0, 0, 999, time.UTC),
		},
		ints: []int64{1, 1<<31 - 1, 1 << 31, 1<<53 + 1, math.MaxInt64},
	}
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	rate := func(number string, c money.Currency) any { return get(money.NewRate(number, c))(t) }
	rates := []any{
		rate("999999999999999999.999999999999", "KWD"), rate("-999999999999999999.999999999999", "USD"), rate("0", "JPY"),
		rate("0.000000000001", "EUR"),
	}
	l.of = map[reflect.Type][]any{
		reflect.TypeFor[netip.Addr](): {
			addr("0.0.0.0"), addr("255.255.255.255"), addr("::"), addr("2001:db8::1"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
		},
		reflect.TypeFor[netip.Prefix](): {prefix("0.0.0.0/0"), prefix("192.0.2.255/32"), prefix("::/0"), prefix("2001:db8::/127")},
		reflect.TypeFor[resource.Range](): {
			resource.Range{From: addr("0.0.0.0"), To: addr("255.255.255.255")}, resource.Range{From: addr("::1"), To: addr("::1")},
		},
		reflect.TypeFor[money.Rate]():     rates,
		reflect.TypeFor[catalog.Period](): {catalog.PeriodOnce, catalog.PeriodHour, catalog.PeriodYear},
		reflect.TypeFor[money.Amount](): {
			get(money.NewAmount("999999999999999999999999999999999999.99", "USD"))(t),
			get(money.NewAmount("-0.001", "KWD"))(t), money.Amount{},
		},
		reflect.TypeFor[money.Quantity](): {
			get(money.NewQuantity("999999999999999999.999999999999"))(t), get(money.NewQuantity("0.000000000001"))(t), money.Quantity{},
		},
		reflect.TypeFor[catalog.Model](): {
			catalog.Flat{Rate: get(money.NewRate("999999999999999999.999999999999", "KWD"))(t)},
			catalog.PerUnit{Unit: "vcpus", Rate: get(money.NewRate("0", "JPY"))(t)},
		},
		reflect.TypeFor[json.RawMessage](): {
			json.RawMessage(`{}`), json.RawMessage("{ \"b\":1.50e0,\t\"a\" : \"<&>\\u00e9é🦊\",\n \"b\":null }"),
			json.RawMessage(`[` + strings.Repeat("9", 400) + `]`),
		},
	}
	return l
}

// begin makes the next values those of a round.
func (l *limits) begin(round int) { l.round, l.next = round, round }

func pick[T any](l *limits, from []T) T {
	v := from[l.next%len(from)]
	l.next++
	return v
}

// vary sets each field of an entity to the next value of its type. Fields whose
// values are a matter of their own (ids, statuses) stay as they are, and so does
// a nil pointer: it means something.
func (l *limits) vary(entity any) { l.set(reflect.ValueOf(entity).Elem()) }

func (l *limits) set(v reflect.Value) {
	if values, ok := l.of[v.Type()]; ok {
		v.Set(reflect.ValueOf(pick(l, values)))
		return
	}
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(pick(l, l.times)))
		return
	case reflect.TypeFor[string]():
		v.SetString(pick(l, l.texts))
		return
	case reflect.TypeFor[int](), reflect.TypeFor[int64]():
		v.SetInt(pick(l, l.ints))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(l.next%2 == 0)
	case reflect.Pointer:
		if !v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			l.set(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !slices.Contains(l.keep, f.Name) {
				l.set(v.Field(i))
			}
		}
	case reflect.Slice:
		l.setList(v)
	case reflect.Map:
		l.setMap(v)
	default:
	}
}

// setList sets a list: none, an empty one, or some elements, which differ from
// each other.
func (l *limits) setList(v reflect.Value) {
	switch l.round % 4 {
	case 0:
		v.SetZero()
		return
	case 1:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return
	}
	list := reflect.MakeSlice(v.Type(), 3, 3)
	for i := range list.Len() {
		if list.Index(i).Kind() == reflect.String && list.Index(i).Type() != reflect.TypeFor[string]() {
			list.Index(i).SetString(fmt.Sprintf("word.%d", i))
			continue
		}
		l.set(list.Index(i))
	}
	v.Set(list)
}

// setMap sets a map: none, an empty one, or one with every text as a key.
func (l *limits) setMap(v reflect.Value) {
	if l.round%4 == 0 {
		v.SetZero()
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	if l.round%4 == 1 {
		return
	}
	for _, key := range l.texts {
		value := reflect.New(v.Type().Elem()).Elem()
		l.set(value)
		v.SetMapIndex(reflect.ValueOf(key), value)
	}
}

// kept is an entity as a store keeps it: with its times in UTC, and what is
// finer than a microsecond cut off.
func kept[E any](e E) E {
	c := clone(e)
	keepTimes(reflect.ValueOf(&c).Elem())
	return c
}

func keepTimes(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			keepTimes(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			keepTimes(v.Index(i))
		}
	case reflect.Struct:
		if moment, ok := reflect.TypeAssert[time.Time](v); ok {
			v.Set(reflect.ValueOf(moment.UTC().Truncate(time.Microsecond)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				keepTimes(v.Field(i))
			}
		}
	default:
	}
}
