package memory

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// kind is what a table knows of its entities; what is nil has no say.
type kind[E any] struct {
	entity string
	// id points at where an entity says whose it is, which the scope decides.
	id      func(*E) (owner *tenant.ID, id string, version int64)
	uniques []unique[E]
	// valid refuses what is no state of the entity.
	valid func(E) bool
	// check refuses what does not fit to the rest of the tenant's, or to what is
	// stored, and keeps of that what never changes.
	check func(e *E, stored E) error
	// gone entities are not found any more.
	gone func(E) bool
}

// unique is a value that no two entities of a tenant have; nil is none.
type unique[E any] struct {
	path string
	of   func(E) any
}

// table keeps the entities of a kind by tenant and id. What is in it is
// replaced, but never changed.
type table[ID ~string, E any] struct {
	service
	kind[E]
	rows map[tenant.ID]map[string]E
}

func newTable[ID ~string, E any](s service, k kind[E]) *table[ID, E] {
	if k.valid == nil {
		k.valid = every[E]
	}
	if k.check == nil {
		k.check = func(*E, E) error { return nil }
	}
	if k.gone == nil {
		k.gone = func(E) bool { return false }
	}
	return &table[ID, E]{s, k, map[tenant.ID]map[string]E{}}
}

func (t *table[ID, E]) Create(ctx context.Context, e E, c event.Commit) error {
	return t.write(ctx, c, func(s *step) error { return t.set(s, s.tenant, e, isNew, c.Terms) })
}

func (t *table[ID, E]) Save(ctx context.Context, e E, c event.Commit) error {
	return t.write(ctx, c, func(s *step) error { return t.set(s, s.tenant, e, isNext, c.Terms) })
}

func (t *table[ID, E]) Get(ctx context.Context, id ID) (E, error) {
	return within(ctx, t.database, func(of tenant.ID) (none E, _ error) {
		e, err := look(t.entity, t.rows[of], string(id))
		if t.gone(e) {
			return none, missing(t.entity)
		}
		return e, err
	})
}

// look reads what a map has under a key.
func look[K comparable, V any](entity string, m map[K]V, k K) (V, error) {
	v, there := m[k]
	if !there {
		return v, missing(entity)
	}
	return copied(v), nil
}

func missing(entity string) error { return &fault.Error{Entity: entity, Kind: fault.ErrNotFound} }

// one reads the entity that is wanted.
func (t *table[ID, E]) one(ctx context.Context, wanted func(E) bool) (E, error) {
	found, err := t.list(ctx, page.Window{Limit: 1}, wanted)
	if err != nil || len(found) == 0 {
		return *new(E), cmp.Or(err, missing(t.entity))
	}
	return found[0], nil
}

// list reads the entities of a window that are wanted.
func (t *table[ID, E]) list(ctx context.Context, w page.Window, wanted func(E) bool) ([]E, error) {
	return within(ctx, t.database, func(of tenant.ID) ([]E, error) { return t.window(of, w, wanted), nil })
}

// all are the entities of a tenant that are wanted, by id.
func (t *table[ID, E]) all(of tenant.ID, wanted func(E) bool) []E {
	return t.window(of, everything, wanted)
}

func (t *table[ID, E]) window(of tenant.ID, w page.Window, wanted func(E) bool) []E {
	return window(w, t.rows[of], func(e E) bool { return !t.gone(e) && wanted(e) })
}

var everything = page.Window{Limit: math.MaxInt}

func window[E any](w page.Window, rows map[string]E, wanted func(E) bool) (found []E) {
	ids := slices.Sorted(maps.Keys(rows))
	if w.Newest {
		slices.Reverse(ids)
	}
	for _, id := range ids {
		past := w.After == "" || id > w.After && !w.Newest || id < w.After && w.Newest
		if past && len(found) < w.Limit && wanted(rows[id]) {
			found = append(found, copied(rows[id]))
		}
	}
	return found
}

const (
	isNew  = true
	isNext = false // the version after the stored one
)

// set stores an entity and what it is found by.
func (t *table[ID, E]) set(s *step, of tenant.ID, e E, created bool, terms []page.Term) error {
	e = copied(e)
	owner, id, version := t.id(&e)
	stored, there := t.rows[of][id]
	_, _, before := t.id(&stored)
	switch {
	case created && there:
		return taken(t.entity, "id")
	case !created && (!there || before != version-1):
		return &fault.Error{Entity: t.entity, Kind: fault.ErrConflict}
	case version < 1 || !t.valid(e):
		return &fault.Error{Entity: t.entity, Kind: fault.ErrInvalid}
	}
	*owner = s.tenant
	if err := cmp.Or(t.unique(of, id, e), t.check(&e, stored)); err != nil {
		return err
	}
	if t.rows[of] == nil {
		t.rows[of] = map[string]E{}
	}
	put(s, t.rows[of], id, e)
	put(s, t.terms, key{string(of), t.name, id}, slices.Clone(terms))
	return nil
}

// unique refuses an entity with a value that another one has.
func (t *table[ID, E]) unique(of tenant.ID, id string, e E) error {
	for _, u := range t.uniques {
		for other, row := range t.rows[of] {
			if value := u.of(e); other != id && value != nil && value == u.of(row) {
				return taken(t.entity, u.path)
			}
		}
	}
	return nil
}

func taken(entity, path string) error {
	return &fault.Error{Entity: entity, Kind: fault.ErrExists, Fields: []fault.Field{{Path: path, Rule: "is taken"}}}
}

// has says that an entity is found by all the terms.
func (t *table[ID, E]) has(e E, matches []page.Match) bool {
	owner, id, _ := t.id(&e)
	terms := t.terms[key{string(*owner), t.name, id}]
	return !slices.ContainsFunc(matches, func(m page.Match) bool {
		return !slices.ContainsFunc(terms, func(t page.Term) bool {
			return t == m.Term || m.Prefix && t.Key == m.Key && strings.HasPrefix(t.Value, m.Value)
		})
	})
}

// is says that a filter, which may be empty, lets a value through.
func is[S ~string](filter, value S) bool { return filter == "" || filter == value }

func every[E any](E) bool { return true }
