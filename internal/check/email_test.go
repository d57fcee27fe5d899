package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

func refusal(value string) []fault.Field {
	var f fault.Fields
	check.Email(&f, "email", value)
	return f.All()
}

func TestEmailAccepts(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"ada@example.com", "Ada.Lovelace@Example.COM", "a@b.co", "ada+cloud@example.co.uk", "o'brien@example.ie",
		"x_y-z@sub.domain.example", "!#$%&'*+-/=?^_`{|}~@example.com", "1@2.example", "ada@1and1.com", "a-@example.com",
		"ada@xn--bcher-kva.example", "müller@bücher.example", "用户@例子.公司", "ユーザー@例え.テスト", "संपर्क@डाटामेल.भारत",
		"δοκιμή@παράδειγμα.ελ", "иван@пример.рф",
		strings.Repeat("a", 64) + "@example.com", "a@" + strings.Repeat("b", 63) + ".com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 61) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 63),
	} {
		require.Empty(t, refusal(value), "%q", value)
	}
}

func TestEmailRefuses(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"", "ada", "@", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@b@example.com",
		" ada@example.com", "ada@example.com ", "ada lovelace@example.com", "ada@exam ple.com", "ada@example.com\n",
		"Ada <ada@example.com>", "<ada@example.com>", "ada@example.com (Ada)", "ada@example.com,bob@example.com",
		`"ada"@example.com`, `a"b@example.com`, `a\b@example.com`, "a:b@example.com", "a;b@example.com", "a(b)@example.com",
		".ada@example.com", "ada.@example.com", "ada..l@example.com", "ada@.example.com", "ada@example.com.", "ada@example..com",
		"ada@-example.com", "ada@example-.com", "ada@exam_ple.com", "ada@exam+ple.com",
		"ada@[127.0.0.1]", "ada@127.0.0.1", "ada@example.123", "ada@[IPv6:::1]",
		"ada\x00@example.com", "ada\t@example.com", "ad\xffa@example.com", "ada@exam\xffple.com", "ad\u200ba@example.com",
		"a\ufffdb@example.com",
		"ada@example。com", "ada😀@example.com", "ada@\u0301example.com",
		"u\u0308ber@example.com", "mi\u212Ae@example.com", "ada@ｅxample.com", "ﬁ@example.com", "\u0130@example.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b", 64) + ".com",
		strings.Repeat("ü", 33) + "@example.com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 62) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 63),
		strings.Repeat("a@", 1<<20),
	} {
		fields := refusal(value)
		require.Len(t, fields, 1, "%.60q", value)
		require.Equal(t, "email", fields[0].Path)
		require.True(t, strings.HasPrefix(fields[0].Rule, "must "), fields[0].Rule)
		require.Equal(t, value, check.EmailKey(value), "a refused address is its own key")
	}
}

func TestEmailRulesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for value, word := range map[string]string{
		"": "empty", "ada": `one "@"`, "ada..l@example.com": `before the "@"`, "ada@example": `after the "@"`,
		"ada@10.0.0.1": "IP address", "a@b@example.com": `one "@"`, "ad\xffa@example.com": "UTF-8", strings.Repeat("a", 300): "254 bytes",
		"u\u0308ber@example.com": "NFKC", strings.Repeat("a", 65) + "@example.com": "64 bytes",
	} {
		require.Contains(t, refusal(value)[0].Rule, word, "%q", value)
	}
}

func TestEmailKeyIsTheLowerCase(t *testing.T) {
	t.Parallel()
	for value, key := range map[string]string{
		"Ada@Example.COM": "ada@example.com", "ada@example.com": "ada@example.com",
		"MÜLLER@Bücher.example": "müller@bücher.example", "ИВАН@пример.рф": "иван@пример.рф",
		"J\u030C@example.com": "\u01F0@example.com",
		"ada+x@example.com":   "ada+x@example.com", "a.da@gmail.com": "a.da@gmail.com",
	} {
		require.Equal(t, key, check.EmailKey(value))
		require.Equal(t, key, check.EmailKey(key))
	}
}

func FuzzEmail(f *testing.F) {
	for _, value := range []string{
		"ada@example.com", "MÜLLER@Bücher.example", "J\u030C@example.com", "\u212A@example.com", "ada@[::1]", "\xff@\xff.\xff",
		strings.Repeat("Ⱥ", 30) + "@" + strings.Repeat("Ⱥ", 30) + ".com", "", "@", "Σ@ΣΣ.com",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key := check.EmailKey(value)
		require.Equal(t, key, check.EmailKey(key), "idempotent")
		if refusal(value) != nil {
			require.Equal(t, value, key)
			return
		}
		require.Equal(t, 1, strings.Count(key, "@"))
		if lower := strings.ToLower(value); refusal(lower) == nil {
			require.Equal(t, key, check.EmailKey(lower), "case does not matter")
		}
		ascii := func(text string) bool {
			return !strings.ContainsFunc(text, func(r rune) bool { return r > 127 })
		}
		require.Equal(t, ascii(value), ascii(key), "nothing else turns into plain letters")
	})
}

func ExampleEmail() {
	var f fault.Fields
	check.Email(&f, "email", "Ada <ada@example.com>")
	fmt.Println(f.All()[0].Path, f.All()[0].Rule)
	fmt.Println(check.EmailKey("Ada@Example.com"))
	// Output:
	// email must have letters, digits and single dots before the "@"
	// ada@example.com
}
