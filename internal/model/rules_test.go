package model

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// rules are the model: what the library promises, written down once more in
// plain maps. They use its types to hold data, and none of its code.
type rules struct {
	now     time.Time
	tenants map[string]*realm
	// order are the tenants' ids in the order of their making, people the users'.
	order, people []string
	// receipts are those of the operator's commands.
	receipts map[string]receipt
	ids      map[string]bool
	plant    *plant
	failing  string
	// refused are the events that the watcher has given up on, for the time.
	refused map[*happening]bool
	// budget is how many more commits the background makes before its process
	// dies; negative is no bound.
	budget int
	// found is what the answer shows of resources, whose ids are learned from it.
	found made
	// delivery and cause are the event that is being handled, reason why.
	delivery string
	cause    *happening
	reason   string
	// asked are the events that asked for what resources should be, in whose name
	// the worker works.
	asked     map[string]*happening
	complaint string
}

// realm is everything of one tenant.
type realm struct {
	tenant    tenant.Tenant
	users     map[string]*tenant.User
	roles     map[string]*tenant.Role // by name
	customers map[string]*customer.Customer
	products  map[string]*catalog.Product
	orders    map[string]*order.Order
	resources map[string]*resource.Resource
	clusters  map[string]*resource.Cluster
	networks  map[string]*resource.Network
	instances map[string]*resource.Instance
	live      int64
	receipts  map[string]receipt
	// events are all, in the order in which they happened, streams those of one
	// service.
	events  []*happening
	streams map[string][]*happening
	lanes   map[string]*lane
	letters []letter
	handled map[string]bool
}

// receipt is of a keyed command.
type receipt struct{ body, id string }

// happening is an event, of which the id is learned when it is first seen.
type happening struct {
	event event.Event
	cause *happening
}

// letter is a dead letter.
type letter struct {
	of                    *happening
	subscription, service string
	at                    time.Time
}

// lane is how far a subscription has come in a stream.
type lane struct{ position, attempts int }

func newRules() *rules {
	return &rules{
		tenants: map[string]*realm{}, receipts: map[string]receipt{}, ids: map[string]bool{},
		plant: newPlant(), refused: map[*happening]bool{}, asked: map[string]*happening{}, budget: -1,
	}
}

func newRealm(t tenant.Tenant) *realm {
	return &realm{
		tenant: t, users: map[string]*tenant.User{}, roles: map[string]*tenant.Role{},
		customers: map[string]*customer.Customer{}, products: map[string]*catalog.Product{},
		orders: map[string]*order.Order{}, resources: map[string]*resource.Resource{},
		clusters: map[string]*resource.Cluster{}, networks: map[string]*resource.Network{},
		instances: map[string]*resource.Instance{}, receipts: map[string]receipt{},
		streams: map[string][]*happening{}, lanes: map[string]*lane{}, handled: map[string]bool{},
	}
}

// complain notes that an answer cannot be.
func (r *rules) complain(about string) {
	if r.complaint == "" {
		r.complaint = about
	}
}

func (r *rules) complained() error {
	if r.complaint == "" {
		return nil
	}
	return errors.New(r.complaint)
}

var idPattern = regexp.MustCompile(`^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$`)

// learn takes an id from an answer. It must be new, and of its kind.
func (r *rules) learn(prefix, id string) string {
	switch {
	case id == "": // there was no answer, which is told elsewhere
	case !idPattern.MatchString(id) || !strings.HasPrefix(id, prefix+"_"):
		r.complain("not an id of " + prefix + ": " + id)
	case r.ids[id]:
		r.complain("an id for the second time: " + id)
	}
	r.ids[id] = true
	return id
}

// admit is the gate: whose data it is, and whether who asks may.
func (r *rules) admit(by who, operation string, write bool) (*realm, *refusal) {
	if by.kind == 0 || by.tenant == "" {
		return nil, refuse(fault.ErrNoScope)
	}
	in := r.tenants[string(by.tenant)]
	if in == nil {
		return nil, refuse(fault.ErrNotFound)
	}
	if by.user != "" {
		u := in.users[by.user]
		if u == nil || u.Status != tenant.UserActive || !in.allowed(u, operation) {
			return nil, refuse(fault.ErrForbidden)
		}
	}
	status := in.tenant.Status
	switch {
	case by.kind == scope.KindSystem:
	case status == tenant.Archived && (write || by.kind != scope.KindOperator), status == tenant.Suspended && write:
		return nil, refuse(fault.ErrSuspended)
	}
	return in, nil
}

