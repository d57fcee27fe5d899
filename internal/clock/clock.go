// Package clock keeps time as the databases keep it: in UTC, in microseconds.
package clock

import "time"

// Clock tells the time. Nil is the system's.
type Clock func() time.Time

// Now returns the time in UTC, truncated to microseconds, so that what was
// written and what is read back are equal.
func (c Clock) Now() time.Time {
	if c == nil {
		return Truncate(time.Now())
	}
	return Truncate(c())
}

// Truncate returns a time as the databases keep it.
func Truncate(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}
