package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// node is a schema as it is read.
type node = map[string]any

// rule says which change of a keyword breaks who reads: what is sent under the
// new schema must be what the old one promises. A reader ignores properties that
// it does not know; nothing else may be more than it was.
type rule struct {
	keyword string
	// says is the rule, for people.
	says string
	// broken is given the keyword's values, nil where there is none.
	broken func(c *comparison, path string, old, present any)
}

// rules are all. A keyword that is none of them is one more promise, such as a
// pattern or a format: it may come, but neither change nor go.
func rules() []rule {
	return []rule{
		{"properties", "a property does not go away, not under another name either; new ones may come", properties},
		{"required", "what is always there stays so; what is there sometimes may be there always", required},
		{"type", "a value is of the types that it was of, or of fewer: null may go, and not come", typed},
		{"enum", "the values are the same: one more surprises who told all apart, one less is waited for", enumerated},
		{"items", "what is in a list keeps to these rules too", below},
		{"additionalProperties", "what is in a map keeps to these rules too", below},
		{"anyOf", "the alternatives are the same, and each keeps to these rules", alternatives},
		{"oneOf", "the alternatives are the same, and each keeps to these rules", alternatives},
	}
}

// annotations are for people.
var annotations = []string{"description", "title", "$id", "$schema", "$defs", "$comment", "$ref"}

// Break is a change that breaks who reads.
type Break struct{ Type, Path, What string }

func (b Break) String() string { return fmt.Sprintf("%s %s: %s", b.Type, b.Path, b.What) }

// Breaks are the changes between published schemas and the present ones that
// break who reads. A type does not go away; new ones may come. What has to
// change otherwise is a new version of the type.
func Breaks(published, present map[string][]byte) ([]Break, error) {
	var all []Break
	for _, name := range Types(published) {
		text, there := present[name]
		if !there {
			all = append(all, Break{name, "", "the type is gone"})
			continue
		}
		c := &comparison{name: name}
		if err := c.read(published[name], text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c.compare("", c.old, c.present)
		all = append(all, c.breaks...)
	}
	return all, nil
}

// comparison is that of a type's schemas.
type comparison struct {
	name         string
	old, present node
	breaks       []Break
}

func (c *comparison) read(old, present []byte) error {
	if err := json.Unmarshal(old, &c.old); err != nil {
		return err
	}
	return json.Unmarshal(present, &c.present)
}

func (c *comparison) broken(path, what string, values ...any) {
	c.breaks = append(c.breaks, Break{c.name, path, fmt.Sprintf(what, values...)})
}

// compare compares two schemas at a path of the data.
func (c *comparison) compare(path string, old, present node) {
	old, present = plain(c.old, old), plain(c.present, present)
	known := slices.Clone(annotations)
	for _, r := range rules() {
		known = append(known, r.keyword)
		r.broken(c, path, old[r.keyword], present[r.keyword])
	}
	for _, keyword := range slices.Sorted(maps.Keys(old)) {
		if !slices.Contains(known, keyword) && !reflect.DeepEqual(old[keyword], present[keyword]) {
			c.broken(path, "%s was %v and is %v", keyword, old[keyword], present[keyword])
		}
	}
}

// plain is a schema without a reference, and with null among its types.
func plain(document, schema node) node {
	if ref, ok := schema["$ref"].(string); ok {
		definitions, _ := document["$defs"].(node)
		definition, _ := definitions[strings.TrimPrefix(ref, "#/$defs/")].(node)
		return plain(document, definition)
	}
	either, _ := schema["anyOf"].([]any)
	if len(either) == 2 && reflect.DeepEqual(either[1], node{"type": "null"}) {
		value, _ := either[0].(node)
		merged := maps.Clone(plain(document, value))
		if one, ok := merged["type"].(string); ok {
			merged["type"] = []any{one, "null"}
			return merged
		}
	}
	return schema
}

func properties(c *comparison, path string, old, present any) {
	before, _ := old.(node)
	now, _ := present.(node)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		was, _ := before[name].(node)
		is, there := now[name].(node)
		if !there {
			c.broken(path+"/"+name, "the property is gone")
			continue
		}
		c.compare(path+"/"+name, was, is)
	}
}

func required(c *comparison, path string, old, present any) {
	for _, name := range list(old) {
		if !slices.Contains(list(present), name) {
			c.broken(path+"/"+fmt.Sprint(name), "it is not always there any more")
		}
	}
}

func typed(c *comparison, path string, old, present any) {
	before, now := list(old), list(present)
	if len(before) == 0 {
		return
	}
	if len(now) == 0 || slices.ContainsFunc(now, func(t any) bool { return !slices.Contains(before, t) }) {
		c.broken(path, "the type was %v and is %v", before, now)
	}
}

func enumerated(c *comparison, path string, old, present any) {
	before, now := list(old), list(present)
	if len(before) == 0 {
		return
	}
	for _, value := range now {
		if !slices.Contains(before, value) {
			c.broken(path, "%q is a new value", value)
		}
	}
	for _, value := range before {
		if !slices.Contains(now, value) {
			c.broken(path, "%q is no value any more", value)
		}
	}
}

func below(c *comparison, path string, old, present any) {
	was, there := old.(node)
	if !there {
		return
	}
	is, there := present.(node)
	if !there {
		c.broken(path+"/*", "it can be anything now")
		return
	}
	c.compare(path+"/*", was, is)
}

func alternatives(c *comparison, path string, old, present any) {
	before, now := list(old), list(present)
	if len(before) == 0 {
		return
	}
	if len(before) != len(now) {
		c.broken(path, "there were %d alternatives and are %d", len(before), len(now))
		return
	}
	for i := range before {
		was, _ := before[i].(node)
		is, _ := now[i].(node)
		c.compare(path, was, is)
	}
}

// list are the values of a keyword that has one or several.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}
