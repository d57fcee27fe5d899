package webhook_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

func TestADelivery(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	h.hear(t, h.happened(0))
	h.pass(time.Minute)
	h.work(t)
	got := h.requests()
	require.Len(t, got, 1)
	require.Equal(t, "https://hooks.example.com/in", got[0].url)
	require.Equal(t, "application/cloudevents+json", got[0].header.Get("Content-Type"))
	require.Equal(t, string(h.happened(0).ID), got[0].header.Get("Webhook-Id"))
	require.Equal(t, "1767323105", got[0].header.Get("Webhook-Timestamp"), "the time of the try")
	require.NoError(t, webhook.Verify(got[0].header, []byte(got[0].body), []webhook.Secret{made.Secret}, 0, h.clock()))

	d := h.deliveries(t)[0]
	require.Equal(t, webhook.DeliveryDelivered, d.Status)
	require.Nil(t, d.DueAt)
	require.Equal(t, h.clock(), *d.DeliveredAt)
	require.Equal(t, 1, d.Tries)
	one, err := h.Delivery(h.ctx, d.ID)
	require.NoError(t, err)
	require.Equal(t, d, one)
	a := h.attempts(t)
	require.Len(t, a, 1)
	require.Equal(t, 204, a[0].StatusCode)
	require.Empty(t, a[0].Error)
	require.Equal(t, h.clock(), *a[0].FinishedAt)
	require.Equal(t, d.ID, a[0].DeliveryID)
	h.pass(24 * time.Hour)
	h.work(t)
	require.Len(t, h.requests(), 1)
}

// fails are the ways in which a request fails, and what the log says of each.
func TestWhatFailsIsToldInOurWords(t *testing.T) {
	t.Parallel()
	secretly := func(err error) func(*http.Request, received) (int, http.Header, error) {
		return func(*http.Request, received) (int, http.Header, error) { return 0, nil, err }
	}
	for want, answer := range map[string]func(*http.Request, received) (int, http.Header, error){
		"answered 500": answers(500),
		"answered 404": answers(404),
		"answered 302, and redirects are not followed": func(*http.Request, received) (int, http.Header, error) {
			return 302, http.Header{"Location": {"https://169.254.169.254/"}}, nil
		},
		"no answer within 15s":               secretly(context.DeadlineExceeded),
		"the host's name cannot be resolved": secretly(&net.DNSError{Name: "intern.example.com", Err: "SECRET", IsNotFound: true}),
		"the connection was refused":         secretly(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
		"the connection failed":              secretly(errors.New("SECRET 10.1.2.3")),
		"the request could not be made":      func(*http.Request, received) (int, http.Header, error) { panic("SECRET") },
	} {
		h := open(t, nil)
		h.answer = answer
		made := h.create(t)
		h.hear(t, h.happened(0))
		h.work(t)
		require.Len(t, h.requests(), 1, want)
		d := h.deliveries(t)[0]
		require.Equal(t, webhook.DeliveryPending, d.Status, want)
		require.Equal(t, want, d.Reason)
		require.Equal(t, want, h.attempts(t)[0].Error)
		require.NotContains(t, h.log.String(), "10.1.2.3")
		got, err := h.Get(h.ctx, made.ID)
		require.NoError(t, err)
		require.Equal(t, int64(1), got.Failures)
		require.Equal(t, h.clock(), *got.FailingSince)
		require.Equal(t, int64(1), got.Version, "that it fails is no change of it")
	}
}

func TestTheSchedule(t *testing.T) {
	t.Parallel()
	h := open(t, &webhook.Options{DisableAfter: 1000 * time.Hour})
	h.answer = answers(500)
	h.create(t)
	h.hear(t, h.happened(0))
	h.work(t)
	for i, wait := range webhook.DefaultSchedule() {
		d := h.deliveries(t)[0]
		require.Equal(t, i+1, d.Tries)
		pause := d.DueAt.Sub(h.clock())
		require.GreaterOrEqual(t, pause, wait)
		require.LessOrEqual(t, pause, wait+wait/10)
		h.pass(pause - time.Microsecond)
		h.work(t)
		require.Len(t, h.requests(), i+1, "not before it is due")
		h.pass(time.Microsecond)
		h.work(t)
		require.Len(t, h.requests(), i+2)
	}
	d := h.deliveries(t)[0]
	require.Equal(t, webhook.DeliveryFailed, d.Status)
	require.Equal(t, "given up after 10 tries: answered 500", d.Reason)
	require.Nil(t, d.DueAt)
	require.Len(t, h.attempts(t), 10)
	for _, r := range h.requests() {
		require.Equal(t, h.requests()[0].header.Get("Webhook-Id"), r.header.Get("Webhook-Id"))
		require.Equal(t, h.requests()[0].body, r.body)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		after  string
		want   time.Duration
	}{
		{429, "60", time.Minute}, {503, "60", time.Minute}, {500, "60", 5 * time.Second}, {429, "1", 5 * time.Second},
		{429, "", 5 * time.Second}, {429, "soon", 5 * time.Second}, {429, "-5", 5 * time.Second}, {429, "999999999", 24 * time.Hour},
		{503, "Fri, 02 Jan 2026 03:14:05 GMT", 10 * time.Minute}, {503, "Fri, 02 Jan 2020 03:14:05 GMT", 5 * time.Second},
		{503, "99999999999999999999", 5 * time.Second},
	} {
		h := open(t, nil)
		h.answer = func(*http.Request, received) (int, http.Header, error) {
			return row.status, http.Header{"Retry-After": {row.after}}, nil
		}
		h.create(t)
		h.hear(t, h.happened(0))
		h.work(t)
		pause := h.deliveries(t)[0].DueAt.Sub(h.clock())
		require.GreaterOrEqual(t, pause, row.want, "%+v", row)
		require.LessOrEqual(t, pause, row.want+row.want/10, "%+v", row)
	}
}

func TestAnEndpointThatIsGoneIsDisabled(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	h.answer = answers(410)
	h.hear(t, h.happened(0))
	h.work(t)
	got, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.StatusDisabled, got.Status)
	require.Equal(t, "the endpoint answered 410: it is gone", got.Reason)
	require.Equal(t, webhook.DeliveryFailed, h.deliveries(t)[0].Status)
	require.Equal(t, "platforma.webhook.endpoint.disabled.v1", h.events(t)[1])
	h.hear(t, h.happened(1))
	require.Len(t, h.deliveries(t), 1, "it hears of nothing any more")

	h.answer = nil
	resumed, err := h.Resume(h.ctx, made.ID)
	require.NoError(t, err)
	require.Empty(t, resumed.Reason)
	require.Zero(t, resumed.Failures)
	stored, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, resumed, stored)
	n, err := h.ResendFailed(h.ctx, made.ID, h.clock())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	h.work(t)
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[0].Status)
}

