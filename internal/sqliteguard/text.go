package sqliteguard

import (
	"regexp"
	"strings"
)

// text is what is known of the text of a statement; the zero value is one that
// is not declared.
type text struct {
	declared bool
	// target is the table it writes to, if it does.
	target string
	// plain says that it names no other base table, so that what it reads of one
	// is what SQLite needs to find the rows.
	plain bool
}

var targets = regexp.MustCompile(`(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE(?: OR \w+)?|DELETE FROM) main\."?(\w+)"?`)

// explaining is what asks SQLite for a plan of the text behind it, which is
// compiled for that and not run.
const explaining = "EXPLAIN QUERY PLAN "

// Declared are texts that a connection runs although they write, or begin and
// end a transaction.
type Declared struct{ texts map[string]text }

// Declare declares texts. A connection runs no other text that writes: the
// conditions of an update look at a base table's rows before a trigger does, so
// that one that somebody makes up could ask for the rows of other tenants by
// failing.
func Declare(texts ...string) Declared {
	d := Declared{texts: map[string]text{}}
	for _, one := range texts {
		known := text{declared: true, plain: strings.Count(one, "main.") == 1}
		if m := targets.FindStringSubmatch(one); m != nil {
			known.target = m[1]
		}
		d.texts[one] = known
	}
	return d
}

// of returns what is known of a text.
func (d Declared) of(query string) text { return d.texts[strings.TrimPrefix(query, explaining)] }
