package tenant

import (
	"encoding/json"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// Access is what the gate grants to one operation: whose data it is about, and
// what it needs to write down what it did.
type Access struct {
	// Scope is who acts for whom.
	Scope scope.Scope
	// Settings are the tenant's.
	Settings Settings
	// Now is the time of the operation.
	Now time.Time

	operation Permission
	gate      *Gate
	delivery  *scope.Delivery
}

// Fact is something that happened to an aggregate.
type Fact struct {
	// Service is whose aggregate it is, Name what happened: "order", "placed".
	Service, Name string
	// Subject is the aggregate's id, Version its version after the change.
	Subject string
	Version int64
	// Data is the whole aggregate after the change.
	Data any
}

// NewID returns a new id with a prefix.
func (a *Access) NewID(prefix string) string { return a.gate.ids.New(prefix) }

// NewSecret returns so many random bytes that nobody can guess.
func (a *Access) NewSecret(length int) []byte { return a.gate.ids.Secret(length) }

// permissions are the operations that permissions can be granted for.
func (a *Access) permissions() Registry { return a.gate.registry }

// Commit makes what is stored together with a change: its events, the
// receipt of the command that asked for it (or nil) and, in an event handler,
// the receipt of the delivery. A second write in one handler is
// [fault.ErrState].
func (a *Access) Commit(receipt *event.Receipt, facts ...Fact) (event.Commit, error) {
	if a.delivery == nil {
		taken, err := a.Scope.Delivery.Take()
		if err != nil {
			return event.Commit{}, err
		}
		a.delivery = taken
	}
	c := event.Commit{Receipt: receipt, Delivery: a.delivery, At: a.Now}
	for _, fact := range facts {
		data, err := json.Marshal(fact.Data)
		if err != nil {
			return event.Commit{}, &fault.Error{Kind: fault.ErrInvalid, Err: err}
		}
		c.Events = append(c.Events, event.Event{
			ID: event.ID(a.NewID(event.Prefix)), Service: fact.Service, Tenant: a.Scope.Tenant,
			Type: event.TypeOf(fact.Service, fact.Name), Subject: fact.Subject, Version: fact.Version, Time: a.Now,
			Actor: a.Scope.Actor, Reason: a.Scope.Reason, Correlation: a.Scope.Correlation,
			Causation: a.Scope.Causation, Data: data,
		})
	}
	return c, nil
}

// End finishes an operation: an error is told where it happened, and a
// delivery that was not stored is given back. Use it as
//
//	defer access.End(&err, "customer", id)
func (a *Access) End(err *error, entity string, id string) {
	if *err == nil {
		return
	}
	a.delivery.Release()
	a.delivery = nil
	*err = fault.At(*err, string(a.operation), entity, id)
}
