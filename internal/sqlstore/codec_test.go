package sqlstore

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// sampleRow has a column of each kind.
type sampleRow struct {
	bun.BaseModel `bun:"table:samples"`

	Text     named             `bun:"text"`
	Integer  int64             `bun:"integer"`
	Small    int               `bun:"small"`
	Boolean  bool              `bun:"boolean"`
	Moment   time.Time         `bun:"moment"`
	Later    *time.Time        `bun:"later"`
	Number   *int64            `bun:"number"`
	Word     *string           `bun:"word"`
	Exact    json.RawMessage   `bun:"exact,type:text"`
	Document map[string]string `bun:"document,type:jsonb"`
	Address  netip.Addr        `bun:"address,type:text"`
	Block    netip.Prefix      `bun:"block,type:text"`
}

type named string

// TestCodecs sends values through their codecs, into arguments and out of what
// a driver would answer with, on each dialect.
func TestCodecs(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	number, word := int64(1<<53+1), "Ж"
	full := sampleRow{
		Text: "t", Integer: -1, Small: 7, Boolean: true, Moment: moment, Later: &moment, Number: &number, Word: &word,
		Exact: json.RawMessage(`{ "a":1.50, "b":"<&>" }`), Document: map[string]string{"k": "v"},
		Address: netip.MustParseAddr("2001:db8::1"), Block: netip.MustParsePrefix("10.0.0.0/8"),
	}
	empty := sampleRow{Exact: json.RawMessage(`null`), Moment: moment}
	for name, d := range map[string]*Database{
		"postgres": New(pgdialect.New(), nil), "sqlite": New(sqlitedialect.New(), nil),
	} {
		for _, row := range []sampleRow{full, empty} {
			samples := newTable[sampleRow](d, "test")
			args, err := samples.args(&row)
			require.NoError(t, err)
			back, err := samples.read(answer(args), 0)
			require.NoError(t, err, name)
			require.Equal(t, row, back, name)
		}
	}
	args, err := newTable[sampleRow](New(sqlitedialect.New(), nil), "test").args(&full)
	require.NoError(t, err)
	require.Equal(t, moment.UnixMicro(), args[4], "times are integers on SQLite")
	require.Equal(t, "2001:db8::1", args[10], "addresses are their text")
}

// answer hands out arguments as an adapter hands out columns.
type answer []any

func (a answer) Null(column int) bool {
	v := reflect.ValueOf(a[column])
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

func (a answer) Text(column int) string   { return reflect.Indirect(reflect.ValueOf(a[column])).String() }
func (a answer) Bytes(column int) []byte  { return []byte(a.Text(column)) }
func (a answer) Integer(column int) int64 { return reflect.Indirect(reflect.ValueOf(a[column])).Int() }
func (a answer) Boolean(column int) bool  { return a[column].(bool) }

func (a answer) Moment(column int) time.Time {
	if t, ok := a[column].(time.Time); ok {
		return t
	}
	return time.UnixMicro(a.Integer(column)).UTC()
}
