package sqlstore

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// plain reads JSON that is known to be of one shape and has no escapes, which
// is nearly all that is stored, several times faster than encoding/json, which
// is left all else.
type plain struct{ rest []byte }

// plainly begins to read a text. It is false for one with an escape, or that
// is not UTF-8.
func plainly(text []byte) (*plain, bool) {
	return &plain{text}, bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text)
}

// next takes a mark, with the spaces behind it. It is false, and takes nothing,
// where another comes.
func (p *plain) next(mark string) bool {
	if len(p.rest) < len(mark) || string(p.rest[:len(mark)]) != mark {
		return false
	}
	p.rest = bytes.TrimLeft(p.rest[len(mark):], " ")
	return true
}

// text takes a quoted text, with the spaces behind it.
func (p *plain) text() (string, bool) {
	if len(p.rest) == 0 || p.rest[0] != '"' {
		return "", false
	}
	text, rest, ok := bytes.Cut(p.rest[1:], []byte{'"'})
	if !ok || slices.ContainsFunc(text, func(b byte) bool { return b < ' ' }) {
		return "", false
	}
	p.rest = bytes.TrimLeft(rest, " ")
	return string(text), true
}

// member takes a named text of an object.
func (p *plain) member(mark string) (text string, ok bool) {
	if !p.next(mark) {
		return "", false
	}
	return p.text()
}

// end says that nothing is left.
func (p *plain) end() bool { return len(p.rest) == 0 }

// isPlain says whether a text is the same between quotes of JSON as it is.
// encoding/json escapes what HTML could take for its own, too.
func isPlain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
