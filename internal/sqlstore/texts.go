package sqlstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// bindTexts binds a map of texts, which nearly every row has one of, to a
// column of JSON. It reads and writes what encoding/json would, several times
// faster where the texts are plain, and leaves all else to it.
func bindTexts(p *map[string]string) binding {
	return binding{
		encode: func() (any, error) {
			if text, ok := appendTexts(nil, *p); ok {
				return string(text), nil
			}
			text, err := json.Marshal(*p)
			return string(text), err
		},
		decode: func(v Values, column int) error {
			text := v.Bytes(column)
			if plain, ok := plainTexts(text); ok {
				*p = plain
				return nil
			}
			*p = nil
			if err := json.Unmarshal(text, p); err != nil {
				return fmt.Errorf("a stored map cannot be read: %w", err)
			}
			return nil
		},
	}
}

// plainTexts reads an object of texts without an escape.
func plainTexts(text []byte) (map[string]string, bool) {
	if string(text) == "null" {
		return nil, true
	}
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' || bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
		return nil, false
	}
	rest := bytes.Trim(text[1:len(text)-1], " ")
	texts := make(map[string]string, bytes.Count(rest, []byte{','})+1)
	for len(rest) > 0 {
		key, after, ok := plainText(rest, ':')
		if !ok {
			return nil, false
		}
		value, after, ok := plainText(after, ',')
		if !ok {
			return nil, false
		}
		texts[string(key)] = string(value)
		rest = after
	}
	return texts, true
}

// plainText reads a quoted text and the mark behind it; the last text of an
// object has none.
func plainText(text []byte, mark byte) (plain, rest []byte, ok bool) {
	if len(text) < 2 || text[0] != '"' {
		return nil, nil, false
	}
	plain, rest, ok = bytes.Cut(text[1:], []byte{'"'})
	if !ok || slices.ContainsFunc(plain, control) {
		return nil, nil, false
	}
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) == 0 {
		return plain, nil, mark == ','
	}
	if rest[0] != mark {
		return nil, nil, false
	}
	rest = bytes.TrimLeft(rest[1:], " ")
	return plain, rest, len(rest) > 0
}

func control(b byte) bool { return b < ' ' }

// appendTexts writes a map whose texts need no escape, its keys in order.
func appendTexts(into []byte, texts map[string]string) ([]byte, bool) {
	if texts == nil {
		return append(into, "null"...), true
	}
	keys := make([]string, 0, len(texts))
	for key, value := range texts {
		if !plain(key) || !plain(value) {
			return nil, false
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	into = append(into, '{')
	for i, key := range keys {
		if i > 0 {
			into = append(into, ',')
		}
		into = append(into, '"')
		into = append(into, key...)
		into = append(into, `":"`...)
		into = append(into, texts[key]...)
		into = append(into, '"')
	}
	return append(into, '}'), true
}

// plain says whether a text is the same between the quotes of JSON, of Go, and
// of HTML.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
