package broker_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

func ExampleSubscription() {
	ctx := context.Background()
	db := must(sqlite.Open(ctx, sqlite.Memory, nil))
	p := must(platforma.New(db, nil))
	defer p.Close()

	// Watermill's own, in memory; or nats.NewPublisher, kafka.NewPublisher, …
	publisher := gochannel.NewGoChannel(gochannel.Config{BlockPublishUntilSubscriberAck: true}, nil)
	defer publisher.Close()
	messages := must(publisher.Subscribe(ctx, "platforma.customer"))

	s := broker.Subscription("broker", publisher, nil)
	s.Services = []string{"customer"}
	check(p.Events.Subscribe(s))
	go func() { check(p.Run(ctx)) }()

	acme := must(p.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{Name: "Acme Cloud"}))
	ctx = tenant.NewContext(ctx, acme.ID)
	ada := must(p.Customers.Create(ctx, customer.Draft{Name: "Ada Lovelace", Email: "ada@example.com"}))
	name := "Ada King"
	must(p.Customers.Update(ctx, ada.ID, customer.Change{Name: &name}))

	for range 2 {
		m := <-messages
		var e event.Event
		check(json.Unmarshal(m.Payload, &e))
		var c customer.Customer
		check(json.Unmarshal(e.Data, &c))
		fmt.Println(e.Type, c.Name, m.UUID == string(e.ID), m.Metadata.Get(broker.ContentType))
		m.Ack()
	}

	// Output:
	// platforma.customer.created.v1 Ada Lovelace true application/cloudevents+json; charset=UTF-8
	// platforma.customer.updated.v1 Ada King true application/cloudevents+json; charset=UTF-8
}

// must ends the program at the error that comes with a value.
func must[T any](v T, err error) T {
	check(err)
	return v
}

// check ends the program at an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
