package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/webhook"
)

func TestASecretHidesItself(t *testing.T) {
	t.Parallel()
	s := vectorSecret
	created := webhook.Created{Secret: s}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "secret", s, "created", created)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "secret", s, "created", created)
	marshalled, err := json.Marshal(map[string]any{"a": s, "b": created, "c": []webhook.Secret{s}})
	require.NoError(t, err)
	keys, err := json.Marshal(webhook.Keys{Current: string(s), Former: string(s)})
	require.NoError(t, err)
	for what, text := range map[string]string{
		"log": log.String(), "json": string(marshalled), "keys": string(keys),
		"%v": fmt.Sprintf("%v %v", s, created), "%+v": fmt.Sprintf("%+v %+v", s, created), "%#v": fmt.Sprintf("%#v %#v", s, created),
		"%q": fmt.Sprintf("%q", s),
		"%s": fmt.Sprintf("%s", s), "%x": fmt.Sprintf("%x", s), "%d": fmt.Sprintf("%d", s),
		"error": fmt.Errorf("with %w and %s", err, s).Error(),
	} {
		require.NotContains(t, text, "MfKQ", what)
		require.NotContains(t, text, fmt.Sprintf("%x", "MfKQ"), what)
	}
	require.Equal(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", string(s), "who wants it, gets it")
}
