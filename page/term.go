package page

import "slices"

// Term is a word that an entity is found by. Filters go through terms, with
// equality and ranges only, so that they stay on an index under row-level
// security.
type Term struct {
	// Key is what the word is of: "name", "metadata.tier", "region".
	Key string
	// Value is the word.
	Value string
}

// Replaced returns which terms have to be added and which to be dropped where
// others take the place of those that are stored. Those that stay are neither.
func Replaced(stored, terms []Term) (added, dropped []Term) {
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

// Match asks for the entities that have a term.
type Match struct {
	Term
	// Prefix asks for the terms that begin with the value, which is not empty.
	Prefix bool
}
