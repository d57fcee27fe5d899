// Package id makes and checks identifiers in TypeID form: a prefix that names
// the entity, "_", and 26 characters of Crockford's base 32 in lower case that
// hold a UUID of version 7 (RFC 9562). They sort by their time of creation.
package id

import (
	crand "crypto/rand"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
)

const (
	alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	digits   = 26
)

// Source makes ids from a clock and a source of randomness. Those of one
// source are strictly increasing, also when the clock stands still or runs
// back. It is safe for concurrent use.
type Source struct {
	clock func() time.Time
	// system says that the randomness is the operating system's.
	system bool

	mu       sync.Mutex
	entropy  rand.Source
	lastTime uint64 // milliseconds since 1970, 48 bits
	lastHigh uint64 // rand_a, 12 bits
	lastLow  uint64 // rand_b, 62 bits
}

// NewSource returns a source. A nil clock is time.Now; a nil entropy is a
// generator seeded by the operating system.
func NewSource(clock func() time.Time, entropy rand.Source) *Source {
	if clock == nil {
		clock = time.Now
	}
	system := entropy == nil
	if system {
		var seed [32]byte
		crand.Read(seed[:]) // since Go 1.24 it never fails
		entropy = rand.NewChaCha8(seed)
	}
	return &Source{clock: clock, system: system, entropy: entropy}
}

const (
	highMask = 1<<12 - 1
	lowMask  = 1<<62 - 1
	timeMask = 1<<48 - 1
)

// New returns the next id with a prefix.
func (s *Source) New(prefix string) string {
	s.mu.Lock()
	now := uint64(max(0, s.clock().UnixMilli())) & timeMask
	if now > s.lastTime {
		s.lastTime = now
		s.lastHigh = s.entropy.Uint64() & highMask
		s.lastLow = s.entropy.Uint64() & lowMask
	} else {
		// The same millisecond: a random step up keeps ids both increasing and
		// hard to guess; a carry runs on into the time.
		s.lastLow += 1 + s.entropy.Uint64()>>32
		if s.lastLow > lowMask {
			s.lastLow &= lowMask
			s.lastHigh++
		}
		if s.lastHigh > highMask {
			s.lastHigh = 0
			s.lastTime++
		}
	}
	hi := s.lastTime<<16 | 7<<12 | s.lastHigh
	lo := 0b10<<62 | s.lastLow
	s.mu.Unlock()
	return prefix + "_" + encode(hi, lo)
}

// First is before every id with a prefix that was made in the millisecond of a
// time or later, and after all that were made earlier. Times before 1970 count
// as 1970.
func First(prefix string, at time.Time) string {
	return prefix + "_" + encode(uint64(max(0, at.UnixMilli()))&timeMask<<16, 0)
}

// encode writes 128 bits as 26 digits, the first holding the top three bits.
func encode(hi, lo uint64) string {
	var text [digits]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(text[:])
}

// Valid says whether a text is an id with that prefix.
func Valid(prefix, text string) bool {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) != digits+1 || rest[0] != '_' || rest[1] > '7' {
		return false
	}
	for i := 1; i < len(rest); i++ {
		if strings.IndexByte(alphabet, rest[i]) < 0 {
			return false
		}
	}
	return true
}

// Parse returns an [fault.ErrInvalid] that says what an id should have been,
// unless the text is an id with that prefix.
func Parse(prefix, text string) error {
	var f fault.Fields
	Check(&f, "id", prefix, text)
	return f.Err("", "", "")
}

// Check adds an offending field unless the text is an id with that prefix.
func Check(f *fault.Fields, path, prefix, text string) {
	switch {
	case text == "":
		f.Add(path, "must not be empty")
	case !Valid(prefix, text):
		f.Add(path, "must be an id that begins with %q", prefix+"_")
	}
}
