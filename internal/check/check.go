// Package check holds the rules that texts and maps obey in every domain, so
// that both databases refuse the same inputs: valid UTF-8, no NUL, bounded.
package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/platforma/platforma/fault"
)

// The limits of what a host may attach to an entity.
const (
	// MetadataEntries is how many keys metadata may have.
	MetadataEntries = 64
	// MetadataKey is how long a key may be, in characters.
	MetadataKey = 64
	// MetadataValue is how long a value may be, in characters.
	MetadataValue = 512
	// Key is how long an idempotency key may be, in characters.
	Key = 128
)

// Text checks an optional text: valid UTF-8, no control characters but tab
// and line feed, at most max characters, no space at its ends.
func Text(f *fault.Fields, path, value string, max int) {
	switch {
	case !utf8.ValidString(value):
		f.Add(path, "must be valid UTF-8")
	case strings.ContainsFunc(value, control):
		f.Add(path, "must not contain control characters")
	case utf8.RuneCountInString(value) > max:
		f.Add(path, "must have at most %d characters, has %d", max, utf8.RuneCountInString(value))
	case strings.TrimSpace(value) != value:
		f.Add(path, "must not begin or end with a space")
	}
}

// Required is Text for a text that must not be empty.
func Required(f *fault.Fields, path, value string, max int) {
	if value == "" {
		f.Add(path, "must not be empty")
		return
	}
	Text(f, path, value, max)
}

func control(r rune) bool {
	return r != '\t' && r != '\n' && unicode.IsControl(r)
}

var word = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// Word checks a required machine name: lower-case letters and digits, in
// parts joined by one ".", "_" or "-".
func Word(f *fault.Fields, path, value string, max int) {
	switch {
	case value == "":
		f.Add(path, "must not be empty")
	case len(value) > max:
		f.Add(path, "must have at most %d characters, has %d", max, len(value))
	case !word.MatchString(value):
		f.Add(path, `must be lower-case letters and digits, joined by single ".", "_" or "-"`)
	}
}

// Words checks a list of distinct machine names.
func Words(f *fault.Fields, path string, values []string, most, max int) {
	if len(values) > most {
		f.Add(path, "must have at most %d entries, has %d", most, len(values))
		return
	}
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		Word(f, at, value, max)
		if slices.Contains(values[:i], value) {
			f.Add(at, "must not be named twice")
		}
	}
}

// Metadata checks the host's own keys and values on an entity.
func Metadata(f *fault.Fields, path string, metadata map[string]string) {
	if len(metadata) > MetadataEntries {
		f.Add(path, "must have at most %d entries, has %d", MetadataEntries, len(metadata))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		Required(f, path+" key", key, MetadataKey)
		Text(f, path+"."+printable(key), metadata[key], MetadataValue)
	}
}

// printable makes a key fit to be part of a path: paths end up in logs.
func printable(key string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(key, "\uFFFD"))
}

// IdempotencyKey checks an optional idempotency key.
func IdempotencyKey(f *fault.Fields, key string) {
	Text(f, "key", key, Key)
}

// OneOf checks that a value is one of those listed.
func OneOf[T ~string](f *fault.Fields, path string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	f.Add(path, "must be one of %s", strings.Join(names, ", "))
}
