package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

func TestALifeOfAnEndpoint(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made, err := h.Create(h.ctx, webhook.Draft{
		URL: "https://example.com/in", Types: []string{"platforma.order.*"}, Description: "billing",
	})
	require.NoError(t, err)
	want := webhook.Endpoint{
		ID: made.ID, TenantID: h.tenant, URL: "https://example.com/in", Types: []string{"platforma.order.*"}, Description: "billing",
		Status: webhook.StatusActive, Version: 1, CreatedAt: h.now, UpdatedAt: h.now,
	}
	require.Empty(t, cmp.Diff(want, made.Endpoint))
	h.pass(time.Second)
	changed, err := h.Update(h.ctx, made.ID, webhook.Change{
		URL: new("https://example.com/other"), Types: &[]string{}, Description: new("none"), Version: 1,
	})
	require.NoError(t, err)
	want.URL, want.Types, want.Description, want.Version, want.UpdatedAt = "https://example.com/other", nil, "none", 2, h.now
	require.Empty(t, cmp.Diff(want, changed))
	same, err := h.Update(h.ctx, made.ID, webhook.Change{Description: new("none")})
	require.NoError(t, err)
	require.Equal(t, int64(2), same.Version, "nothing has changed")
	_, err = h.Update(h.ctx, made.ID, webhook.Change{Description: new("x"), Version: 1})
	require.ErrorIs(t, err, fault.ErrConflict)

	paused, err := h.Pause(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.StatusPaused, paused.Status)
	_, err = h.Pause(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrState)
	_, err = h.Ping(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrState)
	_, err = h.Resume(h.ctx, made.ID)
	require.NoError(t, err)
	_, err = h.Resume(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrState)

	listed, err := h.List(h.ctx, webhook.Query{Status: webhook.StatusActive})
	require.NoError(t, err)
	got, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]webhook.Endpoint{got}, listed.Items))
	require.Equal(t, int64(4), got.Version)

	require.NoError(t, h.Delete(h.ctx, made.ID))
	_, err = h.Get(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrNotFound)
	_, err = h.Secret(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.ErrorIs(t, h.Delete(h.ctx, made.ID), fault.ErrNotFound)
	var names []string
	for _, name := range []string{
		webhook.EventCreated, webhook.EventUpdated, webhook.EventPaused, webhook.EventResumed, webhook.EventDeleted,
	} {
		names = append(names, "platforma.webhook."+name+".v1")
	}
	require.Equal(t, names, h.events(t))
	all, err := h.db.Events().List(h.ctx, "webhook", page.Window{Limit: 9})
	require.NoError(t, err)
	for _, e := range all {
		require.NotContains(t, string(e.Data), "whsec_")
		require.NotContains(t, string(e.Data), string(made.Secret)[6:])
	}
	require.Contains(t, string(all[4].Data), "deleted_at")
}

func TestBadEndpoints(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("a.%d", i)
	}
	for what, row := range map[string]struct {
		draft webhook.Draft
		want  []string
	}{
		"all of it": {
			webhook.Draft{URL: "http://example.com", Types: []string{"a b"}, Description: " x"}, []string{"url", "description", "types[0]"},
		},
		"types": {
			webhook.Draft{URL: "https://example.com", Types: []string{"", "a*b", "A", "a..b", ".a", "a.", "a", "a"}},
			[]string{"types[0]", "types[1]", "types[2]", "types[3]", "types[4]", "types[5]", "types[7]"},
		},
		"many types":    {webhook.Draft{URL: "https://example.com", Types: many}, []string{"types"}},
		"a long type":   {webhook.Draft{URL: "https://example.com", Types: []string{strings.Repeat("a", 201)}}, []string{"types[0]"}},
		"a private URL": {webhook.Draft{URL: "https://10.0.0.1/"}, []string{"url"}},
		"a long key":    {webhook.Draft{URL: "https://example.com", Key: strings.Repeat("k", 129)}, []string{"key"}},
		"description":   {webhook.Draft{URL: "https://example.com", Description: strings.Repeat("d", 501)}, []string{"description"}},
		"types that do": {webhook.Draft{URL: "https://example.com", Types: []string{
			"*", "platforma.*", "platforma.order.*", "platforma.order.pla*", "platforma.order.placed.v1",
		}}, nil},
		"the longest type": {webhook.Draft{URL: "https://example.com", Types: []string{strings.Repeat("a", 200)}}, nil},
	} {
		_, err := h.Create(h.ctx, row.draft)
		if row.want == nil {
			require.NoError(t, err, what)
			continue
		}
		var e *fault.Error
		require.ErrorAs(t, err, &e, what)
		require.Equal(t, fault.ErrInvalid, e.Kind, what)
		var paths []string
		for _, f := range e.Fields {
			paths = append(paths, f.Path)
		}
		require.Equal(t, row.want, paths, what)
	}
}

func TestAKeyCreatesOnce(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	d := webhook.Draft{URL: "https://example.com", Key: "k"}
	first, err := h.Create(h.ctx, d)
	require.NoError(t, err)
	again, err := h.Create(h.ctx, d)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(first.Endpoint, again.Endpoint))
	require.Equal(t, string(first.Secret), string(again.Secret))
	d.Description = "another"
	_, err = h.Create(h.ctx, d)
	require.ErrorIs(t, err, fault.ErrKeyReused)
}

