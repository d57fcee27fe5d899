package sqlstore

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"time"

	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/internal/clock"
)

// column is a column of a table and how its values travel.
type column struct {
	name string
	// index leads to the row struct's field.
	index []int
	codec codec
}

// codec carries the values of one kind of column: into arguments, and out of
// answers. There is one for each kind and dialect.
type codec struct {
	// encode returns the argument for a field.
	encode func(field reflect.Value) (any, error)
	// decode returns what to scan into, and what to do then (or nil).
	decode func(field reflect.Value) (target any, then func() error)
}

var (
	momentType   = reflect.TypeFor[time.Time]()
	momentPtr    = reflect.TypeFor[*time.Time]()
	exactJSON    = reflect.TypeFor[json.RawMessage]()
	stringPtr    = reflect.TypeFor[*string]()
	integerPtr   = reflect.TypeFor[*int64]()
	booleanPtr   = reflect.TypeFor[*bool]()
	optionalInt  = reflect.TypeFor[**int64]()
	optionalText = reflect.TypeFor[**string]()
	addressType  = reflect.TypeFor[netip.Addr]()
	blockType    = reflect.TypeFor[netip.Prefix]()
)

// codecOf returns the codec of a field of a row struct. Texts, integers,
// booleans and optional ones (pointers) are themselves, network addresses their
// text; times are timestamptz on PostgreSQL and integer microseconds on SQLite; a
// json.RawMessage keeps its bytes, in a column of text; everything else is JSON.
func codecOf(f *schema.Field, sqlite bool) codec {
	t := f.StructField.Type
	switch {
	case t == momentType || t == momentPtr:
		return momentCodec(t == momentPtr, sqlite)
	case t == exactJSON:
		return codec{encodeExact, decodeExact}
	case t == addressType || t == blockType:
		return codec{encodeText, decodeText}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Int64:
		return codec{plain, as(optionalInt)}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String:
		return codec{plain, as(optionalText)}
	}
	switch t.Kind() {
	case reflect.String:
		return codec{func(v reflect.Value) (any, error) { return v.String(), nil }, as(stringPtr)}
	case reflect.Int64, reflect.Int:
		return codec{func(v reflect.Value) (any, error) { return v.Int(), nil }, asInteger}
	case reflect.Bool:
		return codec{func(v reflect.Value) (any, error) { return v.Bool(), nil }, as(booleanPtr)}
	default:
		return codec{encodeJSON, decodeJSON}
	}
}

func momentCodec(optional, sqlite bool) codec {
	switch {
	case optional && sqlite:
		return codec{encodeOptionalMicros, decodeOptionalMicros}
	case optional:
		return codec{plain, decodeOptionalMoment}
	case sqlite:
		return codec{encodeMicros, decodeMicros}
	default:
		return codec{plain, decodeMoment}
	}
}

func plain(v reflect.Value) (any, error) { return v.Interface(), nil }

// as scans straight into the field, whatever its type is called.
func as(pointer reflect.Type) func(reflect.Value) (any, func() error) {
	return func(v reflect.Value) (any, func() error) { return v.Addr().Convert(pointer).Interface(), nil }
}

func asInteger(v reflect.Value) (any, func() error) {
	if v.Kind() == reflect.Int64 {
		return v.Addr().Convert(integerPtr).Interface(), nil
	}
	var n int64
	return &n, func() error { v.SetInt(n); return nil }
}

func decodeMoment(v reflect.Value) (any, func() error) {
	t := v.Addr().Interface().(*time.Time) //nolint:forcetypeassert // codecOf has looked
	return t, func() error { *t = t.UTC(); return nil }
}

func decodeOptionalMoment(v reflect.Value) (any, func() error) {
	t := v.Addr().Interface().(**time.Time) //nolint:forcetypeassert // codecOf has looked
	return t, func() error {
		if *t != nil {
			utc := (*t).UTC()
			*t = &utc
		}
		return nil
	}
}

func encodeMicros(v reflect.Value) (any, error) {
	t := v.Interface().(time.Time) //nolint:forcetypeassert // codecOf has looked
	return t.UnixMicro(), nil
}

func decodeMicros(v reflect.Value) (any, func() error) {
	var n int64
	return &n, func() error { v.Set(reflect.ValueOf(clock.Truncate(time.UnixMicro(n)))); return nil }
}

func encodeOptionalMicros(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil //nolint:nilnil // NULL
	}
	return encodeMicros(v.Elem())
}

func decodeOptionalMicros(v reflect.Value) (any, func() error) {
	var n *int64
	return &n, func() error {
		if n != nil {
			t := clock.Truncate(time.UnixMicro(*n))
			v.Set(reflect.ValueOf(&t))
		}
		return nil
	}
}

func encodeExact(v reflect.Value) (any, error) { return string(v.Bytes()), nil }

func decodeExact(v reflect.Value) (any, func() error) {
	var text []byte
	return &text, func() error { v.SetBytes(text); return nil }
}

func encodeText(v reflect.Value) (any, error) {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText() //nolint:forcetypeassert // codecOf has looked
	return string(text), err
}

func decodeText(v reflect.Value) (any, func() error) {
	var text []byte
	return &text, func() error {
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil { //nolint:forcetypeassert // as above
			return fmt.Errorf("a stored %s cannot be read: %w", v.Type(), err)
		}
		return nil
	}
}

func encodeJSON(v reflect.Value) (any, error) {
	text, err := json.Marshal(v.Interface())
	return string(text), err
}

func decodeJSON(v reflect.Value) (any, func() error) {
	var text []byte
	return &text, func() error {
		if err := json.Unmarshal(text, v.Addr().Interface()); err != nil {
			return fmt.Errorf("a stored %s cannot be read: %w", v.Type(), err)
		}
		return nil
	}
}
