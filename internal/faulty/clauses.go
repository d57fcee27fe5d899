package faulty

func clauses() map[string][]string { return nil }
