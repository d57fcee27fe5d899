package page

// Term is a word that an entity is found by. Filters go through terms, with
// equality and ranges only, so that they stay on an index under row-level
// security.
type Term struct {
	// Key is what the word is of: "name", "metadata.tier", "region".
	Key string
	// Value is the word.
	Value string
}

// Match asks for the entities that have a term.
type Match struct {
	Term
	// Prefix asks for the terms that begin with the value, which is not empty.
	Prefix bool
}
