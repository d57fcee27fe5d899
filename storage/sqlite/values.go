package sqlite

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/platforma/platforma/internal/sqlstore"
)

// values are a row's columns as the driver has them: texts and integers.
type values struct {
	columns []any
	targets []any
	err     error
}

// row reads the row that the rows are at.
func (v *values) row(rows *sql.Rows, read func(sqlstore.Values) error) error {
	if v.columns == nil {
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		v.columns, v.targets = make([]any, len(names)), make([]any, len(names))
		for i := range v.columns {
			v.targets[i] = &v.columns[i]
		}
	}
	if err := rows.Scan(v.targets...); err != nil {
		return err
	}
	if err := read(v); err != nil {
		return err
	}
	return v.err
}

func (v *values) Null(column int) bool { return v.columns[column] == nil }

func (v *values) Text(column int) string {
	switch value := v.columns[column].(type) {
	case string:
		return value
	case nil:
		return ""
	default:
		v.unexpected(column)
		return ""
	}
}

func (v *values) Bytes(column int) []byte { return []byte(v.Text(column)) }

func (v *values) Integer(column int) int64 {
	switch value := v.columns[column].(type) {
	case int64:
		return value
	case nil:
		return 0
	default:
		v.unexpected(column)
		return 0
	}
}

func (v *values) Boolean(column int) bool { return v.Integer(column) != 0 }

func (v *values) Moment(column int) time.Time {
	if v.Null(column) {
		return time.Time{}
	}
	return time.UnixMicro(v.Integer(column)).UTC()
}

func (v *values) unexpected(column int) {
	v.err = fmt.Errorf("column %d is of another type than expected (%T)", column, v.columns[column])
}
