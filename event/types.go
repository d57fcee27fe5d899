package event

// Wants says whether a list of types, as in [Subscription].Types, wants a type.
func Wants(types []string, eventType string) bool {
	return Subscription{Types: types}.wants(eventType)
}
