package storagetest

import (
	"reflect"
	"time"
)

// clone is a value that shares no list, map or pointer with another.
func clone[T any](v T) T {
	copied, _ := reflect.TypeAssert[T](cloned(reflect.ValueOf(&v).Elem())) // of a nil interface it is the zero value
	return copied
}

func cloned(v reflect.Value) reflect.Value {
	made := reflect.New(v.Type()).Elem()
	made.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			made.Set(reflect.New(v.Type().Elem()))
			made.Elem().Set(cloned(v.Elem()))
		}
	case reflect.Interface:
		if !v.IsNil() {
			made.Set(cloned(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			made.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				made.Index(i).Set(cloned(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			made.Set(reflect.MakeMap(v.Type()))
			for key, value := range v.Seq2() {
				made.SetMapIndex(key, cloned(value))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				made.Field(i).Set(cloned(v.Field(i)))
			}
		}
	default:
	}
	return made
}

// scramble changes all that a value shares with its copies: the elements of its
// lists and maps, and what it points to.
func scramble(v any) { scrambled(reflect.ValueOf(v)) }

func scrambled(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		scrambled(v.Elem())
		if moment, ok := reflect.TypeAssert[*time.Time](v); ok {
			*moment = moment.Add(time.Hour)
		} else {
			v.Elem().SetZero()
		}
	case reflect.Interface:
		if !v.IsNil() {
			scrambled(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			scrambled(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			scrambled(value)
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scrambled(v.Field(i))
			}
		}
	default:
	}
}
