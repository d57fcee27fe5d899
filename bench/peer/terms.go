package peer

import (
	"slices"

	"github.com/platforma/platforma/page"
)

// Replaced returns which terms have to be added to those that are stored, and
// which to be dropped, so that they become others. A peer that asks what is
// stored writes no term again that stays.
func Replaced(stored, terms []page.Term) (added, dropped []page.Term) {
	for _, t := range terms {
		if !slices.Contains(stored, t) {
			added = append(added, t)
		}
	}
	for _, t := range stored {
		if !slices.Contains(terms, t) {
			dropped = append(dropped, t)
		}
	}
	return added, dropped
}
