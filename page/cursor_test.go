package page

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

const someKey = "ord_01h455vb4pex5vsknk084sn02q"

func bound(t testing.TB, query any) string {
	t.Helper()
	mark, err := fingerprint(query)
	require.NoError(t, err)
	return mark
}

func TestGarbageIsNoCursor(t *testing.T) {
	t.Parallel()
	mark := bound(t, "q")
	good := encode(someKey, mark)
	require.Equal(t, string(good), strings.Map(func(r rune) rune {
		if strings.ContainsRune("+/=&?# ", r) {
			return -1
		}
		return r
	}, string(good)), "a cursor goes into an address as it is")
	for _, cursor := range []Cursor{
		"x", "garbage", "!", " ", "ord_01h455vb4pex5vsknk084sn02q", "\x00", "\xff", good + "=", good + "!", " " + good,
		good[1:], good[:3], Cursor(strings.Repeat("A", 1<<20)),
		encode("", mark), encode(someKey, ""), encode(someKey, bound(t, "another")),
		Cursor(base64.RawURLEncoding.EncodeToString([]byte(someKey + mark))),
	} {
		_, err := List(t.Context(), Request{After: cursor}, "q", func(context.Context, Window) ([]string, error) {
			t.Errorf("the store was asked with %.60q", cursor)
			return nil, nil
		}, func(key string) string { return key })
		require.ErrorIs(t, err, fault.ErrInvalid, "%.60q", cursor)
	}
}

func FuzzCursor(f *testing.F) {
	mark := bound(f, "q")
	for _, cursor := range []Cursor{
		"", "garbage", encode(someKey, mark), encode("", mark), encode(someKey, bound(f, "another")), encode("\x00\xff", mark),
	} {
		f.Add(string(cursor), someKey)
	}
	f.Fuzz(func(t *testing.T, cursor, key string) {
		if got, ok := decode(Cursor(cursor), mark); ok {
			require.NotEmpty(t, got)
			again, ok := decode(encode(got, mark), mark)
			require.True(t, ok)
			require.Equal(t, got, again)
		}
		got, ok := decode(encode(key, mark), mark)
		require.Equal(t, key != "", ok)
		require.Equal(t, key, got)
		require.True(t, utf8.ValidString(string(encode(key, mark))))
		_, ok = decode(encode(key, mark), bound(t, "another"))
		require.False(t, ok)
	})
}
