package survival

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// notes is a file that processes add lines to, each in one write: a line that
// was written outlives its process, and lines of several never mix.
type notes struct{ file *os.File }

func openNotes(path string) (*notes, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return &notes{file}, err
}

// add writes a line. The line break before it parts it from one that somebody
// died in the midst of.
func (n *notes) add(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = n.file.Write(append(append([]byte{'\n'}, text...), '\n'))
	return err
}

// readNotes reads the whole lines of a file, in order.
func readNotes[T any](t *testing.T, path string) []T {
	t.Helper()
	all, err := parseNotes[T](path)
	require.NoError(t, err)
	return all
}

func parseNotes[T any](path string) (all []T, err error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	for line := range bytes.Lines(text) {
		var note T
		if json.Unmarshal(line, &note) == nil {
			all = append(all, note)
		}
	}
	return all, err
}

// note is a line of the journal: a delivery, or that somebody is killed.
type note struct {
	record

	// Killed is whose death it is: a process, or [theServer]. It is noted before.
	// Back says instead that the server answers again.
	Killed string `json:"killed,omitempty"`
	Back   bool   `json:"back,omitempty"`
	// By is the process that had the event.
	By           string `json:"by,omitempty"`
	Subscription string `json:"subscription,omitempty"`
	// At is when, in microseconds.
	At int64 `json:"at"`
}

// theServer is the name of PostgreSQL's server among those that are killed.
const theServer = "the server"

// journal is where the notes are of what was delivered.
const journal = "journal"