// allowed says whether a user's roles allow an operation.
func (in *realm) allowed(u *tenant.User, operation string) bool {
	for _, name := range u.Roles {
		for _, p := range in.roles[name].Permissions {
			family, _ := strings.CutSuffix(string(p), "*")
			if string(p) == operation || family != string(p) && strings.HasPrefix(operation, family) {
				return true
			}
		}
	}
	return false
}

// onlyOperator is the gate of what only the operator may do.
func onlyOperator(by who) *refusal {
	switch by.kind {
	case 0:
		return refuse(fault.ErrNoScope)
	case scope.KindOperator:
		return nil
	default:
		return refuse(fault.ErrForbidden)
	}
}

// keyed is a command that happens once for a key: do says what it does or why
// it cannot, load reads what it did the first time.
func keyed[T any](
	receipts map[string]receipt, operation, key string, draft any,
	do func() (func() (string, T), *refusal), load func(id string) (T, *refusal),
) (none T, _ *refusal) {
	apply, no := do()
	kept, repeated := receipts[operation+" "+key]
	repeated = repeated && key != ""
	switch {
	case no == nil && !repeated:
		id, made := apply()
		if key != "" {
			receipts[operation+" "+key] = receipt{body: text(draft), id: id}
		}
		return made, nil
	case !repeated, no != nil && (no.kind == fault.ErrNoScope || no.kind == fault.ErrForbidden):
		return none, no
	case kept.body != text(draft):
		return none, refuse(fault.ErrKeyReused)
	default:
		return load(kept.id)
	}
}

// receiptsOf are those of a scope's tenant.
func (r *rules) receiptsOf(by who) map[string]receipt {
	if in := r.tenants[string(by.tenant)]; in != nil {
		return in.receipts
	}
	return nil
}

// happened adds an event.
func (in *realm) happened(r *rules, by who, service, name, subject string, version int64, data any) *happening {
	body, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	h := &happening{event: event.Event{
		Service: service, Tenant: in.tenant.ID, Type: "platforma." + service + "." + name + ".v1", Subject: subject,
		Version: version, Time: r.now, Actor: by.actor(), Reason: r.reason, Data: body,
	}, cause: r.cause}
	if name == "requested" {
		r.asked[subject] = h
	}
	in.events = append(in.events, h)
	in.streams[service] = append(in.streams[service], h)
	return h
}

// conflicts says whether a version that the caller saw is not the present one.
func conflicts(seen, present int64) bool { return seen != 0 && seen != present }

// version is the version that a command's caller saw of an entity.
func version(c command, present int64) int64 {
	switch {
	case c.Seen == 0:
		return 0
	case c.Seen == seenPresent:
		return max(1, present)
	case present > 1:
		return present - 1
	default:
		return present + 5
	}
}

// sorted are the values of a map by their keys.
func sorted[V any](all map[string]V) []V {
	var list []V
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[key])
	}
	return list
}

// choose is the id of an entity of a kind by its number in a command.
func choose[V any](w *world, c command, n int, prefix string, of func(*realm) map[string]V) string {
	var own, others []string
	in := w.tenant(c.In)
	for _, id := range w.rules.order {
		ids := slices.Sorted(maps.Keys(of(w.rules.tenants[id])))
		if id == in {
			own = ids
		} else {
			others = append(others, ids...)
		}
	}
	return pick(n, prefix, own, others)
}

// user is the id of a user by its number, whatever tenant is theirs.
func (r *rules) user(n int) string {
	if n >= len(r.people) {
		return nobody("usr")
	}
	return r.people[n]
}

// get reads an entity of the scope's tenant.
func get[V any](r *rules, by who, operation, prefix, id string, of func(*realm) map[string]*V) (none V, _ *refusal) {
	in, no := r.admit(by, operation, false)
	if no != nil {
		return none, no
	}
	if !idPattern.MatchString(id) {
		return none, refuse(fault.ErrInvalid, "id")
	}
	v := of(in)[id]
	if v == nil {
		return none, refuse(fault.ErrNotFound)
	}
	return *v, nil
}

// present is the version of an entity in its scope's tenant, 0 where there is
// none.
func present[V any](w *world, c command, id string, of func(*realm) map[string]*V, version func(*V) int64) int64 {
	in := w.rules.tenants[w.tenant(c.In)]
	if in == nil || of(in)[id] == nil {
		return 0
	}
	return version(of(in)[id])
}

func byID[T any](id func(T) string) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(id(a), id(b)) }
}
