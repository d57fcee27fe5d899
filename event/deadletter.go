package event

import (
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/scope"
)

// DeadLetter is an event that a subscription could not handle and that was put
// aside, so that those after it go on.
type DeadLetter struct {
	Subscription string         `json:"subscription"`
	Service      string         `json:"service"`
	Tenant       scope.TenantID `json:"tenant_id"`
	Event        ID             `json:"event_id"`
	Attempts     int            `json:"attempts"`
	// Failure is the kind of the last error and what it says.
	Failure string    `json:"failure"`
	At      time.Time `json:"at"`
}

// Key names the dead letter in its tenant, and is its place in lists.
func (d DeadLetter) Key() string { return string(d.Event) + "/" + d.Subscription }

// check refuses what cannot be a dead letter with [fault.ErrInvalid], before a
// database is asked for it.
func (d DeadLetter) check(services []string) error {
	var f fault.Fields
	check.Word(&f, "subscription", d.Subscription, nameLength)
	check.OneOf(&f, "service", d.Service, services...)
	if _, err := ParseID(string(d.Event)); err != nil {
		f.Add("event_id", "must be an event's id")
	}
	return f.Err("", "dead letter", "")
}

// failureLength is how many characters of an error a dead letter keeps.
const failureLength = 2000

// failureOf is what an error says, as every database can keep it: a letter that
// cannot be stored would hold up its lane for ever.
func failureOf(err error) string {
	text := strings.Map(func(r rune) rune {
		if r == 0 {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "\uFFFD"))
	if runes := []rune(text); len(runes) > failureLength {
		text = string(runes[:failureLength-1]) + "…"
	}
	return text
}
