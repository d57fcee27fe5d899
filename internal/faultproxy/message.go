package faultproxy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// message is one of PostgreSQL's protocol 3, as it was read: a letter, a length
// that counts itself, and so many octets. A connection's first has no letter.
type message struct {
	kind byte
	text []byte
}

// Kinds of a connection's first message: one that begins a session, and one that
// asks for another session's statement to be cancelled.
const (
	startup       = 0
	cancelRequest = 1
)

// The numbers by which requests are told from the protocol's version.
const (
	cancelCode = 1234<<16 | 5678
	sslCode    = 1234<<16 | 5679
	gssCode    = 1234<<16 | 5680
)

// longest is the longest message that there can be.
const longest = 1 << 30

// start reads a connection's first message. What asks for encryption first is told
// that there is none.
func start(r *bufio.Reader, client io.Writer) (message, error) {
	for {
		text, err := body(r, nil)
		if err != nil {
			return message{}, err
		}
		if len(text) < 8 {
			return message{}, fmt.Errorf("a first message of %d octets", len(text))
		}
		switch binary.BigEndian.Uint32(text[4:]) {
		case sslCode, gssCode:
			if _, err := client.Write([]byte{'N'}); err != nil {
				return message{}, err
			}
		case cancelCode:
			return message{cancelRequest, text}, nil
		default:
			return message{startup, text}, nil
		}
	}
}

// next reads a message that has a letter.
func next(r *bufio.Reader) (message, error) {
	kind, err := r.ReadByte()
	if err != nil {
		return message{}, err
	}
	text, err := body(r, []byte{kind})
	return message{kind, text}, err
}

// body reads a length and what it counts, and puts them after what there is.
func body(r *bufio.Reader, before []byte) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 4 || n > longest {
		return nil, fmt.Errorf("a message of %d octets", n)
	}
	text := make([]byte, len(before)+int(n))
	copy(text, before)
	copy(text[len(before):], length[:])
	_, err := io.ReadFull(r, text[len(before)+4:])
	return text, err
}
