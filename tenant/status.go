package tenant

import "github.com/platforma/platforma/internal/state"

// Status is the state of a tenant.
type Status string

// The statuses of a tenant.
const (
	// Active tenants read and write.
	Active Status = "active"
	// Suspended tenants read and do not write.
	Suspended Status = "suspended"
	// Archived tenants are read by the operator alone, and stay as they are.
	Archived Status = "archived"
)

// Lifecycle is the table of a tenant's statuses.
func Lifecycle() state.Machine[Status] {
	return state.Machine[Status]{
		Entity: "tenant", Initial: Active,
		States: []Status{Active, Suspended, Archived},
		Transitions: []state.Transition[Status]{
			{Event: "suspend", From: []Status{Active, Suspended}, To: Suspended},
			{Event: "reactivate", From: []Status{Suspended}, To: Active},
			{Event: "archive", From: []Status{Active, Suspended}, To: Archived},
		},
	}
}

// UserStatus is the state of a user.
type UserStatus string

// The statuses of a user. Only active users may act.
const (
	UserInvited  UserStatus = "invited"
	UserActive   UserStatus = "active"
	UserDisabled UserStatus = "disabled"
)

// UserLifecycle is the table of a user's statuses.
func UserLifecycle() state.Machine[UserStatus] {
	return state.Machine[UserStatus]{
		Entity: "user", Initial: UserInvited,
		States: []UserStatus{UserInvited, UserActive, UserDisabled},
		Transitions: []state.Transition[UserStatus]{
			{Event: "activate", From: []UserStatus{UserInvited, UserDisabled}, To: UserActive},
			{Event: "disable", From: []UserStatus{UserInvited, UserActive}, To: UserDisabled},
		},
	}
}
