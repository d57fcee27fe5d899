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
	print, err := fingerprint(query)
	require.NoError(t, err)
	return print
}

func TestGarbageIsNoCursor(t *testing.T) {
	t.Parallel()
	print := bound(t, "q")
	good := encode(someKey, print)
	require.Equal(t, string(good), strings.Map(func(r rune) rune {
		if strings.ContainsRune("+/=&?# ", r) {
			return -1
		}
		return r
	}, string(good)), "a cursor goes into an address as it is")
	for _, cursor := range []Cursor{
		"x", "garbage", "!", " ", "ord_01h455vb4pex5vsknk084sn02q", "\x00", "\xff", good + "=", good + "!", " " + good,
		good[1:], good[:3], Cursor(strings.Repeat("A", 1<<20)),
		encode("", print), encode(someKey, ""), encode(someKey, bound(t, "another")),
		Cursor(base64.RawURLEncoding.EncodeToString([]byte(someKey + print))),
	} {
		_, err := List(t.Context(), Request{After: cursor}, "q", func(context.Context, Window) ([]string, error) {
			t.Errorf("the store was asked with %.60q", cursor)
			return nil, nil
		}, func(key string) string { return key })
		require.ErrorIs(t, err, fault.ErrInvalid, "%.60q", cursor)
	}
}

func FuzzCursor(f *testing.F) {
	print := bound(f, "q")
	for _, cursor := range []Cursor{
		"", "garbage", encode(someKey, print), encode("", print), encode(someKey, bound(f, "another")), encode("\x00\xff", print),
	} {
		f.Add(string(cursor), someKey)
	}
	f.Fuzz(func(t *testing.T, cursor, key string) {
		if got, ok := decode(Cursor(cursor), print); ok {
			require.NotEmpty(t, got)
			again, ok := decode(encode(got, print), print)
			require.True(t, ok)
			require.Equal(t, got, again)
		}
		got, ok := decode(encode(key, print), print)
		require.Equal(t, key != "", ok)
		require.Equal(t, key, got)
		require.True(t, utf8.ValidString(string(encode(key, print))))
		_, ok = decode(encode(key, print), bound(t, "another"))
		require.False(t, ok)
	})
}
