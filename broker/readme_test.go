package broker_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The code of the README is compiled, and run: it is a part of tests.
func TestTheReadmesCodeIsCompiled(t *testing.T) {
	t.Parallel()
	flat := func(name string) string {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		return unindented(string(text))
	}
	code := flat("example_test.go") + flat("natstest/publisher_test.go")
	blocks := goBlock.FindAllStringSubmatch(flat("README.md"), -1)
	require.Len(t, blocks, 2)
	for _, block := range blocks {
		require.Contains(t, code, block[1])
	}
}

// unindented is a text whose lines begin with their first letter.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, " \t"))
	}
	return b.String()
}
