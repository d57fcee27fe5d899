// Package platforma is the domain core of a cloud provider, as a library:
// tenants with their users and roles, customers, a catalog with prices, orders,
// and the resources that orders become; and the webhooks that tell of it all.
//
// A host opens a database, makes a [Platform] of it, and says in the context
// whose data it means:
//
//	db, err := sqlite.Open(ctx, "cloud.db", nil) // or postgres.Open(ctx, dsn, nil)
//	p, err := platforma.New(db, &platforma.Options{
//		Provisioners: map[string]resource.Provisioner{"vm-small": hypervisor},
//	})
//	defer p.Close()
//
//	acme, err := p.Tenants.Create(tenant.AsOperator(ctx), tenant.Draft{Name: "Acme Cloud"})
//	ctx = tenant.NewContext(ctx, acme.ID)
//	ada, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada Lovelace", Email: "ada@example.com"})
//
// The database keeps tenants apart, not the queries alone; services reach each
// other by their Go APIs and their events only. All errors are of the kinds
// below; see package fault.
package platforma

import (
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/audit"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// The kinds of errors, to ask for with errors.Is; see package fault.
const (
	ErrNotFound    = fault.ErrNotFound
	ErrExists      = fault.ErrExists
	ErrConflict    = fault.ErrConflict
	ErrInvalid     = fault.ErrInvalid
	ErrState       = fault.ErrState
	ErrForbidden   = fault.ErrForbidden
	ErrSuspended   = fault.ErrSuspended
	ErrExhausted   = fault.ErrExhausted
	ErrKeyReused   = fault.ErrKeyReused
	ErrNoScope     = fault.ErrNoScope
	ErrUnavailable = fault.ErrUnavailable
)

// Error is the one typed error; errors.As finds it in every error that the
// library returns.
type Error = fault.Error

// Options are how a platform works; nil means the defaults.
type Options struct {
	// Provisioners make resources real, by the provisioning_template_id of the
	// products. A resource whose template has none fails.
	Provisioners map[string]resource.Provisioner
	// Clock tells the time; nil is the system's.
	Clock func() time.Time
	// Entropy makes ids unguessable; nil is seeded by the operating system.
	Entropy rand.Source
	// Logger is told of failures in the background, without customers' data; nil
	// is slog.Default.
	Logger *slog.Logger
	// Poll is how often Run looks for what other processes have done; 0 is one
	// second. What this process does wakes it at once.
	Poll time.Duration
	// Relay is how events are carried; nil is its defaults. Its clock and logger
	// are the platform's.
	Relay *event.RelayOptions
	// Worker is how resources are provisioned; nil is its defaults. Its logger
	// is the platform's.
	Worker *resource.WorkerOptions
	// Webhooks is how webhooks are kept and sent; nil is its defaults. Its logger
	// is the platform's.
	Webhooks *webhook.Options
}

// Platform is the six services on one database. It is safe for concurrent use.
type Platform struct {
	Tenants   *tenant.Service
	Customers *customer.Service
	Catalog   *catalog.Service
	Orders    *order.Service
	Resources *resource.Service
	Webhooks  *webhook.Service
	Events    *Events
	Audit     *audit.Service

	driver storage.Driver
	relay  *event.Relay
	worker *resource.Worker
	sender *webhook.Worker
	log    *slog.Logger
	poll   time.Duration

	// closing is closed by Close, under mu; running are the calls of Run and
	// Settle, of which none begins after that.
	mu      sync.Mutex
	closing chan struct{}
	close   sync.Once
	running sync.WaitGroup
}

// New makes a platform on a database, which it closes with [Platform.Close].
// It starts nothing: [Platform.Run] does the work in the background.
func New(driver storage.Driver, o *Options) (*Platform, error) {
	if driver == nil {
		return nil, fault.New(fault.ErrInvalid, "platforma.New needs a database")
	}
	if o == nil {
		o = &Options{}
	}
	p := &Platform{driver: driver, log: o.Logger, poll: o.Poll, closing: make(chan struct{})}
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.poll <= 0 {
		p.poll = time.Second
	}
	gate := tenant.NewGate(driver.Tenants(), &tenant.GateOptions{
		Clock: o.Clock, Entropy: o.Entropy, Permissions: Permissions(),
	})
	p.services(gate, slices.Collect(maps.Keys(o.Provisioners)), o.Webhooks)
	p.relay = event.NewRelay(driver.Events(), services(), p.relayOptions(o))
	p.worker = resource.NewWorker(driver.Resources(), gate, o.Provisioners, p.workerOptions(o))
	p.sender = webhook.NewWorker(driver.Webhooks(), gate, p.webhookOptions(o))
	p.Events = &Events{store: driver.Events(), relay: p.relay, gate: gate}
	p.Audit = audit.NewService(driver.Events(), gate, services())
	return p, p.subscribe()
}

func (p *Platform) relayOptions(o *Options) *event.RelayOptions {
	relay := event.RelayOptions{}
	if o.Relay != nil {
		relay = *o.Relay
	}
	relay.Clock, relay.Logger = o.Clock, p.log
	return &relay
}

func (p *Platform) workerOptions(o *Options) *resource.WorkerOptions {
	worker := resource.WorkerOptions{}
	if o.Worker != nil {
		worker = *o.Worker
	}
	worker.Logger = p.log
	return &worker
}

func (p *Platform) webhookOptions(o *Options) *webhook.Options {
	webhooks := webhook.Options{}
	if o.Webhooks != nil {
		webhooks = *o.Webhooks
	}
	webhooks.Logger = p.log
	return &webhooks
}

// Permissions are the operations that a role can be granted.
func Permissions() []tenant.Permission {
	return slices.Concat(tenant.Permissions(), customer.Permissions(), catalog.Permissions(),
		order.Permissions(), resource.Permissions(), webhook.Permissions(), eventPermissions(), audit.Permissions())
}

// services are the names of the services that have events.
func services() []string {
	return []string{"tenant", "customer", "catalog", "order", "resource", "webhook"}
}
