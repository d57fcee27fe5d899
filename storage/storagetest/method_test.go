package storagetest

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/storage"
)

// The rules of every method hold for every method: a store cannot get one that
// the table lacks, nor a driver a store.
func TestEveryMethodIsInTheTable(t *testing.T) {
	t.Parallel()
	ctx, commit := reflect.TypeFor[context.Context](), reflect.TypeFor[event.Commit]()
	want, got := map[string]bool{}, map[string]bool{}
	driver := reflect.TypeFor[storage.Driver]()
	for of := range driver.Methods() {
		if of.Name == "Close" {
			continue
		}
		for m := range of.Type.Out(0).Methods() {
			if m.Type.NumIn() == 0 || m.Type.In(0) != ctx {
				if m.Name != "Committed" {
					t.Errorf("%s.%s takes no context: which rules are tested for it?", of.Name, m.Name)
				}
				continue
			}
			want[of.Name+"."+m.Name] = m.Type.In(m.Type.NumIn()-1) == commit
		}
	}
	for _, m := range methods("") {
		name := m.store + "." + m.name
		if commits, seen := got[name]; seen && commits != m.commits() {
			t.Errorf("%s stores a commit in one variant only", name)
		}
		got[name] = m.commits()
	}
	if !maps.Equal(got, want) {
		t.Errorf("the table has %v\nthe stores have %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		for name, commits := range want {
			if in, seen := got[name]; !seen || in != commits {
				t.Errorf("%s: in the table: %t, storing a commit: %t, want %t", name, seen, in, commits)
			}
		}
	}
	var named []string
	for _, of := range stores {
		named = append(named, of.store)
	}
	for of := range driver.Methods() {
		if name := of.Name; name != "Close" && !slices.Contains(named, name) {
			t.Errorf("the driver's %s have no clauses", name)
		}
	}
}

func TestClausesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range Clauses() {
		if seen[c.Name] {
			t.Errorf("%q is the name of two clauses", c.Name)
		}
		seen[c.Name] = true
		if c.Rule == "" {
			t.Errorf("%q does not say what must hold, and why", c.Name)
		}
	}
}

// What tests aliasing must itself tell a copy from what is shared.
func TestScrambleReachesAllThatIsShared(t *testing.T) {
	t.Parallel()
	type leaf struct{ Bytes []byte }
	type tree struct {
		Map    map[string]leaf
		List   []leaf
		Next   *leaf
		Any    any
		number int
	}
	build := func() tree {
		return tree{
			Map: map[string]leaf{"a": {Bytes: []byte("m")}}, List: []leaf{{Bytes: []byte("l")}}, Next: &leaf{Bytes: []byte("n")},
			Any: leaf{Bytes: []byte("i")}, number: 7,
		}
	}
	original := build()
	copied := clone(original)
	if !reflect.DeepEqual(copied, build()) {
		t.Fatalf("the copy is %+v", copied)
	}
	inner := [][]byte{original.Map["a"].Bytes, original.List[0].Bytes, original.Next.Bytes, original.Any.(leaf).Bytes}
	scramble(original)
	if !reflect.DeepEqual(copied, build()) {
		t.Errorf("the copy shared something: %+v", copied)
	}
	for i, bytes := range inner {
		if bytes[0] != 0 {
			t.Errorf("scramble did not reach %d", i)
		}
	}
	if len(original.Map) != 2 || original.List[0].Bytes != nil || original.Next.Bytes != nil {
		t.Errorf("scramble left %+v", original)
	}
}
