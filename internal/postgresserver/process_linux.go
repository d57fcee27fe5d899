package postgresserver

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func bindLife(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }

// children are the processes that a process has started and that live.
func children(parent int) (all []int) {
	states, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range states {
		state, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "12 (any name) S 7 …": the parent is the second field after the name.
		fields := bytes.Fields(state[bytes.LastIndexByte(state, ')')+1:])
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(parent) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			all = append(all, child)
		}
	}
	return all
}
