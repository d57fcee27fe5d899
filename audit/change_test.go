package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/audit"
)

func TestChangesTellEachField(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, before, after string
		want                []audit.Change
	}{
		{"nothing", `{"a":1}`, `{"a":1}`, nil},
		{"nothing but white space and order", `{"a":1,"b":{"c":[]}}`, `{ "b":{"c":[]}, "a":1 }`, nil},
		{"a field", `{"a":1,"b":2}`, `{"a":1,"b":3}`, []audit.Change{{Path: "/b", Before: raw("2"), After: raw("3")}}},
		{"a field that comes", `{}`, `{"a":{"b":1}}`, []audit.Change{{Path: "/a", After: raw(`{"b":1}`)}}},
		{"a field that goes", `{"a":[1,2]}`, `{}`, []audit.Change{{Path: "/a", Before: raw(`[1,2]`)}}},
		{"null that becomes a value", `{"a":null}`, `{"a":{}}`, []audit.Change{{Path: "/a", Before: raw("null"), After: raw("{}")}}},
		{"deep", `{"a":{"b":{"c":1,"d":2}}}`, `{"a":{"b":{"c":1,"d":"2"}}}`, []audit.Change{{Path: "/a/b/d", Before: raw("2"), After: raw(`"2"`)}}},
		{
			"a list", `{"items":[{"s":"new"},{"s":"old"}]}`, `{"items":[{"s":"done"},{"s":"old"},{"s":"more"}]}`,
			[]audit.Change{
				{Path: "/items/0/s", Before: raw(`"new"`), After: raw(`"done"`)}, {Path: "/items/2", After: raw(`{"s":"more"}`)},
			},
		},
		{"a list that becomes an object", `{"a":[]}`, `{"a":{}}`, []audit.Change{{Path: "/a", Before: raw("[]"), After: raw("{}")}}},
		{"names that a pointer escapes", `{"a/b":{"~":1}}`, `{"a/b":{"~":2}}`, []audit.Change{{Path: "/a~1b/~0", Before: raw("1"), After: raw("2")}}},
		{"a number that is only exact as text", `{"a":9007199254740993}`, `{"a":9007199254740992}`, []audit.Change{
			{Path: "/a", Before: raw("9007199254740993"), After: raw("9007199254740992")},
		}},
		{"a first version", ``, `{"b":1,"a":null}`, []audit.Change{{Path: "/a", After: raw("null")}, {Path: "/b", After: raw("1")}}},
	} {
		require.Equal(t, row.want, audit.Entry{Before: raw(row.before), After: raw(row.after)}.Changes(), row.what)
	}
	require.Nil(t, audit.Entry{After: raw(`{"a":1}`), BeforeUnknown: true}.Changes(), "nothing is made up")
}

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// Whatever the values: there is no change of the same to the same, and all that
// is told has really changed.
func TestChangesOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := func(name string) json.RawMessage {
			text, err := json.Marshal(rapid.MapOf(rapid.StringMatching("[a-c/~]"), values(3)).Draw(t, name))
			require.NoError(t, err)
			return text
		}
		before, after := value("before"), value("after")
		require.Empty(t, audit.Entry{Before: before, After: before}.Changes())
		changes := audit.Entry{Before: before, After: after}.Changes()
		require.Equal(t, string(before) == string(after), len(changes) == 0)
		for _, c := range changes {
			require.NotEqual(t, string(c.Before), string(c.After), c.Path)
		}
	})
}

func values(depth int) *rapid.Generator[any] {
	all := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Int64Range(0, 3).AsAny(), rapid.StringMatching("[a-b]?").AsAny(), rapid.Bool().AsAny(),
	}
	if depth > 0 {
		all = append(all, rapid.SliceOfN(values(depth-1), 0, 3).AsAny(),
			rapid.MapOfN(rapid.StringMatching("[a-c/~]"), values(depth-1), 0, 3).AsAny())
	}
	return rapid.OneOf(all...)
}
