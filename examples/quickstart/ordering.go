package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
)

// basket is what the customer orders.
var basket = []struct {
	sku, region string
	quantity    int64
}{
	{"digitalocean.g-2vcpu-8gb", "nyc1", 4},
	{"digitalocean.s-4vcpu-8gb", "sfo3", 3},
	{"ovhcloud.t1-45", "gra", 2},
	{"digitalocean.gpu-h100x1-80gb", "tor1", 1},
}

// quote prices the basket for the customer; Grace does.
func (s *story) quote(ctx context.Context) (err error) {
	ctx = s.asGrace(ctx)
	s.ada, err = s.Customers.Create(ctx, customer.Draft{
		Name: "Ada Lovelace", Email: "ada@example.com", Company: "Analytical Engines",
		BillingAddress: customer.Address{
			Lines: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4LB", Country: "GB",
		},
		PaymentMethod: customer.PaymentMethod{Kind: customer.PaymentInvoice},
		Key:           "quickstart/customer/ada",
	})
	if err != nil {
		return err
	}
	s.screen.table([]string{s.ada.Name, s.ada.Company, s.ada.Email, s.was(s.ada.CreatedAt)})
	items, err := s.basket(ctx)
	if err != nil {
		return err
	}
	request := catalog.QuoteRequest{}
	for _, i := range items {
		request.Items = append(request.Items, catalog.QuoteItem{Product: i.Product, Quantity: i.Quantity, Region: i.Region})
	}
	quote, err := s.Catalog.Quote(ctx, request)
	if err != nil {
		return err
	}
	for line := range strings.Lines(quote.String()) {
		s.screen.printf("%s", strings.TrimRight(line, "\n"))
	}
	return nil
}

func (s *story) basket(ctx context.Context) ([]order.ItemDraft, error) {
	var items []order.ItemDraft
	for _, wanted := range basket {
		product, err := s.Catalog.BySKU(ctx, wanted.sku)
		if err != nil {
			return nil, err
		}
		items = append(items, order.ItemDraft{Product: product.ID, Quantity: wanted.quantity, Region: wanted.region})
	}
	return items, nil
}

// provision places the order and does the work that comes of it, which
// everybody who subscribed hears of.
func (s *story) provision(ctx context.Context) error {
	grace := s.asGrace(ctx)
	items, err := s.basket(grace)
	if err != nil {
		return err
	}
	s.order, err = s.Orders.Place(grace, order.Draft{Customer: s.ada.ID, Items: items, Key: "quickstart/order/1"})
	if err != nil {
		return err
	}
	s.screen.printf("order %s of %s for %d machines: %s, it is %s",
		s.order.ID, s.order.Total(), s.order.Resources(), s.was(s.order.CreatedAt), s.order.Status)
	if err := s.work(ctx); err != nil {
		return err
	}
	if s.order, err = s.Orders.Get(grace, s.order.ID); err != nil {
		return err
	}
	if s.order.Status != order.StatusProvisioned {
		return fmt.Errorf("order %s is %s: %s", s.order.ID, s.order.Status, s.order.Failure)
	}
	s.screen.printf("the order is %s", s.order.Status)
	return nil
}

// work does the work in the background until nothing is left. A server has `go
// p.Run(ctx)` for it, which as well begins anew where a database did not answer
// in time.
func (s *story) work(ctx context.Context) error {
	for again := 3; ; again-- {
		err := s.Settle(ctx)
		if err == nil || again == 0 || ctx.Err() != nil || !errors.Is(err, platforma.ErrUnavailable) {
			return err
		}
		s.screen.printf("  %v; once more", err)
	}
}
