package survival

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
)

// answer is what a writer was answered to a command.
type answer struct {
	// Number counts the writer's commands.
	Number int    `json:"number"`
	What   string `json:"what"`
	// Entity and Version are what came of it, and Data the hash of the entity's
	// JSON. Refused is how a command ended of which nothing came.
	Entity  string `json:"entity,omitempty"`
	Version int64  `json:"version,omitempty"`
	Data    string `json:"data,omitempty"`
	Refused string `json:"refused,omitempty"`
	// Wrong is an answer that no crash excuses.
	Wrong string `json:"wrong,omitempty"`
}

// answersOf is the file of a writer's answers.
func answersOf(folder string, number int) string {
	return filepath.Join(folder, fmt.Sprintf("writer-%d", number))
}

// writer gives one command after the other, each drawn from its number alone. It
// notes the answer before the next; without one it asks again, and whoever plays
// its part after it does: that is what keys are for.
type writer struct {
	part

	number   int
	platform *platforma.Platform
	shop     shop
	notes    *notes
	next     int

	// What it knows of by the answers so far.
	customers []customer.ID
	orders    []order.ID
}

// write runs the part's writers.
func (p part) write(ctx context.Context) error {
	platform, err := p.platform(ctx)
	if err != nil {
		return nil //nolint:nilerr // it was ended before there was a database
	}
	var group sync.WaitGroup
	failures := make([]error, len(p.Writers))
	for i, number := range p.Writers {
		group.Go(func() {
			w := &writer{part: p, number: number, platform: platform, shop: p.Shops[number%len(p.Shops)]}
			failures[i] = w.run(ctx)
		})
	}
	group.Wait()
	return errors.Join(errors.Join(failures...), platform.Close())
}

func (w *writer) run(ctx context.Context) error {
	former, err := parseNotes[answer](answersOf(w.Folder, w.number))
	if err != nil {
		return err
	}
	for _, a := range former {
		w.learn(a)
	}
	if w.notes, err = openNotes(answersOf(w.Folder, w.number)); err != nil {
		return err
	}
	for {
		think := time.Duration(rand.Int64N(int64(2 * w.Pause)))
		if !pause(ctx, think) {
			return nil
		}
		a := w.ask()
		if err := w.notes.add(a); err != nil {
			return err
		}
		w.learn(a)
	}
}

func (w *writer) learn(a answer) {
	w.next = a.Number + 1
	switch {
	case a.Refused != "" || a.Wrong != "":
	case a.What == createCustomer:
		w.customers = append(w.customers, customer.ID(a.Entity))
	case a.What == placeOrder:
		w.orders = append(w.orders, order.ID(a.Entity))
	}
}

// ask gives the next command until there is an answer. Who is to end in the
// meantime waits for it too.
func (w *writer) ask() answer {
	for {
		a, err := w.command()
		switch {
		case err == nil:
			return a
		case errors.Is(err, platforma.ErrUnavailable):
		case a.excuses(err):
			a.Refused = err.Error()
			return a
		default:
			a.Wrong = err.Error()
			return a
		}
		pause(context.Background(), retry)
	}
}
