package postgres_test

// bugs are what a programmer of this library forgets, or gets wrong.
var bugs = []attack{
	{
		number: "P001", what: "a SELECT without WHERE", as: "order@a", want: "{a}",
		do: []string{`SELECT tenant_id FROM "order".orders`},
	},
	{
		number: "P002", what: "an UPDATE without WHERE", as: "order@a", want: "UPDATE 1",
		do: []string{`UPDATE "order".orders SET failure = 'all of them'`},
	},
	{
		number: "P003", what: "a DELETE without WHERE", as: "order@a", want: "DELETE 1",
		do: []string{`DELETE FROM "order".items`},
	},
	{
		number: "P004", what: "a join without a condition", as: "order@a", want: "{a}",
		do: []string{`SELECT DISTINCT i.tenant_id FROM "order".orders CROSS JOIN "order".items i`},
	},
	{
		number: "P005", what: "an OR that lacks its brackets", as: "order@a", want: "{a}",
		do: []string{`SELECT DISTINCT tenant_id FROM "order".orders WHERE tenant_id = '{a}' AND status = 'failed' OR status <> 'failed'`},
	},
	{
		number: "P006", what: "a subquery without the tenant", as: "order@a", want: "1",
		do: []string{`SELECT count(*) FROM "order".orders o WHERE EXISTS (SELECT FROM "order".items i WHERE i.order_id <> '')`},
	},
	{
		number: "P007", what: "an outer join that keeps what it should not", as: "order@a", want: "{a}",
		do: []string{`SELECT DISTINCT coalesce(o.tenant_id, i.tenant_id) FROM "order".orders o FULL JOIN "order".items i ON false`},
	},
	{
		number: "P008", what: "a row with another's tenant", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.terms (tenant_id, key, value, id) VALUES ('{b}', 'k', 'v', 'i')`},
	},
	{
		number: "P009", what: "a row without a tenant", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.terms (tenant_id, key, value, id) VALUES (NULL, 'k', 'v', 'i')`},
	},
	{
		number: "P010", what: "a list of rows with one of another's", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.terms (tenant_id, key, value, id)
			SELECT * FROM unnest(ARRAY['{a}', '{b}'], ARRAY['k', 'k'], ARRAY['v', 'v'], ARRAY['i', 'i'])`},
	},
	{
		number: "P011", what: "an operation without a tenant", as: "order@", want: "PF001",
		do: []string{`SELECT id FROM "order".orders`},
	},
	{
		number: "P012", what: "a write without a tenant", as: "customer@", want: "PF001",
		do: []string{`INSERT INTO customer.terms (tenant_id, key, value, id) VALUES ('{a}', 'k', 'v', 'i')`},
	},
	{
		number: "P013", what: "an operation without any scope", as: "session", want: "42501",
		do: []string{`SELECT id FROM "order".orders`},
	},
	{
		number: "P014", what: "a scope that is set after its transaction", as: "session", want: "42501",
		do: []string{
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`,
			`SELECT id FROM "order".orders`,
		},
	},
	{
		number: "P015", what: "the role of the operation before", as: "session", want: "42501",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "COMMIT",
			`SELECT id FROM "order".orders`,
		},
	},
	{
		number: "P016", what: "the tenant of the operation before", as: "session", want: "PF001",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true)`, `SELECT id FROM "order".orders`,
		},
	},
	{
		number: "P017", what: "the tenant of an operation that failed", as: "session", want: "PF001",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "?SELECT 1 / 0", "ROLLBACK",
			"BEGIN", `SELECT set_config('role', '{p}_order', true)`, `SELECT id FROM "order".orders`,
		},
	},
	{
		number: "P018", what: "a savepoint's tenant, after its rollback", as: "order@a", want: "{a}",
		do: []string{
			"SAVEPOINT s", `SELECT set_config('app.tenant_id', '{b}', true)`, "ROLLBACK TO s", `SELECT tenant_id FROM "order".orders`,
		},
		sealed: denied,
	},
	{
		number: "P019", what: "another service's table", as: "order@a", want: "42501",
		do: []string{"SELECT id FROM customer.customers"},
	},
	{
		number: "P020", what: "another service's table in a subquery", as: "order@a", want: "42501",
		do: []string{`SELECT id FROM "order".orders WHERE customer_id IN (SELECT id FROM customer.customers)`},
	},
	{
		number: "P021", what: "another service's event", as: "order@a", want: "42501",
		do: []string{"SELECT data FROM customer.outbox"},
	},
	{
		number: "P022", what: "an event that is changed", as: "order@a", want: "42501",
		do: []string{`UPDATE "order".outbox SET data = '{}'`},
	},
	{
		number: "P023", what: "a statement that was prepared in another tenant", as: "session", want: "{b}",
		do: []string{
			`PREPARE one AS SELECT tenant_id FROM "order".orders`,
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one", "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{b}', true)`, "EXECUTE one",
		},
	},
	{
		number: "P024", what: "a plan that another tenant's run made", as: "session", want: "{b}",
		do: []string{
			"SET plan_cache_mode = force_generic_plan", `PREPARE one AS SELECT tenant_id FROM "order".orders`,
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one", "EXECUTE one", "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{b}', true)`, "EXECUTE one",
		},
	},
	{
		number: "P025", what: "a plan that another service's run made", as: "session", want: "42501",
		do: []string{
			"SET plan_cache_mode = force_generic_plan", `PREPARE one AS SELECT tenant_id FROM "order".orders`,
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one", "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_customer', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one",
		},
	},
	{
		number: "P026", what: "a plan that was made for one tenant, run in none", as: "session", want: "PF001",
		do: []string{
			"SET plan_cache_mode = force_generic_plan", `PREPARE one AS SELECT tenant_id FROM "order".orders`,
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one", "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true)`, "EXECUTE one",
		},
	},
	{
		number: "P027", what: "a cursor of the operation before", as: "session", want: "34000",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`,
			`DECLARE c CURSOR FOR SELECT tenant_id FROM "order".orders`, "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{b}', true)`, "FETCH c",
		},
	},
	{
		number: "P028", what: "a work queue that a service empties across tenants", as: "resource@a", want: "3",
		do: []string{`WITH gone AS (DELETE FROM resource.work RETURNING tenant_id) SELECT count(*) FROM gone WHERE tenant_id = '{a}'
			HAVING count(*) = (SELECT count(*) FROM gone)`},
	},
}
