package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/platforma/platforma/fault"
)

// The limits of an email address, in bytes of UTF-8 (RFC 5321 and 6531).
const (
	emailTotal = 254
	emailLocal = 64
	emailLabel = 63
)

// Email checks a required email address: local@domain and nothing around it,
// at most 254 bytes. It is stricter than RFC 5322, whose quoted local parts,
// comments and IP literals no customer has and many programs get wrong. The
// local part is words of letters, digits and !#$%&'*+-/=?^_`{|}~ joined by
// single dots, at most 64 bytes. The domain has a dot, and labels of letters,
// digits and inner hyphens. Letters of any script are welcome on both sides.
func Email(f *fault.Fields, path, value string) {
	if rule := emailRule(value); rule != "" {
		f.Add(path, "%s", rule)
	}
}

// EmailKey returns what the uniqueness of an address is decided by: the whole
// address in lower case. Servers may tell the case of a local part apart; in
// practice two people never differ by it, and one person does. A domain in its
// own script and the same in "xn--" form are two keys.
//
// An address that Email refuses is its own key, and so equals no other's.
// EmailKey of a key is that key.
func EmailKey(value string) string {
	if emailRule(value) != "" {
		return value
	}
	// Lower case can come apart into letter and mark where upper case has no
	// letter of its own: J with caron. The normal form puts them together.
	return norm.NFKC.String(strings.ToLower(value))
}

// emailRule returns the rule that an address breaks, or "".
func emailRule(value string) string {
	local, domain, found := strings.Cut(value, "@")
	switch {
	case value == "":
		return "must not be empty"
	case len(value) > emailTotal:
		return "must have at most 254 bytes"
	case !utf8.ValidString(value):
		return "must be valid UTF-8"
	case !found || strings.Contains(domain, "@"):
		return `must be an email address with one "@"`
	case len(local) > emailLocal:
		return `must have at most 64 bytes before the "@"`
	case !dotted(local, localWord):
		return `must have letters, digits and single dots before the "@"`
	case !strings.Contains(domain, ".") || !dotted(domain, label):
		return `must have a domain such as example.com after the "@"`
	case numeric(domain[strings.LastIndexByte(domain, '.')+1:]):
		return "must have a domain, not an IP address"
	case !norm.NFKC.IsNormalString(value) || strings.ContainsFunc(value, disguised):
		// A full-width letter or the Kelvin sign would be taken for the letter
		// that it looks like, by the domain name system or by EmailKey, and
		// one person could pass for another.
		return "must be in Unicode's normal form NFKC"
	}
	return ""
}

func dotted(text string, part func(string) bool) bool {
	for word := range strings.SplitSeq(text, ".") {
		if !part(word) {
			return false
		}
	}
	return true
}

func localWord(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !letterOrDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	})
}

// label is a part of a domain. One in an Indian script may well end with a
// mark, but none begins with it.
func label(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	return len(word) <= emailLabel && letterOrDigit(first) && last != '-' &&
		!strings.ContainsFunc(word, func(r rune) bool {
			return !letterOrDigit(r) && !unicode.IsMark(r) && r != '-'
		})
}

func numeric(word string) bool { return strings.Trim(word, "0123456789") == "" }

func letterOrDigit(r rune) bool {
	// The replacement character is not a letter, so an empty word has none.
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// disguised is a letter that is not ASCII but whose lower case is: the Turkish
// capital I with a dot.
func disguised(r rune) bool {
	return r >= utf8.RuneSelf && unicode.ToLower(r) < utf8.RuneSelf
}
