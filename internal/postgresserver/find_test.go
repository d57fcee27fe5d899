//go:build unix

package postgresserver

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// installation makes a folder of programs that say a version.
func installation(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", name, version)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700))
	}
	return dir
}

func TestFindPrefersItsVariable(t *testing.T) {
	dir := installation(t, "16.4 (Debian 16.4-1)")
	t.Setenv("PATH", installation(t, "17.1"))
	t.Setenv(EnvBin, dir)
	bin, err := Find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Binaries{Dir: dir, Version: "16.4", Major: 16}, bin)
}

func TestFindNeverLooksPastItsVariable(t *testing.T) {
	t.Setenv("PATH", installation(t, "17.1"))
	t.Setenv(EnvBin, t.TempDir())
	_, err := Find(t.Context())
	require.ErrorContains(t, err, EnvBin)

	t.Setenv(EnvBin, installation(t, "14.9"))
	_, err = Find(t.Context())
	require.ErrorContains(t, err, "14.9 is older than 15")
}

func TestFindFollowsLinksOnThePath(t *testing.T) {
	dir, links := installation(t, "17.1"), t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(dir, "initdb"), filepath.Join(links, "initdb")))
	t.Setenv("PATH", links)
	t.Setenv(EnvBin, "")
	bin, err := Find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, dir, bin.Dir)
}

func TestNewest(t *testing.T) {
	t.Parallel()
	dirs := []string{
		installation(t, "9.6.24"), installation(t, "15.14"), installation(t, "18beta1"),
		installation(t, "17.6"), installation(t, "nonsense"), t.TempDir(),
	}
	bin, ok := newest(t.Context(), dirs)
	assert.True(t, ok)
	assert.Equal(t, Binaries{Dir: dirs[2], Version: "18beta1", Major: 18}, bin)

	_, ok = newest(t.Context(), dirs[:1])
	assert.False(t, ok, "too old")
}

func TestCreateMain(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"#create_main_cluster = true", "create_main_cluster = true", "  # create_main_cluster=true"} {
		assert.Equal(t, "a\n\nb", string(createMain.ReplaceAll([]byte("a\n"+line+"\nb"), nil)))
	}
}