func TestAnEndpointThatFailsForTooLongIsDisabled(t *testing.T) {
	t.Parallel()
	h := open(t, &webhook.Options{DisableAfter: time.Hour, Schedule: slices.Repeat([]time.Duration{20 * time.Minute}, 20)})
	made := h.create(t)
	fail := func(want webhook.Status, n int) {
		t.Helper()
		h.hear(t, h.happened(n))
		h.work(t)
		got, err := h.Get(h.ctx, made.ID)
		require.NoError(t, err)
		require.Equal(t, want, got.Status)
	}
	h.answer = answers(500)
	fail(webhook.StatusActive, 0)
	h.pass(time.Hour - time.Microsecond)
	h.answer = nil
	fail(webhook.StatusActive, 1) // both arrive, and it begins anew
	got, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Zero(t, got.Failures)
	require.Nil(t, got.FailingSince)
	h.answer = answers(500)
	fail(webhook.StatusActive, 2)
	h.pass(time.Hour - time.Microsecond)
	fail(webhook.StatusActive, 3)
	h.pass(time.Microsecond)
	fail(webhook.StatusDisabled, 4)
	got, err = h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, "every try has failed since 2026-01-02T04:04:04Z; the last one: answered 500", got.Reason)
	require.Contains(t, h.log.String(), "webhook endpoint disabled")

	// What is pending stays, and goes on when somebody resumes it.
	h.pass(24 * time.Hour)
	sent := len(h.requests())
	h.work(t)
	require.Len(t, h.requests(), sent)
	_, pending, err := h.worker.Pending(t.Context(), true)
	require.NoError(t, err)
	require.False(t, pending, "nobody waits for it")
	h.answer = nil
	_, err = h.Resume(h.ctx, made.ID)
	require.NoError(t, err)
	h.work(t)
	for _, d := range h.deliveries(t) {
		require.Equal(t, webhook.DeliveryDelivered, d.Status)
	}
}

func TestWhatIsPausedWaits(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	h.hear(t, h.happened(0))
	_, err := h.Pause(h.ctx, made.ID)
	require.NoError(t, err)
	h.work(t)
	require.Empty(t, h.requests())
	_, err = h.Resume(h.ctx, made.ID)
	require.NoError(t, err)
	h.work(t)
	require.Len(t, h.requests(), 1)
}

