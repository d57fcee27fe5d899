package webhook

import (
	"net/http"
	"strconv"
	"time"

	"github.com/platforma/platforma/internal/clock"
)

// policy is when a delivery is tried again, and how often.
type policy struct {
	schedule []time.Duration
	// jitter is between 0 and 1.
	jitter func() float64
}

// longest is how far ahead an endpoint may put the next try.
const longest = 24 * time.Hour

// tries is how often a delivery is tried.
func (p policy) tries() int { return len(p.schedule) + 1 }

// next is when the try after so many comes, and false where there is none. What
// the endpoint asked for comes before the schedule, unless it is sooner.
func (p policy) next(now time.Time, tries int, asked time.Duration) (time.Time, bool) {
	if tries >= p.tries() {
		return time.Time{}, false
	}
	wait := p.schedule[max(tries, 1)-1]
	wait += time.Duration(p.jitter() * float64(wait) / 10)
	return clock.Truncate(now.Add(max(wait, min(asked, longest)))), true
}

// retryAfter is how long an answer asks to wait: in seconds, or until a time.
func retryAfter(status int, h http.Header, now time.Time) time.Duration {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, until.Sub(now))
}
