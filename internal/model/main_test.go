package model

import (
	"flag"
	"os"
	"testing"
)

// TestMain says how long TestModel is to look, unless the command line does. The
// sequences that fail are written out as Go, so rapid need keep no files of
// them, and cut cuts them down.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"rapid.checks": checks, "rapid.shrinktime": "5s", "rapid.nofailfile": "true",
	} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
