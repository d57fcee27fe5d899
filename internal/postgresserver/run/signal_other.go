//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// ending are the signals that ask the program to end.
var ending = []os.Signal{os.Interrupt}

// hangup is the signal of a parent that is gone.
var hangup = os.Kill

func group(*exec.Cmd) {}

// pass ends the command: here a process cannot be sent a signal.
func pass(p *os.Process, _ os.Signal) { _ = p.Kill() }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
