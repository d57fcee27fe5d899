package main

import (
	"context"
	"maps"
	"slices"

	"github.com/platforma/platforma"
)

// events prints how often what happened, by the log, and how much of it the
// subscription heard in this run.
func (s *story) events(ctx context.Context) error {
	logged := map[string]int{}
	total, heard := 0, 0
	for e, err := range s.Events.All(ctx, platforma.EventQuery{}) {
		if err != nil {
			return err
		}
		logged[e.Type]++
		total++
	}
	rows := [][]string{{"EVENT", "IN THE LOG", "HEARD IN THIS RUN"}}
	for _, name := range slices.Sorted(maps.Keys(logged)) {
		now := s.watch.of(s.acme.ID, name)
		heard += now
		rows = append(rows, row(name, logged[name], now))
	}
	s.screen.table(append(rows, row("together", total, heard))...)
	return nil
}

// summary is all of it in one line, and what the data center was asked for.
func (s *story) summary(context.Context) error {
	calls := s.cloud.count(func(*tally) {})
	s.screen.printf("The data center was called %d times in this run: it did %d, was busy %d times, was not heard %d times, "+
		"and was looked at %d times", calls.applied+calls.observed, calls.done, calls.busy, calls.unheard, calls.observed)
	s.screen.printf("%d products, order %s over %s, %d resources running, %d machines",
		s.products, s.order.Status, s.order.Total(), s.running, s.running)
	return nil
}
