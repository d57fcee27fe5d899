package check_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// found runs a check and returns what it found, each as "path rule".
func found(run func(*fault.Fields)) []string {
	var f fault.Fields
	run(&f)
	all := []string{}
	for _, field := range f.All() {
		all = append(all, field.Path+" "+field.Rule)
	}
	return all
}

func TestText(t *testing.T) {
	t.Parallel()
	const ends = "must not begin or end with a space"
	for value, want := range map[string]string{
		"": "", "Ada": "", "two\nlines\tand a tab": "", "名名名名名名名名名名名名名名名名名名名名": "", "a\u00A0b": "", "👩‍🚀": "",
		strings.Repeat("a", 20): "", strings.Repeat("a", 21): "must have at most 20 characters, has 21",
		"\xff": "must be valid UTF-8", "a\xc3": "must be valid UTF-8", "\xed\xa0\x80": "must be valid UTF-8",
		"a\x00b": "must not contain control characters", "\x1b[1m": "must not contain control characters",
		"a\rb": "must not contain control characters", "a\u0085b": "must not contain control characters",
		"\x7f": "must not contain control characters",
		" a":   ends, "a ": ends, "a\n": ends, "\ta": ends, "\u00A0a": ends, " ": ends,
	} {
		expected := []string{}
		if want != "" {
			expected = append(expected, "name "+want)
		}
		require.Equal(t, expected, found(func(f *fault.Fields) { check.Text(f, "name", value, 20) }), "%q", value)
		if value == "" {
			expected = []string{"name must not be empty"}
		}
		require.Equal(t, expected, found(func(f *fault.Fields) { check.Required(f, "name", value, 20) }), "%q", value)
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"a", "0", "abc", "a-b", "a.b_c-d", "order.follows.resource", strings.Repeat("a", 24)} {
		require.Empty(t, found(func(f *fault.Fields) { check.Word(f, "name", value, 24) }), value)
	}
	const form = `must be lower-case letters and digits, joined by single ".", "_" or "-"`
	for value, rule := range map[string]string{
		"": "must not be empty", strings.Repeat("a", 25): "must have at most 24 characters, has 25",
		"A": form, "a b": form, " a": form, "a\n": form, "-a": form, "a-": form, "a--b": form, "a.-b": form, "_": form,
		"ä": form, "a\x00": form,
		"\xff": form, "*": form, "a/b": form,
	} {
		require.Equal(t, []string{"name " + rule}, found(func(f *fault.Fields) { check.Word(f, "name", value, 24) }), "%q", value)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	words := func(values ...string) []string {
		return found(func(f *fault.Fields) { check.Words(f, "regions", values, 3, 8) })
	}
	require.Empty(t, words())
	require.Empty(t, words("a", "b", "c"))
	require.Equal(t, []string{"regions must have at most 3 entries, has 4"}, words("a", "b", "c", "d"))
	require.Equal(t, []string{
		"regions[0] must not be empty", "regions[2] must have at most 8 characters, has 9",
	}, words("", "a", "waytoolong"[:9]))
	require.Equal(t, []string{"regions[1] must not be named twice", "regions[2] must not be named twice"}, words("a", "a", "a"))
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	metadata := func(m map[string]string) []string {
		before := maps.Clone(m)
		all := found(func(f *fault.Fields) { check.Metadata(f, "metadata", m) })
		require.Equal(t, before, m)
		return all
	}
	full := map[string]string{}
	for i := range check.MetadataEntries {
		full[fmt.Sprintf("k%d", i)] = strings.Repeat("ü", check.MetadataValue)
	}
	require.Empty(t, metadata(nil))
	require.Empty(t, metadata(full))
	require.Empty(t, metadata(map[string]string{"empty": "", "ключ": "значение", strings.Repeat("名", check.MetadataKey): "x"}))
	full["one more"] = ""
	require.Equal(t, []string{"metadata must have at most 64 entries, has 65"}, metadata(full))
	require.Equal(t, []string{
		"metadata key must not be empty",
		"metadata. must be valid UTF-8",
		"metadata key must not contain control characters",
		"metadata." + strings.Repeat("k", 5) + " must have at most 512 characters, has 513",
		"metadata key must have at most 64 characters, has 65",
		"metadata key must be valid UTF-8",
		"metadata.\uFFFD must not contain control characters",
	}, metadata(map[string]string{
		"": "\xff", "a\x00": "", "kkkkk": strings.Repeat("x", 513), strings.Repeat("l", 65): "", "\xff": "\x00",
	}))
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	key := func(value string) []string { return found(func(f *fault.Fields) { check.IdempotencyKey(f, value) }) }
	require.Empty(t, key(""))
	require.Empty(t, key(strings.Repeat("ü", check.Key)))
	require.Equal(t, []string{"key must have at most 128 characters, has 129"}, key(strings.Repeat("k", 129)))
	require.Equal(t, []string{"key must not contain control characters"}, key("a\x00"))
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	type status string
	one := func(value status) []string {
		return found(func(f *fault.Fields) { check.OneOf(f, "status", value, "active", "archived") })
	}
	require.Empty(t, one("active"))
	require.Empty(t, one("archived"))
	for _, value := range []status{"", "Active", "deleted", "active "} {
		require.Equal(t, []string{"status must be one of active, archived"}, one(value))
	}
}
