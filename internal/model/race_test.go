//go:build race

package model

// checks is how many sequences each part of TestModel runs: the race detector
// takes five times as long for one.
const checks = "60"