func TestResend(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.create(t)
	h.hear(t, h.happened(0))
	h.work(t)
	d, err := h.Resend(h.ctx, h.deliveries(t)[0].ID)
	require.NoError(t, err)
	require.Equal(t, webhook.DeliveryPending, d.Status)
	require.Zero(t, d.Tries)
	h.work(t)
	all := h.requests()
	require.Len(t, all, 2)
	require.Equal(t, all[0].header.Get("Webhook-Id"), all[1].header.Get("Webhook-Id"))
	_, err = h.Resend(h.ctx, "dlv_00000000000000000000000000")
	require.ErrorIs(t, err, fault.ErrNotFound)
	_, err = h.Resend(h.ctx, "x")
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func TestResendFailedTakesThoseSinceATime(t *testing.T) {
	t.Parallel()
	h := open(t, &webhook.Options{Schedule: []time.Duration{time.Second}, DisableAfter: 1000 * time.Hour})
	made, other := h.create(t), h.create(t, "platforma.customer.*")
	h.answer = answers(500)
	var times []time.Time
	for n := range 4 {
		times = append(times, h.clock())
		h.hear(t, h.happened(n))
		h.work(t)
		h.pass(time.Minute)
		h.work(t)
	}
	n, err := h.ResendFailed(h.ctx, other.ID, times[0])
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = h.ResendFailed(h.ctx, made.ID, times[2])
	require.NoError(t, err)
	require.Equal(t, 2, n)
	var statuses []webhook.DeliveryStatus
	for _, d := range h.deliveries(t) {
		statuses = append(statuses, d.Status)
	}
	require.Equal(t, []webhook.DeliveryStatus{"failed", "failed", "pending", "pending"}, statuses)
	_, err = h.ResendFailed(h.ctx, "hook_00000000000000000000000000", times[0])
	require.ErrorIs(t, err, fault.ErrNotFound)
}

// A crash is a process that stores the try and never what came of it.
func TestATryThatTheProcessDidNotSurviveCounts(t *testing.T) {
	t.Parallel()
	h := open(t, &webhook.Options{Schedule: []time.Duration{time.Second, time.Second}})
	h.create(t)
	h.hear(t, h.happened(0))
	dying := &dies{Store: h.db.Webhooks()}
	gate := tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{Clock: h.clock})
	worker := webhook.NewWorker(dying, gate, &webhook.Options{
		Schedule: []time.Duration{time.Second, time.Second}, Transport: h,
	})
	for range 3 {
		_, err := worker.Step(t.Context(), false)
		require.ErrorIs(t, err, errDied)
		h.pass(2 * time.Minute) // until the lease is over
	}
	require.Len(t, h.requests(), 3)
	require.Equal(t, 3, h.deliveries(t)[0].Tries)
	h.work(t)
	require.Len(t, h.requests(), 3, "it comes to an end")
	d := h.deliveries(t)[0]
	require.Equal(t, webhook.DeliveryFailed, d.Status)
	require.Equal(t, "given up after 3 tries: the sender did not survive the last one", d.Reason)
	for _, a := range h.attempts(t) {
		require.Nil(t, a.FinishedAt)
	}
}

var errDied = errors.New("the process has died")

// dies is a store that a process loses while its requests are under way.
type dies struct{ webhook.Store }

func (d *dies) Write(ctx context.Context, c webhook.Changes, commit event.Commit) error {
	if len(c.Attempts) > 0 {
		return errDied
	}
	return d.Store.Write(ctx, c, commit)
}

func (d *dies) Release(context.Context, webhook.Claim, time.Duration) error { return errDied }

func TestTheWorkerIsToldToEnd(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	h.hear(t, h.happened(0))
	ctx, cancel := context.WithCancel(t.Context())
	h.answer = func(r *http.Request, _ received) (int, http.Header, error) {
		cancel()
		<-r.Context().Done()
		return 0, nil, r.Context().Err()
	}
	_, err := h.worker.Step(ctx, false)
	require.NoError(t, err)
	a := h.attempts(t)[0]
	require.Equal(t, "given up, for the sender was stopped", a.Error)
	got, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Zero(t, got.Failures, "of which the endpoint knows nothing")
	h.answer = nil
	h.work(t)
	require.Len(t, h.requests(), 2, "it is tried again at once")
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[0].Status)
}

// While a request is under way its delivery is sent again: what came of it is in
// the log alone.
func TestWhatIsResentMeanwhileIsTriedAnew(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.create(t)
	h.hear(t, h.happened(0))
	id := h.deliveries(t)[0].ID
	first := true
	h.answer = func(*http.Request, received) (int, http.Header, error) {
		if first {
			first = false
			_, err := h.Resend(h.ctx, id)
			require.NoError(t, err)
			return 500, nil, nil
		}
		return 200, nil, nil
	}
	h.work(t)
	require.Len(t, h.requests(), 2)
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[0].Status)
	require.Equal(t, []int{500, 200}, []int{h.attempts(t)[0].StatusCode, h.attempts(t)[1].StatusCode})
}

