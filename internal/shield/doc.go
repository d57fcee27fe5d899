// Package shield tests the tests of isolation: it takes a guard away, one at a
// time, and wants some test to notice.
//
// The guards are those of the Go layer and those that it puts into SQLite, each a
// few characters of one file. The
// file is compiled without them by an overlay, so that nothing in the tree is
// touched, and the tests that name the guard must fail. A guard whose text is
// not there any more fails too: whoever changes one changes its row.
package shield
