package catalog

import "github.com/platforma/platforma/internal/state"

// Status is the state of a product.
type Status string

// The statuses of a product.
const (
	// StatusDraft products are edited freely and not sold.
	StatusDraft Status = "draft"
	// StatusActive products are sold.
	StatusActive Status = "active"
	// StatusArchived products are not sold any more; what was sold stays as it
	// is.
	StatusArchived Status = "archived"
)

// Lifecycle is the table of a product's statuses.
func Lifecycle() state.Machine[Status] {
	return state.Machine[Status]{
		Entity: entity, Initial: StatusDraft,
		States: []Status{StatusDraft, StatusActive, StatusArchived},
		Transitions: []state.Transition[Status]{
			{Event: "activate", From: []Status{StatusDraft, StatusArchived}, To: StatusActive},
			{Event: "archive", From: []Status{StatusDraft, StatusActive}, To: StatusArchived},
		},
	}
}
