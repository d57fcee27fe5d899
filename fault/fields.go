package fault

import "fmt"

// Fields collects the offending fields of an input, so that a refusal names
// all of them at once. The zero value is ready to use.
type Fields struct {
	prefix string
	found  *[]Field
}

// Add names an offending field and the rule that it broke; rule and args are
// as in fmt.Sprintf.
func (f *Fields) Add(path, rule string, args ...any) {
	if f.found == nil {
		f.found = new([]Field)
	}
	if len(args) > 0 {
		rule = fmt.Sprintf(rule, args...)
	}
	*f.found = append(*f.found, Field{Path: join(f.prefix, path), Rule: rule})
}

// In returns a collector for the fields below a path; what it collects is
// collected here.
func (f *Fields) In(path string) *Fields {
	if f.found == nil {
		f.found = new([]Field)
	}
	return &Fields{prefix: join(f.prefix, path), found: f.found}
}

// At is In for an element of a list.
func (f *Fields) At(path string, index int) *Fields {
	return f.In(fmt.Sprintf("%s[%d]", path, index))
}

// Empty says whether nothing was found.
func (f *Fields) Empty() bool { return f.found == nil || len(*f.found) == 0 }

// All returns what was found, in the order of finding.
func (f *Fields) All() []Field {
	if f.found == nil {
		return nil
	}
	return *f.found
}

// Err returns an [ErrInvalid] naming every field found, or nil.
func (f *Fields) Err(op, entity, id string) error {
	if f.Empty() {
		return nil
	}
	return &Error{Op: op, Entity: entity, ID: id, Kind: ErrInvalid, Fields: f.All()}
}

func join(prefix, path string) string {
	switch {
	case prefix == "":
		return path
	case path == "" || path[0] == '[':
		return prefix + path
	default:
		return prefix + "." + path
	}
}
