//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// ending are the signals that ask the program to end.
var ending = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// hangup is the signal of a parent that is gone.
const hangup = syscall.SIGTERM

// group puts the command and all that it starts into one group, so that a
// signal reaches each: "go test" does not hand one on to the tests.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func pass(p *os.Process, sig os.Signal) {
	if s, ok := sig.(syscall.Signal); ok {
		_ = syscall.Kill(-p.Pid, s) // that it has ended meanwhile is no error
	}
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignalled + int(status.Signal())
	}
	return state.ExitCode()
}
