// Package model checks the whole library against a model of it: sequences of
// commands that nobody thought of run through the public facade on both
// databases and through rules that are written down once more, in plain maps,
// and every answer of the three is compared.
//
// It is all tests. A sequence is a list of small numbers that [pgregory.net/rapid]
// draws and, when something differs, cuts down to the few commands that matter.
// The databases run in step, with one clock and one source of randomness, so
// that even their ids and events are equal, byte for byte.
package model
