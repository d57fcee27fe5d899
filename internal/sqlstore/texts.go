package sqlstore

import (
	"reflect"
	"slices"
)

// bindTexts binds a map of texts, which nearly every row has one of.
func bindTexts(field reflect.Value) binding {
	p := pointer[map[string]string](field)
	b := bindJSON(field)
	return binding{
		encode: func() (any, error) {
			if text, ok := appendTexts(nil, *p); ok {
				return string(text), nil
			}
			return b.encode()
		},
		decode: func(v Values, column int) (err error) {
			var ok bool
			if *p, ok = plainTexts(v.Bytes(column)); !ok {
				err = b.decode(v, column)
			}
			return err
		},
	}
}

// plainTexts reads an object of texts.
func plainTexts(text []byte) (map[string]string, bool) {
	if string(text) == "null" {
		return nil, true
	}
	p, ok := plainly(text)
	if !ok || !p.next("{") {
		return nil, false
	}
	texts := map[string]string{}
	if p.next("}") {
		return texts, p.end()
	}
	for {
		key, ok := p.text()
		if !ok {
			return nil, false
		}
		if texts[key], ok = p.member(":"); !ok {
			return nil, false
		}
		if p.next("}") {
			return texts, p.end()
		}
		if !p.next(",") {
			return nil, false
		}
	}
}

// appendTexts writes a map, its keys in order, if its texts are plain.
func appendTexts(into []byte, texts map[string]string) ([]byte, bool) {
	if texts == nil {
		return append(into, "null"...), true
	}
	keys := make([]string, 0, len(texts))
	for key, value := range texts {
		if !isPlain(key) || !isPlain(value) {
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
