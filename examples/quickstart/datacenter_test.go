package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

func open(t *testing.T, path string) *datacenter {
	t.Helper()
	d, err := openDatacenter(path, crash{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.close()) })
	return d
}

// Entities of a test: decoders refuse an id that could not be one.
var (
	ids    = id.NewSource(nil, nil)
	owner  = tenant.ID(ids.New("ten"))
	first  = resource.ID(ids.New("res"))
	second = resource.ID(ids.New("res"))
	third  = resource.ID(ids.New("res"))
)

func ask(id resource.ID, a resource.Action, token string) resource.Request {
	return resource.Request{
		Token: token, Action: a, Attempt: 1,
		Desired: resource.Resource{ID: id, TenantID: owner, Name: string(id), Unit: 1},
	}
}

func apply(t *testing.T, d *datacenter, r resource.Request) resource.Outcome {
	t.Helper()
	o, err := d.Apply(t.Context(), r)
	require.NoError(t, err)
	return o
}

func observe(t *testing.T, d *datacenter, r resource.Request) resource.Observation {
	t.Helper()
	o, err := d.Observe(t.Context(), r)
	require.NoError(t, err)
	return o
}

func TestOneMachineForAResource(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "datacenter.jsonl")
	d := open(t, path)
	create := ask(first, resource.ActionCreate, "1")
	assert.False(t, observe(t, d, create).Exists)
	made := apply(t, d, create)
	assert.Equal(t, resource.Done, made.Result)
	assert.Equal(t, made, apply(t, d, create), "the same token")
	assert.Equal(t, made, apply(t, d, ask(first, resource.ActionCreate, "2")), "another token")
	// Another process sees the same, also what is written while it lives.
	other := open(t, path)
	assert.Equal(t, made, apply(t, other, create))
	another := apply(t, d, ask(second, resource.ActionCreate, "3"))
	assert.NotEqual(t, made.ExternalID, another.ExternalID)
	assert.Equal(t, another, apply(t, other, ask(second, resource.ActionCreate, "3")))
	assert.Len(t, machines(t, path), 2)
}

func TestLifeOfAMachine(t *testing.T) {
	t.Parallel()
	d := open(t, filepath.Join(t.TempDir(), "datacenter.jsonl"))
	for i, step := range []struct {
		action resource.Action
		token  string
		want   resource.Status
	}{
		{resource.ActionCreate, "1", resource.StatusRunning},
		{resource.ActionStop, "2", resource.StatusStopped},
		{resource.ActionStart, "3", resource.StatusRunning},
		{resource.ActionStop, "2", resource.StatusRunning}, // was done before
		{resource.ActionStop, "4", resource.StatusStopped},
	} {
		r := ask(first, step.action, step.token)
		assert.Equal(t, resource.Done, apply(t, d, r).Result)
		seen := observe(t, d, r)
		assert.True(t, seen.Exists)
		assert.Equal(t, step.want, seen.Status, "step %d", i)
	}
	terminate := ask(first, resource.ActionTerminate, "5")
	assert.Equal(t, resource.Done, apply(t, d, terminate).Result)
	assert.False(t, observe(t, d, terminate).Exists)
	assert.Equal(t, resource.Failed, apply(t, d, ask(first, resource.ActionCreate, "1")).Result, "a late create")
}

func TestNothingIsMadeOfWhatWasTerminated(t *testing.T) {
	t.Parallel()
	d := open(t, filepath.Join(t.TempDir(), "datacenter.jsonl"))
	assert.Equal(t, resource.Done, apply(t, d, ask(first, resource.ActionTerminate, "1")).Result)
	assert.Equal(t, resource.Failed, apply(t, d, ask(first, resource.ActionCreate, "2")).Result)
	there, err := d.of(owner)
	require.NoError(t, err)
	assert.Empty(t, there)
}

// Whatever the length of the part that a killed process has left of a line,
// the file is readable and goes on.
func TestTornLine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "whole.jsonl")
	d := open(t, path)
	for _, id := range []resource.ID{first, second} {
		_, _, err := d.do(ask(id, resource.ActionCreate, string(id)))
		require.NoError(t, err)
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for length := range len(text) + 1 {
		if length%7 > 0 && length < len(text)-3 {
			continue // a flush to the disk takes its time
		}
		torn := filepath.Join(folder, "torn.jsonl")
		require.NoError(t, os.WriteFile(torn, text[:length], 0o600))
		d, err := openDatacenter(torn, crash{})
		require.NoError(t, err)
		for range 2 { // the second time, nothing
			for _, id := range []resource.ID{first, second, third} {
				_, _, err := d.do(ask(id, resource.ActionCreate, string(id)))
				require.NoError(t, err)
			}
		}
		there, err := d.of(owner)
		require.NoError(t, err)
		require.NoError(t, d.close())
		require.Len(t, there, 3, "after %d bytes", length)
		require.Len(t, machines(t, torn), 3, "after %d bytes", length)
		require.NoError(t, os.Remove(torn))
	}
}
