package model

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// command is one step of a sequence. Its numbers choose among what there is
// when it runs, so that a sequence still means something when a part of it is
// left out.
type command struct {
	// Op is what is done.
	Op string
	// In is the tenant in whose scope it is done, By who does it.
	In, By int
	// On is the entity that it is done to, Of another one that it names.
	On, Of int
	// What is the variant of what is asked for, N a number in it.
	What, N int
	// Key is the idempotency key, Seen the version that the caller saw; 0 is none.
	Key, Seen int
}

// String writes the command as Go, so that a sequence that was found can be
// kept as a test.
func (c command) String() string {
	var b strings.Builder
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fmt.Fprintf(&b, ", %s: %#v", v.Type().Field(i).Name, v.Field(i).Interface())
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ", ") + "},"
}

// Who acts, in [command.By]. Other numbers are users, in the order in which they
// were made, whatever tenant is theirs.
const (
	byHost     = 0
	byOperator = 7
	bySystem   = 8
	byNobody   = 9
)

// Special numbers of entities, in [command.On] and [command.Of]. Others count
// the tenant's own, the newest first.
const (
	foreign   = 7 // another tenant's
	unknown   = 8 // nobody's
	malformed = 9 // no id at all
)

// Versions that the caller saw, in [command.Seen].
const (
	seenPresent = 1
	seenOld     = 2
)

// op is a kind of command.
type op struct {
	name   string
	weight int
	// most bounds the numbers of its commands; those that it does not look at
	// are 0.
	most command
	plan func(w *world, c command) plan
}

// ops are all kinds of commands, by name.
var ops = func() map[string]op {
	all := map[string]op{}
	for _, group := range [][]op{
		tenantOps(), userOps(), roleOps(), customerOps(), catalogOps(), orderOps(), clusterOps(), resourceOps(),
		backgroundOps(), letterOps(),
	} {
		for _, o := range group {
			if _, twice := all[o.name]; twice {
				panic("two kinds of commands are called " + o.name)
			}
			all[o.name] = o
		}
	}
	return all
}()

// drawn has each kind as often as it weighs. The first is what a sequence is
// cut down to, where it does not matter.
var drawn = func() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		for range ops[name].weight {
			names = append(names, name)
		}
	}
	return names
}()

// Some numbers are drawn more often than others.
var (
	tenantsDrawn  = []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, unknown}
	actorsDrawn   = []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, byOperator, bySystem, byNobody}
	entitiesDrawn = []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, foreign, unknown, malformed}
	keysDrawn     = []int{0, 0, 0, 1, 1, 2}
	versionsDrawn = []int{0, 0, 0, 1, 1, seenOld}
)

// commands draws one command.
func commands() *rapid.Generator[command] {
	return rapid.Custom(func(t *rapid.T) command {
		o := ops[rapid.SampledFrom(drawn).Draw(t, "op")]
		pick := func(name string, wanted int, from []int) int {
			if wanted == 0 {
				return 0
			}
			return rapid.SampledFrom(from).Draw(t, name)
		}
		number := func(name string, most int) int {
			if most == 0 {
				return 0
			}
			return rapid.SampledFrom(upTo(most)).Draw(t, name)
		}
		return command{
			Op: o.name,
			In: pick("in", o.most.In, tenantsDrawn), By: pick("by", o.most.By, actorsDrawn),
			On: pick("on", o.most.On, entitiesDrawn), Of: pick("of", o.most.Of, entitiesDrawn),
			What: number("what", o.most.What), N: number("n", o.most.N),
			Key: pick("key", o.most.Key, keysDrawn), Seen: pick("seen", o.most.Seen, versionsDrawn),
		}
	})
}

func upTo(most int) []int {
	all := make([]int, most+1)
	for i := range all {
		all[i] = i
	}
	return all
}

// sequences draws a list of commands. It begins with a tenant, without whom
// there is little to do.
func sequences(most int) *rapid.Generator[[]command] {
	return rapid.Custom(func(t *rapid.T) []command {
		return rapid.SliceOfN(commands(), most/2, most).Draw(t, "commands")
	})
}
