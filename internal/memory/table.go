package memory

import (
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

// kind is what a table knows of its entities.
type kind[E any] struct {
	entity string
	// id points at where an entity says whose it is; the scope decides that.
	id      func(*E) (owner *tenant.ID, id string, version int64)
	uniques []unique[E]
	// valid refuses what is no state of the entity; nil refuses nothing.
	valid func(E) bool
	// gone entities are not found any more; nil is none.
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
	return &table[ID, E]{s, k, map[tenant.ID]map[string]E{}}
}

func (t *table[ID, E]) Create(ctx context.Context, e E, c event.Commit) error {
	return t.write(ctx, c, func(s *step) error { return t.add(s, s.tenant, e, c.Terms) })
}

func (t *table[ID, E]) Save(ctx context.Context, e E, c event.Commit) error {
	return t.write(ctx, c, func(s *step) error { return t.replace(s, s.tenant, e, c.Terms) })
}

func (t *table[ID, E]) Get(ctx context.Context, id ID) (E, error) {
	return within(ctx, t.database, func(of tenant.ID) (E, error) {
		e, there := t.rows[of][string(id)]
		return t.found(copied(e), there)
	})
}

func (t *table[ID, E]) found(e E, there bool) (none E, _ error) {
	if !there || t.gone != nil && t.gone(e) {
		return none, &fault.Error{Entity: t.entity, Kind: fault.ErrNotFound}
	}
	return e, nil
}

// one reads the entity that is wanted.
func (t *table[ID, E]) one(ctx context.Context, wanted func(E) bool) (E, error) {
	return within(ctx, t.database, func(of tenant.ID) (none E, _ error) {
		for _, e := range t.all(of, wanted) {
			return e, nil
		}
		return t.found(none, false)
	})
}

// list reads the entities of a window that are wanted.
func (t *table[ID, E]) list(ctx context.Context, w page.Window, wanted func(E) bool) ([]E, error) {
	return within(ctx, t.database, func(of tenant.ID) ([]E, error) { return t.window(of, w, wanted), nil })
}

// all are the entities that are wanted, by id.
func (t *table[ID, E]) all(of tenant.ID, wanted func(E) bool) []E {
	return t.window(of, page.Window{Limit: math.MaxInt}, wanted)
}

func (t *table[ID, E]) window(of tenant.ID, w page.Window, wanted func(E) bool) []E {
	return window(w, t.rows[of], func(e E) bool { return (t.gone == nil || !t.gone(e)) && wanted(e) })
}

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

// add stores a new entity.
func (t *table[ID, E]) add(s *step, of tenant.ID, e E, terms []page.Term) error {
	_, id, _ := t.id(&e)
	if _, there := t.rows[of][id]; there {
		return taken(t.entity, "id")
	}
	return t.set(s, of, e, terms)
}

// replace stores an entity over its version before.
func (t *table[ID, E]) replace(s *step, of tenant.ID, e E, terms []page.Term) error {
	_, id, version := t.id(&e)
	stored, there := t.rows[of][id]
	if _, _, before := t.id(&stored); !there || before != version-1 {
		return &fault.Error{Entity: t.entity, Kind: fault.ErrConflict}
	}
	return t.set(s, of, e, terms)
}

func (t *table[ID, E]) set(s *step, of tenant.ID, e E, terms []page.Term) error {
	owner, id, version := t.id(&e)
	if version < 1 || t.valid != nil && !t.valid(e) {
		return &fault.Error{Entity: t.entity, Kind: fault.ErrInvalid}
	}
	for _, u := range t.uniques {
		for other, stored := range t.rows[of] {
			if value := u.of(e); other != id && value != nil && value == u.of(stored) {
				return taken(t.entity, u.path)
			}
		}
	}
	if t.rows[of] == nil {
		t.rows[of] = map[string]E{}
	}
	*owner = s.tenant
	put(s, t.rows[of], id, copied(e))
	put(s, t.terms, key{string(of), t.name, id}, slices.Clone(terms))
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
