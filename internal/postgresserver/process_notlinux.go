//go:build unix && !linux

package postgresserver

import "syscall"

// bindLife cannot tie the lives of processes here; the next Start clears away
// what a killed one left.
func bindLife(*syscall.SysProcAttr) {}

// children are not known here: a server's end by themselves when it is gone.
func children(int) []int { return nil }
