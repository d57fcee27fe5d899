package resource

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/platforma/platforma/internal/clock"
)

// policy is when an action is tried again, and how often.
type policy struct {
	backoff, maxBackoff time.Duration
	maxTries            int
	// jitter is between 0 and 1.
	jitter func() float64
}

// delay is how long to wait after so many tries: twice as long each time, up
// to the longest, and of that between half and all.
func (p policy) delay(tries int) time.Duration {
	d := p.backoff
	for ; tries > 1 && d < p.maxBackoff; tries-- {
		d *= 2
	}
	d = min(d, p.maxBackoff)
	return d/2 + time.Duration(p.jitter()*float64(d/2))
}

// poll is how long to wait before an accepted action is observed again: a
// quarter of the time that it has been waited for already.
func (p policy) poll(waited time.Duration) time.Duration {
	return min(max(waited/4, p.backoff), p.maxBackoff)
}

// settle is what becomes of a resource by the outcome of its action, and the
// name of what happened.
func (r *Resource) settle(o Outcome, now time.Time, p policy) (string, error) {
	if err := checkWord(o.ExternalID, o.Network); err != nil {
		o = Outcome{Result: refused(o.Result), Reason: "the provisioner's answer cannot be stored: " + err.Error()}
	}
	if o.ExternalID != "" {
		r.ExternalID = o.ExternalID
	}
	if o.Network != nil {
		r.Network = r.Network.merge(*o.Network)
	}
	switch o.Result {
	case Done:
		return r.complete(o.stopped, now)
	case Failed:
		return EventFailed, r.fail(o.Reason, now)
	case Accepted:
		r.Phase, r.Reason = PhaseAccepted, ""
		r.postpone(now, max(o.After, p.backoff))
		return EventUpdated, nil
	case Retry:
		r.Phase = PhaseRequested
	default:
		r.Phase = PhaseUnknown
	}
	if r.Tries >= p.maxTries {
		return EventFailed, r.fail(gaveUp(r.Tries, o.Reason), now)
	}
	r.Reason = tidy(o.Reason)
	r.postpone(now, max(o.After, p.delay(r.Tries)))
	r.arrange(now)
	return EventUpdated, nil
}

// refused is the result of an answer that cannot be stored. Nothing is known
// of what was not known before; all else is not what was asked for.
func refused(r Result) Result {
	if r == Retry || r == Unknown || r == "" {
		return r
	}
	return Failed
}

// longest is how far ahead a back end may put the next try.
const longest = 24 * time.Hour

func (r *Resource) postpone(now time.Time, d time.Duration) {
	due := clock.Truncate(now.Add(min(d, longest)))
	r.DueAt = &due
}

// again tries the action under way once more, for it is known not to have
// happened.
func (r *Resource) again(now time.Time) {
	r.Phase, r.DueAt = PhaseRequested, &now
	r.arrange(now)
}

// complete is what becomes of it when its action is done. What was created can
// be found switched off already.
func (r *Resource) complete(stopped bool, now time.Time) (string, error) {
	event, name := eventProvisioned, EventProvisioned
	switch r.Action {
	case ActionTerminate:
		return EventTerminated, r.terminated(now)
	case ActionStart:
		event, name = eventStart, EventStarted
	case ActionStop:
		event, name = eventStop, EventStopped
	case ActionCreate:
	}
	status, err := Lifecycle().Next(r.Status, event)
	if err == nil && event == eventProvisioned && stopped {
		status, err = Lifecycle().Next(status, eventStop)
	}
	if err != nil {
		return "", err
	}
	r.Status, r.Reason = status, ""
	r.Action, r.Tries, r.Phase = "", 0, PhaseAtRest
	r.arrange(now)
	return name, nil
}

// tidy makes a back end's reason fit to be kept.
func tidy(reason string) string {
	reason = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(reason, "\uFFFD")))
	if utf8.RuneCountInString(reason) > maxReason {
		reason = strings.TrimSpace(string([]rune(reason)[:maxReason-1])) + "…"
	}
	return reason
}
