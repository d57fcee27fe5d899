package sqlstore

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"time"

	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/order"
)

// Values are the columns of one row of an answer, counted from 0, as the
// adapter has them: no column is looked at that nobody asks for. NULL is the
// zero value of what it is read as.
type Values interface {
	Null(column int) bool
	// Text is a column of text or of JSON.
	Text(column int) string
	// Bytes is Text in bytes that are good until the next row.
	Bytes(column int) []byte
	Integer(column int) int64
	Boolean(column int) bool
	// Moment is in UTC.
	Moment(column int) time.Time
}

// codec binds a field of a row struct to the kind of column that keeps it.
// There is one for each kind and dialect.
type codec func(field reflect.Value) binding

// binding carries the values of one field, by a pointer of its plain type: what
// reflection finds out, it finds out once.
type binding struct {
	// encode returns the argument for the field.
	encode func() (any, error)
	// decode sets the field from a column.
	decode func(v Values, column int) error
}

var (
	momentType  = reflect.TypeFor[time.Time]()
	momentPtr   = reflect.TypeFor[*time.Time]()
	exactJSON   = reflect.TypeFor[json.RawMessage]()
	addressType = reflect.TypeFor[netip.Addr]()
	blockType   = reflect.TypeFor[netip.Prefix]()
	textMap     = reflect.TypeFor[map[string]string]()
	ratesType   = reflect.TypeFor[[]order.Rate]()
)

// codecOf returns the codec of a field of a row struct. Texts, integers,
// booleans and optional ones (pointers) are themselves, network addresses their
// text; times are timestamptz on PostgreSQL and integer microseconds on SQLite; a
// json.RawMessage keeps its bytes, in a column of text; everything else is JSON.
func codecOf(f *schema.Field, sqlite bool) codec {
	t := f.StructField.Type
	switch {
	case t == momentType:
		return func(field reflect.Value) binding { return bindMoment(pointer[time.Time](field), sqlite) }
	case t == momentPtr:
		return func(field reflect.Value) binding { return bindOptionalMoment(pointer[*time.Time](field), sqlite) }
	case t == exactJSON:
		return func(field reflect.Value) binding { return bindExact(pointer[json.RawMessage](field)) }
	case t == addressType || t == blockType:
		return bindMarshaler
	case t == textMap:
		return bindTexts
	case t == ratesType:
		return bindRates
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Int64:
		return func(field reflect.Value) binding { return bindOptional(pointer[*int64](field), Values.Integer) }
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String:
		return func(field reflect.Value) binding { return bindOptional(pointer[*string](field), Values.Text) }
	}
	switch t.Kind() {
	case reflect.String:
		return func(field reflect.Value) binding { return bind(pointer[string](field), Values.Text) }
	case reflect.Int64:
		return func(field reflect.Value) binding { return bind(pointer[int64](field), Values.Integer) }
	case reflect.Int:
		return func(field reflect.Value) binding { return bindInt(pointer[int](field)) }
	case reflect.Bool:
		return func(field reflect.Value) binding { return bind(pointer[bool](field), Values.Boolean) }
	default:
		return bindJSON
	}
}

// pointer returns the address of a field whose type is T, or is named and has
// T beneath it.
func pointer[T any](field reflect.Value) *T {
	return field.Addr().Convert(reflect.TypeFor[*T]()).Interface().(*T) //nolint:forcetypeassert // as converted
}

func bind[T any](p *T, read func(Values, int) T) binding {
	return binding{
		encode: func() (any, error) { return *p, nil },
		decode: func(v Values, column int) error { *p = read(v, column); return nil },
	}
}

func bindInt(p *int) binding {
	return binding{
		encode: func() (any, error) { return int64(*p), nil },
		decode: func(v Values, column int) error { *p = int(v.Integer(column)); return nil },
	}
}

func bindOptional[T any](p **T, read func(Values, int) T) binding {
	return binding{
		encode: func() (any, error) { return *p, nil },
		decode: func(v Values, column int) error {
			if !v.Null(column) {
				value := read(v, column)
				*p = &value
			}
			return nil
		},
	}
}

func bindMoment(p *time.Time, sqlite bool) binding {
	return binding{
		encode: func() (any, error) { return moment(*p, sqlite), nil },
		decode: func(v Values, column int) error { *p = v.Moment(column); return nil },
	}
}

func bindOptionalMoment(p **time.Time, sqlite bool) binding {
	b := bindOptional(p, Values.Moment)
	b.encode = func() (any, error) {
		if *p == nil {
			return nil, nil //nolint:nilnil // NULL
		}
		return moment(**p, sqlite), nil
	}
	return b
}

// moment is a time as an argument.
func moment(t time.Time, sqlite bool) any {
	if sqlite {
		return t.UnixMicro()
	}
	return t
}

func bindExact(p *json.RawMessage) binding {
	return binding{
		encode: func() (any, error) { return string(*p), nil },
		decode: func(v Values, column int) error { *p = []byte(v.Text(column)); return nil },
	}
}

func bindMarshaler(field reflect.Value) binding {
	p := field.Addr().Interface()
	return binding{
		encode: func() (any, error) {
			text, err := p.(encoding.TextMarshaler).MarshalText() //nolint:forcetypeassert // codecOf has looked
			return string(text), err
		},
		decode: func(v Values, column int) error {
			return unreadable(field, p.(encoding.TextUnmarshaler).UnmarshalText(v.Bytes(column))) //nolint:forcetypeassert // as above
		},
	}
}

func bindJSON(field reflect.Value) binding {
	p := field.Addr().Interface()
	return binding{
		encode: func() (any, error) {
			text, err := json.Marshal(p)
			return string(text), err
		},
		decode: func(v Values, column int) error { return unreadable(field, json.Unmarshal(v.Bytes(column), p)) },
	}
}

func unreadable(field reflect.Value, err error) error {
	if err != nil {
		return fmt.Errorf("a stored %s cannot be read: %w", field.Type(), err)
	}
	return nil
}
