package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"syscall"
	"time"
)

// outcome is what came of a request.
type outcome struct {
	// status is the HTTP status of the answer, 0 where there was none.
	status int
	// failure says what went wrong, in words of this package's; empty is nothing.
	failure string
	// asked is how long the endpoint asked to wait.
	asked time.Duration
	took  time.Duration
	// interrupted says that the worker was told to end: nothing is known of the
	// endpoint.
	interrupted bool
}

// gone says that the endpoint wants to hear no more.
func (o outcome) gone() bool { return o.status == http.StatusGone }

// send makes the request of a delivery.
func (w *Worker) send(ctx context.Context, e Endpoint, d Delivery, secrets []Secret, now time.Time) (o outcome) {
	began := time.Now() //nolint:forbidigo // how long a request takes is no matter of the host's clock
	defer func() {
		o.took = time.Since(began)
	}()
	defer func() {
		if caught := recover(); caught != nil {
			w.options.Logger.LogAttrs(ctx, slog.LevelError, "webhook transport panicked", slog.String("tenant", string(d.TenantID)),
				slog.String("delivery", string(d.ID)), slog.String("stack", string(debug.Stack())))
			o = outcome{failure: "the request could not be made"}
		}
	}()
	within, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(within, http.MethodPost, e.URL, bytes.NewReader(d.Payload))
	if err == nil {
		request.Header.Set("Content-Type", ContentType)
		request.Header.Set("User-Agent", "platforma-webhooks/1")
		err = sign(request.Header, string(d.EventID), now, d.Payload, secrets)
	}
	if err != nil {
		return outcome{failure: "the request could not be made"}
	}
	response, err := w.client.Do(request)
	if err != nil {
		return outcome{failure: failureOf(err, w.options.Timeout), interrupted: ctx.Err() != nil}
	}
	defer response.Body.Close()
	// That the rest of the body does not come takes nothing from the answer.
	_, _ = io.CopyN(io.Discard, response.Body, maxBody)
	o = outcome{status: response.StatusCode, asked: retryAfter(response.StatusCode, response.Header, now)}
	switch {
	case o.status >= 200 && o.status < 300:
	case o.status >= 300 && o.status < 400:
		o.failure = fmt.Sprintf("answered %d, and redirects are not followed", o.status)
	default:
		o.failure = fmt.Sprintf("answered %d", o.status)
	}
	return o
}

// failureOf says in a few words why there was no answer. The error's own text
// has addresses in it, which can be of the host's network.
func failureOf(err error, timeout time.Duration) string {
	if errors.Is(err, errNotPublic) {
		return errNotPublic.Error()
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", timeout)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host's name cannot be resolved"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the host's certificate is not valid"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "the connection was refused"
	}
	return "the connection failed"
}
