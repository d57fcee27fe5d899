// Package counttest tells what tests have counted, also where go test is silent
// about tests that pass.
package counttest

import (
	"fmt"
	"os"
	"testing"
)

// File is the environment variable that names the file which counts are added
// to, a line each. make test prints it at its end.
const File = "PLATFORMA_COUNTED"

// Logf logs a count, and adds it to the file if there is one.
func Logf(t testing.TB, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	path := os.Getenv(File)
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // make names it
	if err == nil {
		_, err = fmt.Fprintf(file, "%s: %s\n", t.Name(), line)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Errorf("the count is not kept: %v", err)
	}
}
