package postgres_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// answer is what the database says to a statement: the condition it refuses
// with, or how many rows came back or were written.
type answer struct {
	code  string
	count int64
}

func (a answer) String() string { return cmp.Or(a.code, strconv.FormatInt(a.count, 10)+" rows") }

// heard is all that reached who asked.
type heard struct {
	answer
	tag     string
	tenants []string
	rows    string
	refusal *pgconn.PgError
}

var rowsOf = regexp.MustCompile(`rows=(\d+)`)

// ask sends a statement in a transaction of its own, which is rolled back.
func ask(ctx context.Context, c *pgconn.PgConn, k kind, scope, sql string) (h heard) {
	var tag pgconn.CommandTag
	var err error
	switch {
	case strings.HasPrefix(sql, "COPY"):
		tag, err = copied(ctx, c, scope, sql, &h)
	default:
		var results []*pgconn.Result
		if results, err = c.Exec(ctx, scope+sql).ReadAll(); err == nil {
			tag = results[len(results)-1].CommandTag
			h.read(k, results[len(results)-1].Rows)
		}
	}
	h.tag = tag.String()
	if !k.counts {
		h.count = tag.RowsAffected()
	}
	if err != nil {
		h.count = 0
		if !errors.As(err, &h.refusal) {
			h.refusal = &pgconn.PgError{Code: "?", Message: err.Error()}
		}
		h.code = h.refusal.Code
	}
	if _, err := c.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
		h.code = "?"
	}
	return h
}

func (h *heard) read(k kind, rows [][][]byte) {
	for _, row := range rows {
		if k.shows {
			h.tenants = append(h.tenants, string(row[0]))
		} else {
			h.rows += string(row[0]) + "\n"
		}
	}
	if k.counts {
		number := strings.TrimSpace(h.rows)
		if found := rowsOf.FindStringSubmatch(number); found != nil {
			number = found[1]
		}
		h.count, _ = strconv.ParseInt(number, 10, 64)
	}
}

// copied is for COPY, which has a protocol of its own.
func copied(ctx context.Context, c *pgconn.PgConn, scope, sql string, h *heard) (pgconn.CommandTag, error) {
	if _, err := c.Exec(ctx, scope).ReadAll(); err != nil {
		return pgconn.CommandTag{}, err
	}
	if strings.HasSuffix(sql, "FROM STDIN") {
		return c.CopyFrom(ctx, strings.NewReader(""), sql)
	}
	var lines bytes.Buffer
	tag, err := c.CopyTo(ctx, &lines, sql)
	h.tenants = strings.Fields(lines.String())
	return tag, err
}

// told is all that was heard, without what was asked for.
func (h heard) told(r *relation, at row) string {
	rows := h.rows
	for _, column := range r.Uniques[0] {
		literal, _, _ := strings.Cut(at[column], "::")
		rows = strings.ReplaceAll(rows, literal, "?")
	}
	if e := h.refusal; e != nil {
		return strings.Join([]string{
			e.Severity, e.Code, e.Message, e.Detail, e.Hint, e.Where, e.TableName, e.ColumnName, e.ConstraintName,
		}, ", ")
	}
	return h.tag + " " + strings.Join(h.tenants, ",") + rows
}
