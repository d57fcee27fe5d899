package webhook

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/platforma/platforma/fault"
)

// Secret is what requests are signed with: "whsec_" and 24 to 64 bytes in base
// 64. Printed, logged or marshalled it hides itself; string(s) is its text.
type Secret string

const (
	secretPrefix = "whsec_"
	// secretLength is how many bytes a new secret has; minSecret and maxSecret are
	// what the specification allows.
	secretLength         = 32
	minSecret, maxSecret = 24, 64
	hidden               = secretPrefix + "(hidden)"
)

// String is not the secret.
func (s Secret) String() string { return hidden }

// GoString is not the secret.
func (s Secret) GoString() string { return hidden }

// LogValue is not the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON is not the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// Format keeps every verb from the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) } // a writer's error is the state's

var errSecret = fault.New(fault.ErrInvalid, `a secret is "whsec_" and 24 to 64 bytes in base 64`)

// bytes are the key that the secret stands for. An error does not quote it.
func (s Secret) bytes() ([]byte, error) {
	text, ok := strings.CutPrefix(string(s), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
		return nil, errSecret
	}
	return key, nil
}

func newSecret(random []byte) Secret {
	return Secret(secretPrefix + base64.StdEncoding.EncodeToString(random))
}
