// Package faulty is a good adapter with one deliberate fault. Who certifies
// adapters has to be certified too: a fault that no clause of the contract finds
// is a hole in the suite.
package faulty

import (
	"reflect"
	"slices"

	"github.com/platforma/platforma/storage"
)

// Fault is one way in which an adapter breaks the contract.
type Fault struct {
	// Name tells it from the others: the method, and what is wrong with it.
	Name string
	// What is what the adapter does, or what its author forgot.
	What string
	// Clauses are those that fail, sorted; all others pass.
	Clauses []string
	// Also are clauses that may fail as well: what they do at once goes wrong
	// only when it really happens at once.
	Also []string

	plant func(d *database)
}

// All returns all faults, by what they are about.
func All() []Fault {
	all, failing := plantable(), clauses()
	for i := range all {
		all[i].Clauses = failing[all[i].Name]
	}
	return all
}

func plantable() []Fault {
	var all []Fault
	for _, of := range [][]Fault{
		isolationFaults(), scopeFaults(), versionFaults(), raceFaults(), eventFaults(), relayFaults(), laneFaults(), registryFaults(),
		receiptFaults(), listFaults(), filterFaults(), termFaults(), uniqueFaults(), caseFaults(), refusalFaults(), contextFaults(),
		stepFaults(), aliasFaults(), valueFaults(), countFaults(), workFaults(), webhookFaults(), historyFaults(),
	} {
		all = append(all, of...)
	}
	return all
}

// Wrap returns a driver that has the fault of a name, which must be one of All's;
// the empty name is none, and the driver as good as it was.
func Wrap(d storage.Driver, name string) storage.Driver {
	w := newDatabase(d)
	if name != "" {
		all := plantable()
		all[slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })].plant(w)
	}
	return driver{d, w}
}

// Methods are those that the fault changes, sorted, as "Orders.Save": a clause
// that calls none of them cannot tell the adapter from a good one.
func (f Fault) Methods() []string {
	d := &database{} // without a single method, so that those there are then are the fault's
	f.plant(d)
	var changed []string
	d.each(func(name string, method reflect.Value) {
		if !method.IsNil() {
			changed = append(changed, name)
		}
	})
	slices.Sort(changed)
	return changed
}

// Listen returns a driver that is as good as it was, and tells which methods are
// called, many at once.
func Listen(d storage.Driver, called func(method string)) storage.Driver {
	w := newDatabase(d)
	w.each(func(name string, _ reflect.Value) {
		w.around(name, func(good call, in []reflect.Value) []reflect.Value {
			called(name)
			return good(in)
		})
	})
	return driver{d, w}
}
