package sqlstore

import (
	"fmt"
	"reflect"
	"strings"
)

// Writes returns the texts of all statements that change something. No such text
// depends on what is asked for: all are there from the first.
func (d *Driver) Writes() []string {
	var all []string
	for _, text := range d.Statements() {
		if !strings.HasPrefix(text, "SELECT ") {
			all = append(all, text)
		}
	}
	return all
}

// Watch lets all operations go through an executor around the adapter's own.
// It is for tests that look at statements, before the first operation.
func (d *Driver) Watch(around func(Executor) Executor) {
	d.database.Executor = around(d.database.Executor)
}

// Statements returns the texts of all statements that the stores hold, those
// that were compiled for a combination of filters included, each by the place
// where it is held.
func (d *Driver) Statements() map[string]string {
	w := walker{seen: map[uintptr]bool{}, texts: map[string]string{}}
	for name, store := range map[string]any{
		"tenants": d.tenants, "customers": d.customers, "catalog": d.catalog, "orders": d.orders,
		"resources": d.resources, "webhooks": d.webhooks, "events": d.events,
	} {
		w.walk(name, reflect.ValueOf(store))
	}
	return w.texts
}

// walker finds statements by reflection, so that none can be left out of a
// list that somebody keeps.
type walker struct {
	seen  map[uintptr]bool
	texts map[string]string
}

func (w walker) walk(place string, v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // the others hold nothing
	case reflect.Pointer:
		if v.IsNil() || w.seen[v.Pointer()] {
			return
		}
		w.seen[v.Pointer()] = true
		if v.Type() == reflect.TypeFor[*Statement]() {
			w.texts[place] = v.Elem().FieldByName("SQL").String()
			return
		}
		w.walk(place, v.Elem())
	case reflect.Struct:
		// Bun's and the adapter's structs hold none.
		if v.Type().PkgPath() != reflect.TypeFor[Statement]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			w.walk(place+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(fmt.Sprintf("%s[%d]", place, i), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			w.walk(fmt.Sprintf("%s[%s]", place, key), v.MapIndex(key))
		}
	}
}
