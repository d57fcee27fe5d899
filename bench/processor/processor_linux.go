package processor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Used returns how long processors have worked so far for this process and for
// some others.
func Used(others ...int) (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	sum := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	for _, pid := range others {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		worked, _, _ := bytes.Cut(text, []byte(" "))
		n, err := strconv.ParseInt(string(worked), 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}
