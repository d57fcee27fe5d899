package survival

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

// The commands.
const (
	createCustomer = "create a customer"
	takenEmail     = "create a customer whose email is taken"
	updateCustomer = "update a customer"
	updateRegular  = "update the regular customer"
	placeOrder     = "place an order"
	cancelOrder    = "cancel an order"
)

// excuses says whether a command may be refused so: others were faster again and
// again, an order is at its end by now, an email is taken.
func (a answer) excuses(err error) bool {
	switch a.What {
	case takenEmail:
		return errors.Is(err, platforma.ErrExists)
	case updateRegular:
		return errors.Is(err, platforma.ErrConflict)
	case cancelOrder:
		return errors.Is(err, platforma.ErrState) || errors.Is(err, platforma.ErrConflict)
	}
	return false
}

// command draws the next command and gives it once. It is the same each time it
// is drawn, whoever plays the writer.
func (w *writer) command() (answer, error) {
	random := rand.New(rand.NewPCG(w.Seed, uint64(w.number)<<32|uint64(w.next)))
	ctx := tenant.NewContext(context.Background(), w.shop.Tenant)
	key := fmt.Sprintf("writer-%d-%d", w.number, w.next)
	metadata := map[string]string{"by": key}
	a := answer{Number: w.next, What: w.draw(random)}
	switch a.What {
	case createCustomer:
		c, err := w.platform.Customers.Create(ctx, customer.Draft{Name: key, Email: key + "@example.com", Metadata: metadata, Key: key})
		return a.of(string(c.ID), c.Version, c, err)
	case takenEmail:
		c, err := w.platform.Customers.Create(ctx, customer.Draft{Name: "Refused", Email: regularEmail, Key: key})
		if err == nil {
			err = errors.New("an email was given twice")
		}
		return a.of(string(c.ID), c.Version, c, err)
	case updateCustomer, updateRegular:
		id := w.shop.Regular
		if a.What == updateCustomer {
			id = pick(random, w.customers)
		}
		c, err := w.platform.Customers.Update(ctx, id, customer.Change{Metadata: metadata})
		return a.of(string(id), c.Version, c, err)
	case placeOrder:
		product := w.shop.Support
		if random.IntN(3) == 0 {
			product = w.shop.Machine
		}
		o, err := w.platform.Orders.Place(ctx, order.Draft{
			Customer: w.shop.Regular, Metadata: metadata, Key: key,
			Items: []order.ItemDraft{{Product: product, Quantity: 1 + random.Int64N(2), Region: "nyc1"}},
		})
		return a.of(string(o.ID), o.Version, o, err)
	default:
		// The last one is the most likely to be under way.
		id := w.orders[len(w.orders)-1]
		o, err := w.platform.Orders.Cancel(ctx, id)
		return a.of(string(id), o.Version, o, err)
	}
}

// draw draws a command that the writer has what it takes for.
func (w *writer) draw(random *rand.Rand) string {
	n := random.IntN(20)
	switch {
	case n < 6:
		return createCustomer
	case n < 9 && len(w.customers) > 0:
		return updateCustomer
	case n < 13:
		return updateRegular
	case n < 17:
		return placeOrder
	case n < 18 && len(w.orders) > 0:
		return cancelOrder
	default:
		return takenEmail
	}
}

func pick[T any](random *rand.Rand, all []T) T { return all[random.IntN(len(all))] }

// of is the answer with what came of the command.
func (a answer) of(id string, version int64, made any, err error) (answer, error) {
	if err != nil {
		return a, err
	}
	text, err := json.Marshal(made)
	a.Entity, a.Version, a.Data = id, version, hashed(text)
	return a, err
}

// shop is a tenant with what writers need.
type shop struct {
	Tenant tenant.ID `json:"tenant"`
	// Regular is the customer that all the tenant's writers change.
	Regular customer.ID `json:"regular"`
	// Support is done at once, Machine has to be made.
	Support catalog.ID `json:"support"`
	Machine catalog.ID `json:"machine"`
}

const regularEmail = "regular@example.com"
