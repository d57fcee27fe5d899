package webhook

import (
	"log/slog"
	"net/http"
	"time"
)

// Options are how webhooks are kept and sent; nil means the defaults. A number
// that is not positive is the default.
type Options struct {
	// Schedule is how long to wait after each failed try before the next one; a
	// delivery is given up when the try after the last of them has failed. Up to a
	// tenth is added at random. Empty is [DefaultSchedule].
	Schedule []time.Duration
	// DisableAfter is how long an endpoint may fail, without a success between,
	// until it is disabled; five days.
	DisableAfter time.Duration
	// Timeout is how long one request may take, with the answer; 15 seconds.
	Timeout time.Duration
	// Concurrency is how many endpoints are sent to at once; 8.
	Concurrency int
	// PerEndpoint is how many requests are under way to one endpoint at once; 4.
	PerEndpoint int
	// Overlap is how long the former secret signs beside a new one; 24 hours.
	Overlap time.Duration
	// AllowPrivate lets endpoints have addresses that are not public, and any
	// port: for tests, and for hosts whose tenants are in their own network.
	AllowPrivate bool
	// AllowHTTP lets endpoints have URLs without TLS.
	AllowHTTP bool
	// Seal encrypts secrets before they are stored; nil stores them as they are,
	// where the service's own role alone reads them.
	Seal Sealer
	// Transport makes the requests in place of the package's own, which is what
	// keeps them from addresses that are not public: for tests alone.
	Transport http.RoundTripper
	// Logger is told of panics and of what was disabled, by ids; nil is silence.
	Logger *slog.Logger
}

// DefaultSchedule is the schedule that the Standard Webhooks specification
// gives as an example: with the first try, ten in about three days.
func DefaultSchedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

func (o *Options) withDefaults() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if len(options.Schedule) == 0 {
		options.Schedule = DefaultSchedule()
	}
	preset(&options.DisableAfter, 5*24*time.Hour)
	preset(&options.Timeout, 15*time.Second)
	preset(&options.Concurrency, 8)
	preset(&options.PerEndpoint, 4)
	preset(&options.Overlap, 24*time.Hour)
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return options
}

func preset[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
