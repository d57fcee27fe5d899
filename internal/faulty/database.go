package faulty

import (
	"context"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// driver is a database as a storage.Driver.
type driver struct {
	storage.Driver
	calls *database
}

func (d driver) Tenants() tenant.Store     { return tenantStore{&d.calls.Tenants} }
func (d driver) Customers() customer.Store { return customerStore{&d.calls.Customers} }
func (d driver) Catalog() catalog.Store    { return catalogStore{&d.calls.Catalog} }
func (d driver) Orders() order.Store       { return orderStore{&d.calls.Orders} }
func (d driver) Resources() resource.Store { return resourceStore{&d.calls.Resources} }
func (d driver) Webhooks() webhook.Store   { return webhookStore{&d.calls.Webhooks} }
func (d driver) Events() event.Store       { return eventStore{&d.calls.Events} }

// database is all methods of a good driver, each of which a fault can change.
type database struct {
	Tenants   tenantCalls
	Customers customerCalls
	Catalog   catalogCalls
	Orders    orderCalls
	Resources resourceCalls
	Webhooks  webhookCalls
	Events    eventCalls

	mu sync.Mutex
	// known are the tenants that were created, in their order.
	known []scope.TenantID
}

func newDatabase(good storage.Driver) *database {
	d := &database{}
	d.each(func(name string, method reflect.Value) {
		store, own, _ := strings.Cut(name, ".")
		method.Set(reflect.ValueOf(good).MethodByName(store).Call(nil)[0].MethodByName(own))
	})
	create := d.Tenants.Create
	d.Tenants.Create = func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
		err := create(ctx, t, owner, c)
		if err == nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.known = append(d.known, t.ID)
		}
		return err
	}
	return d
}

// others are contexts in all tenants but the scope's.
func (d *database) others(ctx context.Context) (all []context.Context) {
	own, err := scope.From(ctx)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.known {
		if t != own.Tenant {
			all = append(all, scope.Tenant(ctx, t))
		}
	}
	return all
}

// call is a call of a method: its arguments, and what it returns.
type call func(in []reflect.Value) (out []reflect.Value)

// each goes through all methods by their names: "Orders.Save".
func (d *database) each(visit func(name string, method reflect.Value)) {
	stores := reflect.ValueOf(d).Elem()
	for i := range stores.NumField() {
		store := stores.Type().Field(i)
		if !store.IsExported() {
			continue
		}
		for k := range store.Type.NumField() {
			visit(store.Name+"."+store.Type.Field(k).Name, stores.Field(i).Field(k))
		}
	}
}

// around changes the methods whose names match a pattern: "Orders.*".
func (d *database) around(pattern string, change func(good call, in []reflect.Value) []reflect.Value) {
	found := false
	d.each(func(name string, method reflect.Value) {
		if matched, _ := path.Match(pattern, name); !matched {
			return
		}
		found = true
		good := reflect.ValueOf(method.Interface()).Call
		method.Set(reflect.MakeFunc(method.Type(), func(in []reflect.Value) []reflect.Value {
			return change(good, slices.Clone(in))
		}))
	})
	if !found {
		panic("no method is called " + pattern)
	}
}

// arguments changes all values of a type in what methods are given.
func arguments[T any](d *database, pattern string, edit func(v *T)) {
	d.around(pattern, func(good call, in []reflect.Value) []reflect.Value {
		for i := range in[1:] { // but not the context
			in[i+1] = edited(in[i+1], edit)
		}
		return good(in)
	})
}

// answers changes all values of a type in what methods return.
func answers[T any](d *database, pattern string, edit func(v *T)) {
	d.around(pattern, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		for i := range out[:len(out)-1] { // but not the error
			out[i] = edited(out[i], edit)
		}
		return out
	})
}

// contexts changes the context that methods are called in.
func (d *database) contexts(pattern string, edit func(context.Context) context.Context) {
	d.around(pattern, func(good call, in []reflect.Value) []reflect.Value {
		in[0] = reflect.ValueOf(edit(contextOf(in)))
		return good(in)
	})
}

func contextOf(in []reflect.Value) context.Context {
	ctx, _ := reflect.TypeAssert[context.Context](in[0]) // every method's first argument
	return ctx
}

// errors changes what methods fail with; the answer stays as it was.
func (d *database) errors(pattern string, edit func(error) error) {
	d.around(pattern, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		setError(out, edit(errorOf(out)))
		return out
	})
}

func errorOf(out []reflect.Value) error {
	err, _ := reflect.TypeAssert[error](out[len(out)-1]) // nil is no error
	return err
}

func setError(out []reflect.Value, err error) {
	made := reflect.New(reflect.TypeFor[error]()).Elem()
	if err != nil {
		made.Set(reflect.ValueOf(err))
	}
	out[len(out)-1] = made
}
