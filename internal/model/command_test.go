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
	// whats and numbers are drawn where some are better than others; nil is all
	// up to the most.
	whats, numbers []int
	plan           func(w *world, c command) plan
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

// drawn has each kind as often as it weighs.
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
	tenantsDrawn  = weighted(map[int]int{0: 15, 1: 4, 2: 1, unknown: 1})
	actorsDrawn   = weighted(map[int]int{byHost: 24, 1: 2, 2: 1, 3: 1, byOperator: 1, bySystem: 1, byNobody: 1})
	entitiesDrawn = weighted(map[int]int{0: 18, 1: 6, 2: 4, 3: 2, 4: 1, foreign: 1, unknown: 1, malformed: 1})
	keysDrawn     = weighted(map[int]int{0: 4, 1: 2, 2: 1})
	versionsDrawn = weighted(map[int]int{0: 4, seenPresent: 2, seenOld: 1})
)

// commands draws one command.
func commands() *rapid.Generator[command] {
	return rapid.Custom(func(t *rapid.T) command {
		o := ops[one(t, "op", drawn)]
		pick := func(name string, wanted int, from []int) int {
			if wanted == 0 {
				return 0
			}
			return one(t, name, from)
		}
		return command{
			Op: o.name,
			In: pick("in", o.most.In, tenantsDrawn), By: pick("by", o.most.By, actorsDrawn),
			On: pick("on", o.most.On, entitiesDrawn), Of: pick("of", o.most.Of, entitiesDrawn),
			What: pick("what", o.most.What, orUpTo(o.whats, o.most.What)), N: pick("n", o.most.N, orUpTo(o.numbers, o.most.N)),
			Key: pick("key", o.most.Key, keysDrawn), Seen: pick("seen", o.most.Seen, versionsDrawn),
		}
	})
}

// one draws one of some. [rapid.SampledFrom] prefers those in front by far; here
// all are as likely.
func one[T any](t *rapid.T, name string, from []T) T {
	n := 0
	for range 12 {
		n *= 2
		if rapid.Bool().Draw(t, name) {
			n++
		}
	}
	return from[n%len(from)]
}

// weighted has each number as often as it weighs.
func weighted(weights map[int]int) (all []int) {
	for _, n := range slices.Sorted(maps.Keys(weights)) {
		all = append(all, slices.Repeat([]int{n}, weights[n])...)
	}
	return all
}

func orUpTo(given []int, most int) []int {
	if given != nil {
		return given
	}
	return upTo(most)
}

func upTo(most int) []int {
	all := make([]int, most+1)
	for i := range all {
		all[i] = i
	}
	return all
}

// sequences draws a list of commands, some fifty long. Each is drawn together
// with whether the list goes on, so that any can be left out.
func sequences() *rapid.Generator[[]command] {
	const most, hardly = 60, 100
	type link struct {
		last    bool
		command command
	}
	links := rapid.Custom(func(t *rapid.T) link {
		return link{last: one(t, "last", upTo(hardly)) == 0, command: commands().Draw(t, "command")}
	})
	return rapid.Custom(func(t *rapid.T) (all []command) {
		for range most {
			l := links.Draw(t, "link")
			if l.last {
				break
			}
			all = append(all, l.command)
		}
		return all
	})
}
