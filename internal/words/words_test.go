package words_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/internal/words"
)

func TestFoldForgetsCaseAndAccents(t *testing.T) {
	t.Parallel()
	for text, folded := range map[string]string{
		"": "", "Ada Lovelace": "ada lovelace", "Élodie": "elodie", "E\u0301lodie": "elodie", "Ünï": "uni", "ÅNGSTRÖM": "angstrom",
		"\u212Bngstr\u00F6m": "angstrom", "İstanbul": "istanbul", "Жёлудь": "желудь", "ΆΛΦΑ": "αλφα", "ﬁn": "fin",
		"Ｗｉｄｅ": "wide", "x²": "x2",
		"Łódź": "łodz", "東京": "東京", "Straße": "straße",
	} {
		require.Equal(t, folded, words.Fold(text), text)
	}
}

func TestOfTakesTextsApart(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		texts, want []string
	}{
		{nil, nil},
		{[]string{"", " ", "-!?"}, nil},
		{[]string{"Ada Lovelace", "Analytical Engines Ltd."}, []string{"ada", "analytical", "engines", "lovelace", "ltd"}},
		{[]string{"Zoë", "zoe", "ZOE zoé"}, []string{"zoe"}},
		{[]string{"O'Hara-Söhne & Co_2"}, []string{"2", "co", "hara", "o", "sohne"}},
		{[]string{"tab\tline\nno\u00A0break"}, []string{"break", "line", "no", "tab"}},
		{[]string{"東京 タワー"}, []string{"タワー", "東京"}},
	} {
		got := words.Of(row.texts...)
		require.ElementsMatch(t, row.want, got, "%q", row.texts)
		require.True(t, slices.IsSorted(got))
	}
}

func TestWordsAreWordsAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, more := rapid.String().Draw(t, "text"), rapid.String().Draw(t, "more")
		all := words.Of(text, more)
		require.True(t, slices.IsSorted(all))
		require.Equal(t, slices.Compact(slices.Clone(all)), all)
		require.Equal(t, all, words.Of(text+" "+more), "how the texts are cut does not matter")
		for _, word := range all {
			require.NotEmpty(t, word)
			require.False(t, strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		}
	})
}

func ExampleOf() {
	fmt.Println(words.Of("Élodie O'Hara", "Söhne & Co."))
	// Output: [co elodie hara o sohne]
}