func TestWhatIsDeletedMeanwhileIsForgotten(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	h.hear(t, h.happened(0))
	h.answer = func(*http.Request, received) (int, http.Header, error) { return 500, nil, h.Delete(h.ctx, made.ID) }
	h.work(t)
	require.Len(t, h.requests(), 1)
	require.Empty(t, h.deliveries(t))
	require.Empty(t, h.attempts(t))
}

// One endpoint that never answers holds no other's back, and is not sent to by
// more requests than it may be.
func TestASlowEndpointDelaysNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(t, &webhook.Options{Concurrency: 2, PerEndpoint: 3})
		slow := h.create(t)
		fast, err := h.Create(h.ctx, webhook.Draft{URL: "https://fast.example.com"})
		require.NoError(t, err)
		for n := range 7 {
			h.hear(t, h.happened(n))
		}
		underway, most := 0, 0
		h.answer = func(r *http.Request, got received) (int, http.Header, error) {
			if strings.HasPrefix(got.url, "https://fast") {
				return 200, nil, nil
			}
			h.mu.Lock()
			underway++
			most = max(most, underway)
			h.mu.Unlock()
			<-r.Context().Done() // 15 seconds of the bubble
			h.mu.Lock()
			underway--
			h.mu.Unlock()
			return 0, nil, r.Context().Err()
		}
		ended := make(chan error)
		go func() {
			_, err := h.worker.Step(t.Context(), false)
			ended <- err
		}()
		synctest.Wait()
		count := map[webhook.ID]int{}
		for _, d := range h.deliveries(t) {
			if d.Status == webhook.DeliveryDelivered {
				count[d.EndpointID]++
			}
		}
		require.Equal(t, map[webhook.ID]int{fast.ID: 7}, count, "while the slow one is waited for")
		require.NoError(t, <-ended)
		require.Equal(t, 3, most)
		for _, a := range h.attempts(t) {
			if a.EndpointID == slow.ID {
				require.Equal(t, "no answer within 15s", a.Error)
				require.Equal(t, int64(15000), a.DurationMS)
			}
		}
	})
}

// Where a tenant has many endpoints with much to do, another's single event
// comes next.
func TestTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	h := open(t, &webhook.Options{Concurrency: 1, PerEndpoint: 1})
	busy := h.tenant
	for range 10 {
		h.create(t)
	}
	for n := range 5 {
		h.hear(t, h.happened(n))
	}
	h.pass(time.Minute)
	h.tenant = h.tenantCalled(t, "other")
	h.ctx = tenant.NewContext(t.Context(), h.tenant)
	_, err := h.Create(h.ctx, webhook.Draft{URL: "https://other.example.com"})
	require.NoError(t, err)
	h.hear(t, h.happened(0))
	h.work(t)
	all := h.requests()
	require.Len(t, all, 51)
	place := slices.IndexFunc(all, func(r received) bool { return r.url == "https://other.example.com" })
	require.LessOrEqual(t, place, 10, "behind one turn of the others' at most")
	h.ctx = tenant.NewContext(t.Context(), busy)
	for _, d := range h.deliveries(t) {
		require.Equal(t, webhook.DeliveryDelivered, d.Status)
	}
}

func TestAtOnceDoesNotWait(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.answer = answers(500)
	h.create(t)
	h.hear(t, h.happened(0))
	for {
		n, err := h.worker.Step(t.Context(), true)
		require.NoError(t, err)
		if n == 0 {
			break
		}
	}
	require.Len(t, h.requests(), 10)
	require.Equal(t, webhook.DeliveryFailed, h.deliveries(t)[0].Status)
}

// stopping is a store whose worker is told to stop while it claims: who does not
// wait for the answer does not know what was claimed.
type stopping struct {
	webhook.Store
	stop func()
}

func (s stopping) Claim(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
	claims, err := s.Store.Claim(ctx, r)
	s.stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return claims, err
}

func TestWhatIsClaimedWhileTheWorkIsToStopIsGivenBack(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.create(t)
	h.hear(t, h.happened(0))
	h.pass(time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	gate := tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{Clock: h.clock, Permissions: webhook.Permissions()})
	ending := webhook.NewWorker(stopping{h.db.Webhooks(), stop}, gate, &webhook.Options{Transport: h})
	_, err := ending.Step(ctx, false)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, h.requests())
	done, err := h.worker.Step(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, 1, done, "another goes on at once")
	require.Len(t, h.requests(), 1)
}
