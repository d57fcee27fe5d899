package event

import (
	"errors"
	"sync"
)

// tally adds up what many did at once.
type tally struct {
	mu   sync.Mutex
	done int
	errs []error
}

func (t *tally) add(done int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done += done
	t.errs = append(t.errs, err)
}

func (t *tally) sum() (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done, errors.Join(t.errs...)
}
