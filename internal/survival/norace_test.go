//go:build !race

package survival

import "time"

// How long a lane waits for who does not answer, how long writers think on
// average, and how many bytes of the journal are much.
const (
	lease = 2 * time.Second
	think = 20 * time.Millisecond
	busy  = 300_000
)
