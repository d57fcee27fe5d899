//go:build !linux

package bench_test

import (
	"testing"
	"time"

	"github.com/platforma/platforma/bench/world"
)

// processor is measured on Linux only.
func processor(*testing.B, *world.World) time.Duration { return 0 }
