package sqlstore

import (
	"strings"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

// Statement is the text of a statement, and what its failures mean.
type Statement struct {
	// SQL is the text, with placeholders $1, $2, …
	SQL string
	// One demands that the statement changes exactly one row; another number is
	// fault.ErrConflict. The text for PostgreSQL raises by itself.
	One bool

	uniques []Unique
	foreign *fault.Error
	missing *fault.Error
}

// Unique is a constraint of a table that keeps values unique.
type Unique struct {
	// Name is the constraint's name.
	Name string
	// Fault is the error of a value that is taken.
	Fault *fault.Error
	// Probe selects a row if the arguments of the refused statement, those
	// whose numbers are in Args, are taken. It serves databases that do not say
	// which constraint refused; empty means that no other constraint can have.
	Probe string
	Args  []int
}

// Uniques are the constraints that a statement can break.
func (s *Statement) Uniques() []Unique { return s.uniques }

// Broken is which kind of rule of the database a statement broke.
type Broken uint8

// The kinds of rules.
const (
	// BrokenUnique: a value is taken.
	BrokenUnique Broken = iota + 1
	// BrokenReference: what is referred to is not there, or what is deleted is
	// referred to.
	BrokenReference
	// BrokenCheck: a value that the domain should have refused.
	BrokenCheck
	// BrokenExpectation: not exactly one row was changed.
	BrokenExpectation
)

// Refusal returns the error of a statement that broke a rule; name is that of
// the constraint.
func (s *Statement) Refusal(rule Broken, name string) error {
	switch rule {
	case BrokenUnique:
		for _, u := range s.uniques {
			if u.Name == name {
				return u.Fault
			}
		}
		return &fault.Error{Kind: fault.ErrExists}
	case BrokenReference:
		if s.foreign != nil {
			return s.foreign
		}
		return fault.New(fault.ErrConflict, "what it refers to is not there any more")
	case BrokenExpectation:
		if s.missing != nil {
			return s.missing
		}
		return &fault.Error{Kind: fault.ErrConflict}
	default:
		return fault.New(fault.ErrInvalid, "the database refused a value by its rule "+name)
	}
}

// taken is the error of a value that must be unique.
func taken(entity, path string) *fault.Error {
	return &fault.Error{
		Entity: entity, Kind: fault.ErrExists, Fields: []fault.Field{{Path: path, Rule: "is taken"}},
	}
}

var (
	errRepeated  = &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
	errDelivered = &fault.Error{Kind: fault.ErrExists, Err: event.ErrDelivered}
)

// one returns a statement that must change exactly one row. On PostgreSQL,
// where steps run in one batch, the statement counts for itself and raises.
func (d *Database) one(sql string) *Statement {
	if d.sqlite() {
		return &Statement{SQL: sql, One: true}
	}
	var b strings.Builder
	b.WriteString("WITH changed AS (")
	b.WriteString(sql)
	b.WriteString(" RETURNING 1) SELECT platforma.expect_one(count(*)) FROM changed")
	return &Statement{SQL: b.String(), One: true}
}

// withUniques returns the statement with the constraints that it can break.
func (s *Statement) withUniques(uniques ...Unique) *Statement {
	s.uniques = append(s.uniques, uniques...)
	return s
}

// withForeign returns the statement with what a broken reference means.
func (s *Statement) withForeign(e *fault.Error) *Statement {
	s.foreign = e
	return s
}

// withMissing returns the statement with what it means that there was no row
// to change; the default is fault.ErrConflict.
func (s *Statement) withMissing(e *fault.Error) *Statement {
	s.missing = e
	return s
}
