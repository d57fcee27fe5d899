// Package survival kills what a host runs, at random, and compares what is left:
// writers and relays in processes of their own, and PostgreSQL's server with all
// of its own, are ended with kill -9 and started again while they work.
//
// It is all tests. Writers note what they were answered, subscriptions note what
// they were given, each line in a file before they go on; in the end the database
// is read with plain SQL and compared with the notes. Every change that was
// committed has its events, each is delivered to each subscription, nothing else
// is, the versions of an entity come in their order, and what comes twice comes
// so because somebody died, and is the same.
package survival
