package event

import "regexp"

// Definition is an event that a service has: the services' tables of them are
// the catalog, from which the documentation and the schemas come.
type Definition struct {
	// Service is whose event it is, Name what happened: "order", "placed". What
	// happened to another entity than the service's own begins with the entity:
	// "cluster.created".
	Service, Name string
	// When says for people when it happens.
	When string
	// Data is a zero value of the entity that is the event's data. All events of
	// an entity have the same.
	Data any
}

// Type is the event's type, "platforma.order.placed.v1".
func (d Definition) Type() string { return TypeOf(d.Service, d.Name) }

var versioned = regexp.MustCompile(`\.v[0-9]+$`)

// TypeOf returns the type of a service's event: TypeOf("order", "placed") is
// "platforma.order.placed.v1". A later version of its data's shape is a part of
// the name: TypeOf("order", "placed.v2") is "platforma.order.placed.v2".
func TypeOf(service, name string) string {
	if !versioned.MatchString(name) {
		name += ".v1"
	}
	return "platforma." + service + "." + name
}
