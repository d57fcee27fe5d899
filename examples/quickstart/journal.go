package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// journal is a file of JSON lines that is only ever appended to. A process that
// is killed leaves a part of its last line at worst, which is no JSON: it is
// passed over, and the next line begins on its own.
type journal struct {
	file *os.File
	// read is how much of the file was read in whole lines.
	read int64
}

func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the user's own choice of a file
	return &journal{file: file}, err
}

// catchUp hands over the records written since the last time, by whomever. An
// unfinished last one is looked at, and left for the next time as well.
func (j *journal) catchUp(each func(record)) (torn bool, err error) {
	rest, err := io.ReadAll(io.NewSectionReader(j.file, j.read, 1<<62))
	if err != nil {
		return false, err
	}
	for len(rest) > 0 {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		var r record
		if json.Unmarshal(line, &r) == nil {
			each(r)
		}
		if !whole {
			return true, nil
		}
		j.read += int64(len(line)) + 1
		rest = after
	}
	return false, nil
}

// append writes a record in one piece, and returns when it is on the disk.
func (j *journal) append(r record, torn bool) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if torn {
		line = append([]byte("\n"), line...)
	}
	_, err = j.file.Write(append(line, '\n'))
	return errors.Join(err, j.file.Sync())
}

func (j *journal) close() error { return j.file.Close() }