func TestEndpointsAreFew(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	for range webhook.MaxEndpoints {
		h.create(t)
	}
	_, err := h.Create(h.ctx, webhook.Draft{URL: "https://example.com"})
	require.ErrorIs(t, err, fault.ErrExhausted)
}

func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	read := func() webhook.Secret {
		s, err := h.Secret(h.ctx, made.ID)
		require.NoError(t, err)
		return s
	}
	require.Equal(t, string(made.Secret), string(read()))
	require.Len(t, string(made.Secret), len("whsec_")+44, "32 bytes")
	signatures := func() []string {
		_, err := h.Ping(h.ctx, made.ID)
		require.NoError(t, err)
		h.work(t)
		all := h.requests()
		return strings.Fields(all[len(all)-1].header.Get("Webhook-Signature"))
	}
	verifies := func(s webhook.Secret) error {
		all := h.requests()
		last := all[len(all)-1]
		return webhook.Verify(last.header, []byte(last.body), []webhook.Secret{s}, 0, h.clock())
	}
	require.Len(t, signatures(), 1)
	require.NoError(t, verifies(made.Secret))

	second, err := h.RotateSecret(h.ctx, made.ID)
	require.NoError(t, err)
	require.NotEqual(t, string(made.Secret), string(second))
	require.Equal(t, string(second), string(read()))
	h.pass(24*time.Hour - time.Microsecond)
	require.Len(t, signatures(), 2, "for as long as the overlap lasts")
	require.NoError(t, verifies(made.Secret))
	require.NoError(t, verifies(second))
	h.pass(time.Microsecond)
	require.Len(t, signatures(), 1)
	require.NoError(t, verifies(second))
	require.ErrorIs(t, verifies(made.Secret), fault.ErrInvalid)

	third, err := h.RotateSecret(h.ctx, made.ID)
	require.NoError(t, err)
	fourth, err := h.RotateSecret(h.ctx, made.ID)
	require.NoError(t, err)
	require.Len(t, signatures(), 2, "one that was replaced earlier signs no more")
	require.NoError(t, verifies(third))
	require.NoError(t, verifies(fourth))
	require.Error(t, verifies(second))
	got, err := h.Get(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, int64(4), got.Version)
	require.Equal(t, "platforma.webhook.endpoint.rotated.v1", h.events(t)[3])
}

// sealer turns secrets round, if it can.
type sealer struct{ broken bool }

var errSealer = errors.New("the key is gone")

func (s *sealer) Seal(_ context.Context, of tenant.ID, secret []byte) ([]byte, error) {
	return append([]byte(of), turned(secret)...), s.err()
}

func (s *sealer) Open(_ context.Context, of tenant.ID, sealed []byte) ([]byte, error) {
	return turned([]byte(strings.TrimPrefix(string(sealed), string(of)))), s.err()
}

func (s *sealer) err() error {
	if s.broken {
		return errSealer
	}
	return nil
}

func turned(text []byte) []byte {
	made := make([]byte, len(text))
	for i, b := range text {
		made[i] = b ^ 0x55
	}
	return made
}

func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	by := &sealer{}
	h := open(t, &webhook.Options{Seal: by})
	made := h.create(t)
	stored, err := h.db.Webhooks().Keys(h.ctx, made.ID)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(stored.Current, "sealed:"))
	require.NotContains(t, stored.Current, string(made.Secret)[6:])
	read, err := h.Secret(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, string(made.Secret), string(read))
	_, err = h.RotateSecret(h.ctx, made.ID)
	require.NoError(t, err)
	h.hear(t, h.happened(0))
	h.work(t)
	require.Len(t, strings.Fields(h.requests()[0].header.Get("Webhook-Signature")), 2)

	by.broken = true
	_, err = h.Create(h.ctx, webhook.Draft{URL: "https://example.com"})
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.ErrorIs(t, err, errSealer)
	_, err = h.Secret(h.ctx, made.ID)
	require.ErrorIs(t, err, errSealer)
	_, err = h.RotateSecret(h.ctx, made.ID)
	require.ErrorIs(t, err, errSealer)
	h.hear(t, h.happened(1))
	_, err = h.worker.Step(t.Context(), false)
	require.ErrorIs(t, err, errSealer)
	require.Zero(t, h.deliveries(t)[1].Tries, "what could not be signed was not tried")
	by.broken = false
	h.pass(time.Second)
	h.work(t)
	require.Equal(t, webhook.DeliveryDelivered, h.deliveries(t)[1].Status)
}

// A host may begin to seal at any time: what is there stays readable.
func TestWhatWasNotSealedIsRead(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	made := h.create(t)
	gate := tenant.NewGate(h.db.Tenants(), &tenant.GateOptions{Clock: h.clock})
	sealing := webhook.NewService(h.db.Webhooks(), gate, &webhook.Options{Seal: &sealer{}})
	read, err := sealing.Secret(h.ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, string(made.Secret), string(read))
	_, err = sealing.RotateSecret(h.ctx, made.ID)
	require.NoError(t, err)
	_, err = h.Secret(h.ctx, made.ID)
	require.ErrorIs(t, err, fault.ErrUnavailable, "without the sealer it cannot be opened")
	require.NotContains(t, err.Error(), "sealed:")
}
