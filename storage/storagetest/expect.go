package storagetest

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// must fails the test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// get is must for what comes with a value.
func get[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// same fails the test unless two values are equal.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
}

// difference says how two values differ. An empty list or map is none, and
// addresses are compared as what they are.
func difference(got, want any) string {
	if reflect.DeepEqual(got, want) { // which costs a tenth of what follows
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
		cmpopts.IgnoreUnexported(scope.Delivery{}))
}

// refused fails the test unless an error is of a kind, and names that field.
func refused(t *testing.T, err error, kind fault.Kind, path string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error is %v, want %q", err, kind)
	}
	if path == "" {
		return
	}
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Path != path {
		t.Fatalf("error is %v, want one that names %q", err, path)
	}
}

// refusedAs fails the test unless an error was caused by another.
func refusedAs(t *testing.T, err, cause error) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Fatalf("error is %v, want one caused by %q", err, cause)
	}
}
