package postgres

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/internal/sqlstore"
)

// values are a row's columns as they came over the wire, in the formats that
// pgx asks for: integers, booleans and times in binary, all else as text.
// Reading them here, where the column's type is known, spares pgx finding out
// for each what it is read into.
type values struct {
	fields []pgconn.FieldDescription
	raw    [][]byte
	err    error
}

// row reads the row that the rows are at.
func (v *values) row(rows pgx.Rows, read func(sqlstore.Values) error) error {
	if v.fields == nil {
		v.fields = rows.FieldDescriptions()
	}
	v.raw = rows.RawValues()
	if err := read(v); err != nil {
		return err
	}
	return v.err
}

func (v *values) Null(column int) bool { return v.raw[column] == nil }

func (v *values) Text(column int) string { return string(v.Bytes(column)) }

func (v *values) Bytes(column int) []byte {
	raw := v.raw[column]
	if v.fields[column].DataTypeOID == pgtype.JSONBOID && v.binary(column) && len(raw) > 0 {
		return raw[1:] // behind the version
	}
	return raw
}

func (v *values) Integer(column int) int64 {
	raw := v.raw[column]
	switch {
	case raw == nil:
		return 0
	case !v.binary(column):
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			v.unexpected(column)
		}
		return n
	case len(raw) == 8:
		return int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // the same bits
	case len(raw) == 4:
		return int64(int32(binary.BigEndian.Uint32(raw))) //nolint:gosec // the same bits
	default:
		v.unexpected(column)
		return 0
	}
}

func (v *values) Boolean(column int) bool {
	raw := v.raw[column]
	if len(raw) > 1 {
		v.unexpected(column)
	}
	return len(raw) == 1 && (raw[0] == 1 || raw[0] == 't')
}

// epoch is the beginning of PostgreSQL's time, in microseconds of Unix's.
const epoch = 946_684_800_000_000

func (v *values) Moment(column int) time.Time {
	raw := v.raw[column]
	if raw == nil {
		return time.Time{}
	}
	if len(raw) != 8 || !v.binary(column) {
		v.unexpected(column)
		return time.Time{}
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(raw)) + epoch).UTC() //nolint:gosec // the same bits
}

func (v *values) binary(column int) bool { return v.fields[column].Format == pgx.BinaryFormatCode }

func (v *values) unexpected(column int) {
	f := v.fields[column]
	v.err = fmt.Errorf("column %s is of another type than expected (%d)", f.Name, f.DataTypeOID)
}
