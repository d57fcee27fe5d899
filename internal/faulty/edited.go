package faulty

import "reflect"

// edited is a copy of a value in which all values of a type are changed. It
// shares nothing with the original, so that a fault is the one that it says to
// be, and not also that of changing what belongs to others.
func edited[T any](v reflect.Value, edit func(*T)) reflect.Value {
	made := reflect.New(v.Type()).Elem()
	made.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			made.Set(reflect.New(v.Type().Elem()))
			made.Elem().Set(edited(v.Elem(), edit))
		}
	case reflect.Interface:
		if !v.IsNil() {
			made.Set(edited(v.Elem(), edit))
		}
	case reflect.Slice:
		if !v.IsNil() {
			made.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				made.Index(i).Set(edited(v.Index(i), edit))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			made.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for key, value := range v.Seq2() {
				made.SetMapIndex(key, edited(value, edit))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				made.Field(i).Set(edited(v.Field(i), edit))
			}
		}
	default:
	}
	if target, ok := made.Addr().Interface().(*T); ok {
		edit(target)
	}
	return made
}
