//go:build race

package survival

import "time"

// With the race detector all is many times slower, SQLite most of all: how long
// a lane waits for who does not answer, how long writers think, and how many
// bytes of the journal are much.
const (
	lease = 5 * time.Second
	think = 400 * time.Millisecond
	busy  = 30_000
)
