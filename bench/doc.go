// Package bench measures PLATFORMA against the same work done by others; see
// its README. All of it is tests.
package bench
