package faultproxy

import (
	"fmt"
	"time"
)

// Direction is where messages go.
type Direction string

// The directions.
const (
	ToServer Direction = "to the server"
	ToClient Direction = "to the client"
)

// Directions are both.
func Directions() []Direction { return []Direction{ToServer, ToClient} }

// Way is what happens at a message.
type Way string

// The ways. A cut ends the connection in both directions: what was sent before it
// arrives, and what is sent after it does not.
const (
	// Before cuts before the message.
	Before Way = "cut before"
	// Inside cuts when half of the message has been sent.
	Inside Way = "cut inside"
	// After cuts when the whole message has been sent.
	After Way = "cut after"
	// Late sends the message later, and all that come after it in its direction.
	Late Way = "late"
)

// Ways are all.
func Ways() []Way { return []Way{Before, Inside, After, Late} }

// Fault is what happens, once.
type Fault struct {
	Way       Way
	Direction Direction
	// Message is the number of the message at which it happens, from 1, among all
	// of its direction.
	Message int
	// Delay is how late a message is.
	Delay time.Duration
}

// Message is a message at which a fault happened.
type Message struct {
	Direction Direction
	Number    int
	// Kind is the protocol's letter of it; 0 is a connection's first message.
	Kind byte
}

// String is "message 7 to the server, 'B'".
func (m *Message) String() string {
	return fmt.Sprintf("message %d %s, %q", m.Number, m.Direction, m.Kind)
}
