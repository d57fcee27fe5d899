package webhook_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/webhook"
)

// The test vector that the libraries of the specification publish.
const (
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

const vectorSecret webhook.Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func vector() http.Header {
	h := http.Header{}
	h.Set("Webhook-Id", vectorID)
	h.Set("Webhook-Timestamp", "1614265330")
	h.Set("Webhook-Signature", vectorSignature)
	return h
}

func TestThePublishedVectorIsVerified(t *testing.T) {
	t.Parallel()
	require.NoError(t, webhook.Verify(vector(), []byte(vectorBody), []webhook.Secret{vectorSecret}, 0, time.Unix(vectorTime, 0)))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	other := webhook.Secret("whsec_" + strings.Repeat("QUJD", 8))
	now := time.Unix(vectorTime, 0)
	for what, row := range map[string]struct {
		change    func(h http.Header)
		body      string
		secrets   []webhook.Secret
		tolerance time.Duration
		now       time.Time
		want      []string
	}{
		"one of two secrets":      {secrets: []webhook.Secret{other, vectorSecret}},
		"one of two signatures":   {change: func(h http.Header) { h.Set("Webhook-Signature", "v1,AAAA "+vectorSignature) }},
		"a scheme of others":      {change: func(h http.Header) { h.Set("Webhook-Signature", "v1a,AAAA "+vectorSignature+" v9,x") }},
		"two headers":             {change: func(h http.Header) { h["Webhook-Signature"] = []string{"v1,AAAA", vectorSignature} }},
		"as old as is allowed":    {now: now.Add(webhook.Tolerance)},
		"as new as is allowed":    {now: now.Add(-webhook.Tolerance)},
		"older":                   {now: now.Add(webhook.Tolerance + time.Second), want: []string{"Webhook-Timestamp"}},
		"newer":                   {now: now.Add(-webhook.Tolerance - time.Second), want: []string{"Webhook-Timestamp"}},
		"a tolerance":             {now: now.Add(time.Hour), tolerance: time.Hour},
		"past a tolerance":        {now: now.Add(time.Hour + 1), tolerance: time.Hour, want: []string{"Webhook-Timestamp"}},
		"another body":            {body: vectorBody + " ", want: []string{"Webhook-Signature"}},
		"another secret":          {secrets: []webhook.Secret{other}, want: []string{"Webhook-Signature"}},
		"no secret":               {secrets: []webhook.Secret{}, want: []string{"Webhook-Signature"}},
		"a bad secret":            {secrets: []webhook.Secret{"whsec_short"}, want: []string{}},
		"another id":              {change: func(h http.Header) { h.Set("Webhook-Id", "msg_2") }, want: []string{"Webhook-Signature"}},
		"another time":            {change: func(h http.Header) { h.Set("Webhook-Timestamp", "1614265331") }, want: []string{"Webhook-Signature"}},
		"a signature's beginning": {change: func(h http.Header) { h.Set("Webhook-Signature", vectorSignature[:20]) }, want: []string{"Webhook-Signature"}},
		"without its scheme":      {change: func(h http.Header) { h.Set("Webhook-Signature", vectorSignature[3:]) }, want: []string{"Webhook-Signature"}},
		"no time": {
			change: func(h http.Header) { h.Del("Webhook-Timestamp") }, want: []string{"Webhook-Timestamp", "Webhook-Signature"},
		},
		"no headers": {change: func(h http.Header) { clear(h) }, want: []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h, body, secrets, at := vector(), vectorBody, row.secrets, row.now
			if row.change != nil {
				row.change(h)
			}
			if row.body != "" {
				body = row.body
			}
			if secrets == nil {
				secrets = []webhook.Secret{vectorSecret}
			}
			if at.IsZero() {
				at = now
			}
			err := webhook.Verify(h, []byte(body), secrets, row.tolerance, at)
			if row.want == nil {
				require.NoError(t, err)
				return
			}
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, fault.ErrInvalid, e.Kind)
			paths := []string{}
			for _, f := range e.Fields {
				paths = append(paths, f.Path)
			}
			require.Equal(t, row.want, paths)
			require.NotContains(t, err.Error(), "MfKQ")
			require.NotContains(t, err.Error(), "short")
		})
	}
}
