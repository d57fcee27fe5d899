package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

// template is a placed order that is repeated under other ids. The event's data
// is not marshalled again for each: what a benchmark does besides the operation
// itself should take no time.
type template struct {
	order order.Order
	data  []byte
	terms []page.Term
	// places are where in data the ids stand: the order's, then the items'.
	places []int
}

func newTemplate(o order.Order) (*template, error) {
	data, err := json.Marshal(o)
	t := &template{order: o, data: data, terms: peer.OrderTerms(o)}
	for _, id := range t.idsOf(o) {
		if bytes.Count(data, []byte(id)) != 1 {
			return nil, errors.New("an id must stand in the event once")
		}
		t.places = append(t.places, bytes.Index(data, []byte(id)))
	}
	return t, err
}

func (t *template) idsOf(o order.Order) []string {
	all := []string{string(o.ID)}
	for _, item := range o.Items {
		all = append(all, string(item.ID))
	}
	return all
}

// Placement is a new order, not stored yet.
func (t *Tenant) Placement() peer.Placement {
	from := t.templates[rand.IntN(len(t.templates))] //nolint:gosec // which one it is does not matter
	o := from.order
	o.ID = order.ID(t.ids.New("ord"))
	o.Items = slices.Clone(o.Items)
	data := slices.Clone(from.data)
	copy(data[from.places[0]:], o.ID)
	for i := range o.Items {
		o.Items[i].ID = order.ItemID(t.ids.New("item"))
		copy(data[from.places[i+1]:], o.Items[i].ID)
	}
	return peer.Placement{Order: o, Commit: event.Commit{
		At: o.CreatedAt, Terms: from.terms, Events: []event.Event{{
			ID: event.ID(t.ids.New(event.Prefix)), Service: "order", Tenant: t.ID, Type: event.TypeOf("order", order.EventPlaced),
			Subject: string(o.ID), Version: o.Version, Time: o.CreatedAt, Actor: peer.Actor, Data: data,
		}},
	}}
}
