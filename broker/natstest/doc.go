// Package natstest has no code: its tests publish to a NATS server with JetStream
// that they start, kill and start again themselves. It is a module of its own, so
// that no server is in anybody's graph.
package natstest
