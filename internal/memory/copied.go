package memory

import (
	"reflect"
	"time"
)

// copied is a value that shares nothing that can be changed with v, and whose
// times are as a database keeps them. Unexported fields, such as an address or an
// amount has, nobody outside can change.
func copied[T any](v T) T {
	c, _ := reflect.TypeAssert[T](copyOf(reflect.ValueOf(&v).Elem())) // a copy has the type of v
	return c
}

func copyOf(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	at, isTime := reflect.TypeAssert[time.Time](v)
	switch kind := v.Kind(); {
	case isTime:
		c.Set(reflect.ValueOf(at.UTC().Truncate(time.Microsecond)))
	case kind == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(copyOf(v.Field(i)))
			}
		}
	case c.IsZero():
	case kind == reflect.Interface:
		c.Set(copyOf(v.Elem()))
	case kind == reflect.Pointer:
		c.Set(reflect.New(v.Type().Elem()))
		c.Elem().Set(copyOf(v.Elem()))
	case kind == reflect.Slice:
		c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			c.Index(i).Set(copyOf(v.Index(i)))
		}
	case kind == reflect.Map:
		c.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for name, value := range v.Seq2() {
			c.SetMapIndex(name, copyOf(value))
		}
	}
	return c
}
