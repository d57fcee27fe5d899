// Webhooks sends signed webhooks to a receiver in the same process, which
// verifies them and prints what it is told.
//
//	go run ./examples/webhooks
//
// The receiver is an HTTP server on the loopback, so the host allows addresses
// that are not public, and URLs without TLS. One that serves tenants does neither.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "webhooks:", err)
		os.Exit(1)
	}
}

// run is the host: it has one tenant, whose server hears of customers.
func run(ctx context.Context, out io.Writer) (err error) {
	db, err := sqlite.Open(ctx, sqlite.Memory, nil)
	if err != nil {
		return err
	}
	p, err := platforma.New(db, &platforma.Options{
		Webhooks: &webhook.Options{AllowPrivate: true, AllowHTTP: true},
	})
	if err != nil {
		return err
	}
	defer func() {
		if closed := p.Close(); err == nil {
			err = closed
		}
	}()
	acme, err := p.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{Name: "Acme Cloud", Slug: "acme"})
	if err != nil {
		return err
	}
	ctx = tenant.NewContext(ctx, acme.ID)

	to := newReceiver(out)
	defer to.server.Close()
	endpoint, err := p.Webhooks.Create(ctx, webhook.Draft{URL: to.server.URL, Types: []string{"platforma.customer.*"}})
	if err != nil {
		return err
	}
	to.trust(endpoint.Secret) // which the tenant copies to its server
	ada, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada Lovelace", Email: "ada@example.com"})
	if err != nil {
		return err
	}
	if err := p.Settle(ctx); err != nil { // or p.Run, in a server
		return err
	}

	fmt.Fprintln(out, "the secret is rotated; the former one signs for another day")
	secret, err := p.Webhooks.RotateSecret(ctx, endpoint.ID)
	if err != nil {
		return err
	}
	company := "Analytical Engines"
	if _, err := p.Customers.Update(ctx, ada.ID, customer.Change{Company: &company}); err != nil {
		return err
	}
	if err := p.Settle(ctx); err != nil {
		return err
	}
	to.trust(secret)
	if _, err := p.Webhooks.Ping(ctx, endpoint.ID); err != nil {
		return err
	}
	if err := p.Settle(ctx); err != nil {
		return err
	}
	return forge(ctx, out, to.server.URL)
}

// told prints what a verified request says.
func told(out io.Writer, body []byte) error {
	var e struct {
		Type string `json:"type"`
		Data struct {
			Name    string `json:"name"`
			Company string `json:"company"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, strings.TrimSpace(fmt.Sprintf("verified %s %s %s", e.Type, e.Data.Name, e.Data.Company)))
	return err
}
