package shield

// guard is something that keeps tenants, users or services apart.
type guard struct {
	name string
	// file is where it is, have is its text there, exactly once, and without what
	// is left when it is taken away.
	file, have, without string
	// pkg and notice are the tests that must notice.
	pkg, notice string
}

// guards are those of the Go layer.
func guards() []guard {
	return []guard{
		{"a scope names a tenant", "scope/scope.go",
			`if err == nil && s.Tenant == "" {`, `if false {`,
			"./scope", "."},
		{"a tenant is named by a tenant's id", "scope/scope.go",
			`if !across && !id.Valid(TenantPrefix, string(s.Tenant)) {`, `if _ = across; false {`,
			"./scope", "."},
		{"a user is named by a user's id", "scope/scope.go",
			`if s.User != "" && !id.Valid("usr", s.User) || s.User == "" && s.Actor == "" {`, `if false {`,
			"./scope", "."},
		{"a user without an id is not the host", "scope/scope.go",
			`if user == "" {`, `if false {`,
			"./scope", "."},
		{"a new scope keeps no delivery of another tenant", "scope/scope.go",
			`if s.Tenant == outer.Tenant {`, `if true {`,
			"./scope", "."},
		{"a user is active in the tenant", "tenant/gate.go",
			`if s.UserStatus != UserActive {`, `if false {`,
			"./tenant", "TestTheGatesRules"},
		{"a user has the permission", "tenant/gate.go",
			`if !slices.ContainsFunc(s.Permissions, func(p Permission) bool { return p.Allows(operation) }) {`, `if false {`,
			"./tenant", "TestTheGatesRules"},
		{"an archived tenant is closed", "tenant/gate.go",
			`case s.Status == Archived && (write || by.Kind != scope.KindOperator):`, `case false:`,
			"./tenant", "TestTheGatesRules"},
		{"a suspended tenant does not write", "tenant/gate.go",
			`case s.Status != Active && write:`, `case false:`,
			"./tenant", "TestTheGatesRules"},
		{"the gate remembers by tenant", "tenant/gate.go",
			`kept, ok := g.cache[s.Tenant][user]`, `kept, ok := g.cache["any"][user]`,
			"./tenant", "TestTheGateTellsTenantsAndUsersApart"},
		{"the gate remembers by user", "tenant/gate.go",
			`g.remember(s.Tenant, user, remembered`, `g.remember(s.Tenant, "", remembered`,
			"./tenant", "TestTheGateTellsTenantsAndUsersApart"},
		{"only the operator does what is the operator's", "tenant/gate.go",
			`if s.Kind != scope.KindOperator {`, `if false {`,
			"./tenant", "TestWhatOnlyTheOperatorMayDo"},
		{"the gate forgets what has changed", "tenant/gate.go",
			`delete(g.cache, tenant)`, ``,
			"./tenant", "TestForgetEmptiesOneTenantsCache"},
		{"a cursor is of its tenant", "page/page.go",
			`{entity, tenant, query}`, `{Entity: entity, Query: query}`,
			"./page", "."},
		{"a cursor is of its query", "page/page.go",
			`return key, ok && key != "" && !strings.ContainsFunc(key, foreign)`,
			`_ = ok; return key, key != "" && !strings.ContainsFunc(key, foreign)`,
			"./page", "."},
		{"a handler acts for its event's tenant", "event/relay.go",
			`scope.WithCorrelation(scope.System(ctx, tenant), e.Correlation)`, `scope.WithCorrelation(scope.Operator(ctx), e.Correlation)`,
			"./event", "TestTheHandlersContext"},
		{"a worker acts for its claim's tenant", "resource/work.go",
			`ctx = scope.System(ctx, c.Tenant)`, `ctx = scope.System(ctx, "ten_01jqzv7h3vfey8mgd6g2p9x4tz")`,
			"./resource", "TestInterleaving"},
		{"a store takes the tenant from the scope", "internal/sqlstore/database.go",
			`return Principal{Role: s.service, Tenant: by.Tenant}, err`,
			`by.Tenant = "ten_01jqzv7h3vfey8mgd6g2p9x4tz"; return Principal{Role: s.service, Tenant: by.Tenant}, err`,
			"./storage/sqlite", "TestContractInMemory/.*/every_method_needs_its_scope"},
		{"what crosses tenants is the operator's", "internal/sqlstore/database.go",
			`if err == nil && (by.Kind != scope.KindOperator || by.Tenant != "") {`, `if _ = by; false {`,
			"./storage/sqlite", "TestContractInMemory/.*/every_method_needs_its_scope"},
	}
}
