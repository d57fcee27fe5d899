// Package events measures what events cost who writes, and how fast they reach
// who listens, against what one would write by hand.
//
//	make bench BENCH=Events   # on both databases
//	cd bench && go test -run '^$' -bench Events -benchtime 20x ./events
//
// Each iteration is one round: all that is compared does its work in turn, so
// that a slow moment of the machine hits everybody. What is printed are medians of
// the rounds' ratios.
package events
