package id

import (
	crand "crypto/rand"
	"encoding/binary"
)

// Secret returns random bytes that nobody can guess. They are the operating
// system's, unless the source was given a source of randomness of its own: what
// is repeatable then is so on purpose.
func (s *Source) Secret(length int) []byte {
	secret := make([]byte, length)
	if s.system {
		crand.Read(secret) // since Go 1.24 it never fails
		return secret
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i < length; i += 8 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], s.entropy.Uint64())
		copy(secret[i:], word[:])
	}
	return secret
}
