package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is a field that is not as it was.
type Change struct {
	// Path leads to the field, as a JSON Pointer (RFC 6901): "/items/0/status".
	Path string `json:"path"`
	// Before and After are its values; nil is none, other than null.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Changes lists the fields that the entry's change has changed, in the order of
// their paths; of what is only there before or after it tells the whole value.
// The elements of lists are compared by their places. Of the first version all
// fields are new; where what was before is unknown, there is nothing to tell.
func (e Entry) Changes() []Change {
	if e.BeforeUnknown {
		return nil
	}
	before := e.Before
	if before == nil {
		before = json.RawMessage("{}")
	}
	return compare(nil, "", before, e.After)
}

// compare adds what differs between two values at a path.
func compare(changes []Change, path string, before, after json.RawMessage) []Change {
	if bytes.Equal(before, after) {
		return changes
	}
	if b, a, ok := both[map[string]json.RawMessage](before, after); ok {
		names := maps.Clone(b)
		maps.Copy(names, a)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			changes = compare(changes, path+"/"+escaped.Replace(name), b[name], a[name])
		}
		return changes
	}
	if b, a, ok := both[[]json.RawMessage](before, after); ok {
		for i := range max(len(b), len(a)) {
			changes = compare(changes, path+"/"+strconv.Itoa(i), at(b, i), at(a, i))
		}
		return changes
	}
	return append(changes, Change{Path: path, Before: before, After: after})
}

// escaped writes a name as a step of a JSON Pointer.
var escaped = strings.NewReplacer("~", "~0", "/", "~1")

// both reads two values of one kind.
func both[T map[string]json.RawMessage | []json.RawMessage](before, after json.RawMessage) (b, a T, ok bool) {
	if json.Unmarshal(before, &b) != nil || json.Unmarshal(after, &a) != nil || b == nil || a == nil {
		return nil, nil, false // null is of no kind
	}
	return b, a, true
}

func at(list []json.RawMessage, i int) json.RawMessage {
	if i < len(list) {
		return list[i]
	}
	return nil
}
