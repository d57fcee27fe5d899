package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

const wanted = `verified platforma.customer.created.v1 Ada Lovelace
the secret is rotated; the former one signs for another day
verified platforma.customer.updated.v1 Ada Lovelace Analytical Engines
verified platforma.webhook.endpoint.ping.v1
refused a request: webhook.verify: invalid: Webhook-Signature must be a signature with one of the secrets
who made it up is answered 401 Unauthorized
`

func TestWhatIsPrinted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, wanted, out.String())
}
