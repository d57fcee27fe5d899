//go:build !race

package model

// checks is how many sequences each part of TestModel runs.
const checks = "150"
