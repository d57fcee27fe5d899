package webhook

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Endpoint is an address to which a tenant wants its events sent.
type Endpoint struct {
	ID       ID        `json:"id"`
	TenantID tenant.ID `json:"tenant_id"`
	// URL is where they are sent.
	URL string `json:"url"`
	// Types are the types of events that are wanted; one that ends in "*" is a
	// prefix. Empty is all.
	Types []string `json:"types,omitempty"`
	// Description is what people call it.
	Description string `json:"description"`
	Status      Status `json:"status"`
	// Reason says why it is disabled.
	Reason string `json:"reason,omitempty"`
	// Failures is how many tries have failed since the last one that did not. Like
	// FailingSince it is not in the version, for it changes with each try: an event
	// has both as they were read.
	Failures int64 `json:"failures"`
	// FailingSince is when the first of those tries ended.
	FailingSince *time.Time `json:"failing_since,omitempty"`
	Version      int64      `json:"version"`
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
	// DeletedAt is set in the event of a deletion; a deleted endpoint is not there
	// any more.
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

// Draft is an endpoint to be created.
type Draft struct {
	// URL is required: https, without a user or a fragment, at most 2,000
	// characters. Ports are 443 and those from 1024 on.
	URL string `json:"url"`
	// Types are the types of events that are wanted, as in
	// [event.Subscription]: one that ends in "*" is a prefix. At most 100, of at
	// most 200 characters; empty is all.
	Types []string `json:"types,omitempty"`
	// Description is at most 500 characters.
	Description string `json:"description,omitempty"`
	// Key is the optional idempotency key. A repeat of the command is answered
	// with the secret that the endpoint has by then.
	Key string `json:"-"`
}

// Change is what to change of an endpoint; a nil field stays as it is.
type Change struct {
	URL *string
	// Types replace all of them; an empty list wants all.
	Types       *[]string
	Description *string
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// Query filters a list of endpoints. The zero value is all of the tenant's.
type Query struct {
	page.Request
	// Status is the status that is wanted; empty is any.
	Status Status `json:"status,omitempty"`
}

// The limits of endpoints.
const (
	// MaxEndpoints is how many endpoints a tenant may have; each event looks at all
	// that are active.
	MaxEndpoints   = 50
	maxURL         = 2000
	maxTypes       = 100
	maxType        = 200
	maxDescription = 500
)

var wanted = regexp.MustCompile(`^([a-z0-9]+[._-])*([a-z0-9]*\*|[a-z0-9]+)$`)

// check names every field that breaks a rule.
func (e Endpoint) check(f *fault.Fields, allowed addresses) {
	allowed.checkURL(f, e.URL)
	check.Text(f, "description", e.Description, maxDescription)
	if len(e.Types) > maxTypes {
		f.Add("types", "must have at most %d entries, has %d", maxTypes, len(e.Types))
		return
	}
	for i, t := range e.Types {
		path := fmt.Sprintf("types[%d]", i)
		switch {
		case len(t) > maxType:
			f.Add(path, "must have at most %d characters, has %d", maxType, len(t))
		case !wanted.MatchString(t):
			f.Add(path, `must be a type of event, such as "platforma.order.placed.v1", or begin one and end in "*"`)
		case slices.Contains(e.Types[:i], t):
			f.Add(path, "must not be named twice")
		}
	}
}

// apply makes a change.
func (e *Endpoint) apply(change Change) {
	if change.URL != nil {
		e.URL = *change.URL
	}
	if change.Types != nil {
		e.Types = slices.Clone(*change.Types)
	}
	if change.Description != nil {
		e.Description = *change.Description
	}
	if len(e.Types) == 0 {
		e.Types = nil
	}
}

// hears says whether an event is one for this endpoint: it wants its type, and
// was there when it happened.
func (e Endpoint) hears(of event.Event) bool {
	return event.Wants(e.Types, of.Type) && !of.Time.Before(e.CreatedAt)
}

func (q Query) check() error {
	var f fault.Fields
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, Lifecycle().States...)
	}
	return f.Err("", "", "")
}
