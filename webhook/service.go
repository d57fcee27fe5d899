package webhook

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Service is the webhook service. It is safe for concurrent use.
type Service struct {
	store   Store
	gate    *tenant.Gate
	allowed addresses
	seal    Sealer
	overlap time.Duration
}

// NewService returns the service on a store; nil options are the defaults.
func NewService(store Store, gate *tenant.Gate, o *Options) *Service {
	options := o.withDefaults()
	return &Service{
		store: store, gate: gate, seal: options.Seal, overlap: options.Overlap,
		allowed: addresses{private: options.AllowPrivate, http: options.AllowHTTP},
	}
}

// Created is a new endpoint with its secret.
type Created struct {
	Endpoint

	// Secret is what the receiver verifies requests with. [Service.Secret] is the
	// only other way to read it.
	Secret Secret `json:"-"`
}

// Create creates an endpoint, which hears of what happens from now on. More
// than [MaxEndpoints] are [fault.ErrExhausted]. It costs two trips.
func (s *Service) Create(ctx context.Context, d Draft) (Created, error) {
	const operation = "webhook.create"
	return aggregate.Command[Created]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Created, error) { return s.created(ctx, ID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (c Created, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Created{}, err
			}
			defer access.End(&err, entity, "")
			e := Endpoint{
				ID: ID(access.NewID(prefix)), TenantID: access.Scope.Tenant, URL: d.URL, Types: slices.Clone(d.Types),
				Description: d.Description, Status: Lifecycle().Initial, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			e.apply(Change{})
			var f fault.Fields
			e.check(&f, s.allowed)
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return Created{}, err
			}
			if err := s.room(ctx); err != nil {
				return Created{}, err
			}
			secret := newSecret(access.NewSecret(secretLength))
			stored, err := seal(ctx, s.seal, access.Scope.Tenant, secret)
			if err != nil {
				return Created{}, err
			}
			keys := Keys{
				EndpointID: e.ID, TenantID: e.TenantID, Current: stored, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			err = write(ctx, s.store, &access, receipt.For(string(e.ID)),
				Changes{NewEndpoints: []Endpoint{e}, NewKeys: []Keys{keys}}, fact(EventCreated, e))
			return Created{Endpoint: e, Secret: secret}, err
		},
	}.Run(ctx)
}

// created is what a repeated command is answered with.
func (s *Service) created(ctx context.Context, id ID) (Created, error) {
	e, err := s.store.Get(ctx, id)
	if err != nil {
		return Created{}, err
	}
	k, err := s.store.Keys(ctx, id)
	if err != nil {
		return Created{}, err
	}
	secret, err := open(ctx, s.seal, k.TenantID, k.Current)
	return Created{Endpoint: e, Secret: secret}, err
}

// room keeps the endpoints few enough that each event can look at all of them.
// Two at the same time may both find the last room: the bound is for reading, not
// a quota.
func (s *Service) room(ctx context.Context) error {
	all, err := s.store.List(ctx, Query{}, page.Window{Limit: MaxEndpoints})
	if err == nil && len(all) == MaxEndpoints {
		err = &fault.Error{Kind: fault.ErrExhausted, Err: fmt.Errorf("the tenant has %d endpoints, which is all it may have", len(all))}
	}
	return err
}

func fact(name string, e Endpoint) tenant.Fact {
	return tenant.Fact{Service: service, Name: name, Subject: string(e.ID), Version: e.Version, Data: e}
}

// write stores changes with what happened.
func write(ctx context.Context, store Store, access *tenant.Access, r *event.Receipt, c Changes, facts ...tenant.Fact) error {
	commit, err := access.Commit(r, facts...)
	if err != nil {
		return err
	}
	return store.Write(ctx, c, commit)
}

// Get reads an endpoint.
func (s *Service) Get(ctx context.Context, id ID) (e Endpoint, err error) {
	access, err := s.gate.Read(ctx, "webhook.get")
	if err != nil {
		return Endpoint{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Endpoint{}, err
	}
	return s.store.Get(ctx, id)
}

// List reads a page of endpoints.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Endpoint], err error) {
	access, err := s.gate.Read(ctx, "webhook.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(entity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Endpoint, error) { return s.store.List(ctx, q, w) },
		func(e Endpoint) string { return string(e.ID) })
}

// All iterates over all endpoints of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Endpoint, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Endpoint], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}
