package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Kill ends the server's processes at once, as a crash would, and leaves what
// they have written. Without [Options].Crashes the last commits may be lost.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.slay(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("postgresserver: %w", err)
	}
	<-s.exited
	return nil
}

// Restart starts a killed server again, on its data and its port, and returns
// when it accepts connections: it has recovered then. The context bounds the start.
func (s *Server) Restart(ctx context.Context) error {
	for {
		err := s.serve(ctx)
		// What the dead have held the kernel gives back a little later.
		if !errors.Is(err, errInUse) && !errors.Is(err, errPortTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
