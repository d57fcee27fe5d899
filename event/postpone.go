package event

import "errors"

// Postpone says of a handler's error that it is not the event's fault: what
// every event needs, such as a broker, is away. The event is tried again after
// the relay's backoff, for as long as it takes, and those that wait for it wait
// on: such a failure does not count towards [RelayOptions].Attempts, so none
// becomes a dead letter of it. The error reads and unwraps as err does; of nil it
// is nil.
func Postpone(err error) error {
	if err == nil {
		return nil
	}
	return &postponed{err}
}

// Postponed says whether an error is one of [Postpone], or wraps one: for
// [RelayOptions].Observe, for example.
func Postponed(err error) bool {
	var p *postponed
	return errors.As(err, &p)
}

// postponed is the error of an event that is not at fault.
type postponed struct{ cause error }

func (p *postponed) Error() string { return p.cause.Error() }

func (p *postponed) Unwrap() error { return p.cause }
