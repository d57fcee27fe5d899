package tenant

import "github.com/platforma/platforma/event"

// The names of the service's events, as in "platforma.tenant.created.v1".
const (
	EventCreated     = "created"
	EventUpdated     = "updated"
	EventSuspended   = "suspended"
	EventReactivated = "reactivated"
	EventArchived    = "archived"

	EventUserAdded     = "user.added"
	EventUserUpdated   = "user.updated"
	EventUserActivated = "user.activated"
	EventUserDisabled  = "user.disabled"

	EventRoleCreated = "role.created"
	EventRoleUpdated = "role.updated"
	EventRoleDeleted = "role.deleted"
)

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{Service: service, Name: EventCreated, Data: Tenant{}, When: "A tenant was created."},
		{
			Service: service, Name: EventUpdated, Data: Tenant{},
			When: "Its name or settings were changed, or one of several suspensions was lifted.",
		},
		{Service: service, Name: EventSuspended, Data: Tenant{}, When: "It was suspended for a further reason."},
		{Service: service, Name: EventReactivated, Data: Tenant{}, When: "The last of its suspensions was lifted."},
		{Service: service, Name: EventArchived, Data: Tenant{}, When: "It was archived."},

		{Service: service, Name: EventUserAdded, Data: User{}, When: "A user was added, invited or active."},
		{Service: service, Name: EventUserUpdated, Data: User{}, When: "Its email, name or roles were changed."},
		{Service: service, Name: EventUserActivated, Data: User{}, When: "It may act from now on."},
		{Service: service, Name: EventUserDisabled, Data: User{}, When: "It may not act any more."},

		{Service: service, Name: EventRoleCreated, Data: Role{}, When: "A role was created, also the built-in one with its tenant."},
		{Service: service, Name: EventRoleUpdated, Data: Role{}, When: "What it allows was changed."},
		{Service: service, Name: EventRoleDeleted, Data: Role{}, When: "It was deleted."},
	}
}
