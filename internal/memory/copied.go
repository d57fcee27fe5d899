package memory

import "reflect"

// copied is a value that shares nothing that can be changed with v. Unexported
// fields, such as a time, an address or an amount has, nobody outside can change.
func copied[T any](v T) T {
	c, _ := reflect.TypeAssert[T](copyOf(reflect.ValueOf(&v).Elem())) // a copy has the type of v
	return c
}

func copyOf(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch kind := v.Kind(); {
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
		for at, value := range v.Seq2() {
			c.SetMapIndex(at, copyOf(value))
		}
	}
	return c
}
