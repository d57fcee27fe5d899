package survival

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// partVariable makes the test's binary another process of a host: one that plays
// the part that the variable has as JSON.
const partVariable = "PLATFORMA_SURVIVAL_PART"

func TestMain(m *testing.M) {
	text := os.Getenv(partVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	if err := p.play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// part is what a process does until its standard input ends.
type part struct {
	// Name tells this process from all others, those before it that died too.
	Name string `json:"name"`
	// Folder holds the notes, and Place the database.
	Folder string `json:"folder"`
	Place  place  `json:"place"`
	// Lease is how long a lane waits for who does not answer.
	Lease time.Duration `json:"lease"`
	// Writers are the numbers of the writers that it runs; none makes it a relay.
	Writers []int `json:"writers,omitempty"`
	// Seed draws the writers' commands, Pause is how long they think between two on
	// average, and Shops is where they act.
	Seed  uint64        `json:"seed,omitempty"`
	Pause time.Duration `json:"pause,omitempty"`
	Shops []shop        `json:"shops,omitempty"`
	// Behind is how much its clock is slow.
	Behind time.Duration `json:"behind,omitempty"`
	// Hang is the tenant whose events this relay never comes to an end with.
	Hang string `json:"hang,omitempty"`
}

// play plays the part until who started the process lets it end, or is dead.
func (p part) play() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		cancel()
	}()
	if len(p.Writers) > 0 {
		return p.write(ctx)
	}
	return p.relay(ctx)
}
