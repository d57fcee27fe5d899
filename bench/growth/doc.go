// Package growth asks what a database costs when it has grown: it fills one
// with orders, in the server and so quickly, and compares how PostgreSQL runs
// each operation's statements in a small database and in a large one.
package growth
