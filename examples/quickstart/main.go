// Quickstart takes a cloud provider from nothing to running machines: two
// tenants, a user with a role, a price list, a customer, and an order that
// becomes resources in a simulated data center.
//
//	go run ./examples/quickstart                  a SQLite file in a temporary folder
//	go run ./examples/quickstart -db cloud.db     a SQLite file of your own
//	go run ./examples/quickstart -postgres DSN    PostgreSQL 15 or later
//
// Run again on the same database, it goes on from what is there. Kill it at
// any point, and the next run finishes the order, with one machine for each
// unit ordered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/resource"
)

func main() { os.Exit(start(os.Args[1:], os.Stdout, os.Stderr)) }

// What the program exits with.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as shells say of what Ctrl-C ended
)

func start(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C does not wait for the end of what is under way.
	context.AfterFunc(ctx, stop)
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		return exitUsage
	}
	err = run(ctx, o, stdout)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "quickstart: interrupted; the next run goes on from here")
		return exitInterrupted
	default:
		fmt.Fprintln(stderr, "quickstart:", err)
		return exitFailed
	}
}

// template is the provisioning template of all products of the price list: the
// name of the provisioner that makes them.
const template = "virtual-machine"

// run is what a host does: it opens a database, makes a platform of it with its
// provisioners and subscriptions, and uses the services.
func run(ctx context.Context, o options, stdout io.Writer) (err error) {
	home, err := locate(o)
	if err != nil {
		return err
	}
	s := &screen{w: stdout}
	s.table([]string{"Database", home.database}, []string{"Back end", home.backend})

	cloud, err := openDatacenter(home.backend, o.crash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.close()) }()
	db, err := home.open(ctx)
	if err != nil {
		return err
	}
	p, err := platforma.New(db, &platforma.Options{
		Provisioners: map[string]resource.Provisioner{template: cloud},
		// Short leases: what a killed process held is free again soon after. And
		// many tries: one that a kill cut short counts too.
		Relay:  &event.RelayOptions{Lease: 2 * time.Second},
		Worker: &resource.WorkerOptions{Timeout: 2 * time.Second, Lease: 3 * time.Second, MaxTries: 1000},
	})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	defer func() { err = errors.Join(err, p.Close()) }()

	t := &story{Platform: p, screen: s, cloud: cloud, began: time.Now()}
	err = t.tell(ctx)
	if err == nil || ctx.Err() != nil {
		s.printf("Again, on the same database: go run ./examples/quickstart %s", home.again)
	}
	return err
}
