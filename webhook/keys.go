package webhook

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// Keys are the secrets of an endpoint, as they are stored. They are never in an
// event, a list or a log.
type Keys struct {
	EndpointID ID        `json:"endpoint_id"`
	TenantID   tenant.ID `json:"tenant_id"`
	// Current signs, and so does Former until FormerUntil. Each is a secret as it
	// is, or sealed.
	Current     string     `json:"-"`
	Former      string     `json:"-"`
	FormerUntil *time.Time `json:"former_until,omitempty"`
	Version     int64      `json:"version"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// Sealer keeps secrets from who can read the database: a host's key management.
// It must be able to open what it has sealed for as long as that is stored, and
// is safe for concurrent use.
type Sealer interface {
	// Seal encrypts a secret of a tenant.
	Seal(ctx context.Context, tenant tenant.ID, secret []byte) ([]byte, error)
	// Open decrypts what Seal made.
	Open(ctx context.Context, tenant tenant.ID, sealed []byte) ([]byte, error)
}

// sealed begins what a sealer made; a secret that is stored as it is begins as
// secrets do, so that a host may begin to seal at any time.
const sealed = "sealed:"

func seal(ctx context.Context, by Sealer, of tenant.ID, s Secret) (string, error) {
	if by == nil {
		return string(s), nil
	}
	made, err := by.Seal(ctx, of, []byte(s))
	if err != nil {
		return "", &fault.Error{Entity: keysEntity, Kind: fault.ErrUnavailable, Err: err}
	}
	return sealed + base64.StdEncoding.EncodeToString(made), nil
}

func open(ctx context.Context, by Sealer, of tenant.ID, stored string) (Secret, error) {
	text, isSealed := strings.CutPrefix(stored, sealed)
	if !isSealed {
		return Secret(stored), nil
	}
	if by == nil {
		return "", fault.New(fault.ErrUnavailable, "the secret is sealed, and there is no sealer")
	}
	made, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fault.New(fault.ErrUnavailable, "the sealed secret is not what was stored")
	}
	secret, err := by.Open(ctx, of, made)
	if err != nil {
		return "", &fault.Error{Entity: keysEntity, Kind: fault.ErrUnavailable, Err: err}
	}
	return Secret(secret), nil
}

// rotate makes a secret the current one. The one before signs beside it for as
// long as the overlap lasts; one from before that is dropped.
func (k *Keys) rotate(made string, now time.Time, overlap time.Duration) {
	until := now.Add(overlap)
	k.Former, k.FormerUntil = k.Current, &until
	if overlap <= 0 {
		k.Former, k.FormerUntil = "", nil
	}
	k.Current = made
	k.Version, k.UpdatedAt = k.Version+1, now
}

// signing are the secrets that sign at a time, the current one first.
func (k Keys) signing(ctx context.Context, by Sealer, now time.Time) ([]Secret, error) {
	stored := []string{k.Current}
	if k.FormerUntil != nil && now.Before(*k.FormerUntil) {
		stored = append(stored, k.Former)
	}
	secrets := make([]Secret, len(stored))
	for i, one := range stored {
		s, err := open(ctx, by, k.TenantID, one)
		if err != nil {
			return nil, err
		}
		secrets[i] = s
	}
	return secrets, nil
}
