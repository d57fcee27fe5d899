package webhook

import (
	"context"

	"github.com/platforma/platforma/internal/aggregate"
)

// Secret reads the current secret of an endpoint. It has a permission of its
// own.
func (s *Service) Secret(ctx context.Context, id ID) (secret Secret, err error) {
	access, err := s.gate.Read(ctx, "webhook.secret")
	if err != nil {
		return "", err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return "", err
	}
	k, err := s.store.Keys(ctx, id)
	if err != nil {
		return "", err
	}
	return open(ctx, s.seal, access.Scope.Tenant, k.Current)
}

// RotateSecret gives an endpoint another secret, and returns it. The one before
// signs beside it for as long as [Options].Overlap says, so that receivers have
// the time to learn the new one; one that was replaced earlier signs no more.
func (s *Service) RotateSecret(ctx context.Context, id ID) (secret Secret, err error) {
	access, err := s.gate.Write(ctx, "webhook.rotate")
	if err != nil {
		return "", err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return "", err
	}
	secret = newSecret(access.NewSecret(secretLength))
	stored, err := seal(ctx, s.seal, access.Scope.Tenant, secret)
	if err != nil {
		return "", err
	}
	err = aggregate.Repeat(func() error {
		e, err := s.store.Get(ctx, id)
		if err != nil {
			return err
		}
		k, err := s.store.Keys(ctx, id)
		if err != nil {
			return err
		}
		k.rotate(stored, access.Now, s.overlap)
		e.Version, e.UpdatedAt = e.Version+1, access.Now
		return write(ctx, s.store, &access, nil, Changes{Endpoints: []Endpoint{e}, Keys: []Keys{k}}, fact(EventRotated, e))
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}
