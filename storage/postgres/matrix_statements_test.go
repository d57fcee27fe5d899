package postgres_test

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// kind is a kind of statement. In its SQL stand {table}, {tenant}, the column
// that says whose a row is, {set}, a column to update, {columns} and {key};
// {at}, the condition that finds a row by its key, {old}, that row's values,
// {new}, those of a row to add, {lists}, the same as lists of one, and
// {nobody}, a tenant without rows.
type kind struct {
	name  string
	needs string // the privileges, of which a "|" separates those that suffice alone
	sql   string

	all    bool // it is about all rows, and not one
	writes bool // it adds a row, whatever is seen
	copies bool // it adds a row for one that is seen
	moves  bool // it hands a row to another tenant
	counts bool // its answer is a number of rows
	// shows says that the first column of its answer is the rows' tenant.
	shows bool
	// outcome is what it answers to whoever has the privileges.
	outcome func(*relation) answer
}

// kinds are all of them.
var kinds = []kind{
	{name: "select by key", needs: "S", shows: true, sql: "SELECT {tenant} FROM {table} WHERE {at}"},
	{name: "list", needs: "S", all: true, shows: true, sql: "SELECT {tenant} FROM {table}"},
	{name: "count", needs: "S", all: true, counts: true, sql: "SELECT count(*) FROM {table}"},
	{name: "join", needs: "S", all: true, shows: true, sql: "SELECT one.{tenant} FROM {table} one JOIN {table} two USING ({key})"},
	{name: "insert", needs: "I", writes: true, sql: "INSERT INTO {table} ({columns}) VALUES ({new})"},
	{name: "insert returning", needs: "IS", writes: true, shows: true, sql: "INSERT INTO {table} ({columns}) VALUES ({new}) RETURNING {tenant}"},
	{name: "insert select", needs: "IS", copies: true, sql: "INSERT INTO {table} ({columns}) SELECT {new} FROM {table} WHERE {at}"},
	{name: "bulk", needs: "I", writes: true, sql: "INSERT INTO {table} ({columns}) SELECT * FROM unnest({lists})"},
	{name: "update", needs: "SU", sql: "UPDATE {table} SET {set} = {set} WHERE {at}"},
	{name: "update all", needs: "SU", all: true, sql: "UPDATE {table} SET {set} = {set}"},
	{name: "update returning", needs: "SU", shows: true, sql: "UPDATE {table} SET {set} = {set} WHERE {at} RETURNING {tenant}"},
	{name: "move", needs: "S!", moves: true, sql: "UPDATE {table} SET {tenant} = {nobody} WHERE {at}"},
	{name: "upsert", needs: "SIU", writes: true, sql: "INSERT INTO {table} ({columns}) VALUES ({old}) ON CONFLICT ({key}) DO UPDATE SET {set} = excluded.{set}"},
	{name: "insert or nothing", needs: "SI", writes: true, sql: "INSERT INTO {table} ({columns}) VALUES ({new}) ON CONFLICT ({key}) DO NOTHING"},
	{
		name: "merge", needs: "SIU", writes: true,
		sql: "MERGE INTO {table} USING (VALUES (1)) AS given (given) ON {at} WHEN MATCHED THEN UPDATE SET {set} = {set} " +
			"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({old})",
	},
	{name: "delete", needs: "SD", sql: "DELETE FROM {table} WHERE {at}"},
	{name: "delete returning", needs: "SD", shows: true, sql: "DELETE FROM {table} WHERE {at} RETURNING {tenant}"},
	{name: "lock rows", needs: "SU", shows: true, sql: "SELECT {tenant} FROM {table} WHERE {at} FOR UPDATE"},
	{name: "lock table", needs: "!|D|T", sql: "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", outcome: done},
	{name: "read lock", needs: "S", sql: "LOCK TABLE {table} IN ACCESS SHARE MODE", outcome: done},
	{name: "copy to", needs: "S", all: true, shows: true, sql: "COPY {table} ({tenant}) TO STDOUT"},
	{name: "copy from", needs: "I", sql: "COPY {table} ({columns}) FROM STDIN", outcome: unsupported},
	{name: "truncate", needs: "T", sql: "TRUNCATE {table}", outcome: func(r *relation) answer {
		if r.Referenced {
			return answer{code: "0A000"}
		}
		return answer{}
	}},
	{name: "explain", needs: "S", sql: "EXPLAIN (COSTS OFF) SELECT {tenant} FROM {table} WHERE {at}", outcome: done},
	{
		name: "explain analyze", needs: "S", counts: true,
		sql: "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT {tenant} FROM {table} WHERE {at}",
	},
}

func done(*relation) answer { return answer{} }

func unsupported(*relation) answer { return answer{code: "0A000"} }

// allowed says whether privileges suffice. The update of one column, u, does
// for all but what needs the whole of U, written "!".
func (k kind) allowed(privileges string) bool {
	has := func(verb rune) bool {
		switch verb {
		case 'U':
			return strings.ContainsAny(privileges, "Uu")
		case '!':
			return strings.ContainsRune(privileges, 'U')
		default:
			return strings.ContainsRune(privileges, verb)
		}
	}
	for way := range strings.SplitSeq(k.needs, "|") {
		if !strings.ContainsFunc(way, func(verb rune) bool { return !has(verb) }) {
			return true
		}
	}
	return false
}

// adds says whether all that it does is to add the new row.
func (k kind) adds() bool {
	return k.writes && (strings.Contains(k.sql, "{new}") || strings.Contains(k.sql, "{lists}"))
}

// text is the statement on a table, on one row and with another to add.
func (k kind) text(r *relation, at, fresh row) string {
	set := r.Columns[len(r.Columns)-1].Name
	if r.rule.column != "" {
		set = r.rule.column
	}
	condition := make([]string, len(r.Uniques[0]))
	key := make([]string, len(condition))
	for i, column := range r.Uniques[0] {
		key[i] = pgx.Identifier{column}.Sanitize()
		condition[i] = key[i] + " = " + at[column]
	}
	lists := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		lists[i] = "ARRAY[" + fresh[c.Name] + "]"
	}
	return strings.NewReplacer(
		"{table}", r.SQL, "{tenant}", r.tenant, "{set}", pgx.Identifier{set}.Sanitize(), "{columns}", r.each("%s"),
		"{key}", strings.Join(key, ", "), "{at}", strings.Join(condition, " AND "), "{old}", r.values(at),
		"{new}", r.values(fresh), "{lists}", strings.Join(lists, ", "), "{nobody}", textOf(string(nobody)),
	).Replace(k.sql)
}
