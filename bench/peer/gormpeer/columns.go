package gormpeer

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/platforma/platforma/catalog"
)

// moment is a time: a timestamp on PostgreSQL, microseconds on SQLite.
type moment struct{ time.Time }

// GormDataType says that the column is a plain one.
func (moment) GormDataType() string { return "timestamptz" }

// GormValue is the time as the database keeps it.
func (m moment) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	var kept any = m.Time
	if db.Name() == sqliteName {
		kept = m.UnixMicro()
	}
	return clause.Expr{SQL: "?", Vars: []any{kept}}
}

// Scan reads the time as the database keeps it.
func (m *moment) Scan(from any) error {
	switch kept := from.(type) {
	case time.Time:
		m.Time = kept.UTC()
	case int64:
		m.Time = time.UnixMicro(kept).UTC()
	default:
		return fmt.Errorf("%T is no time", from)
	}
	return nil
}

func momentOf(t *time.Time) *moment {
	if t == nil {
		return nil
	}
	return &moment{*t}
}

func (m *moment) optional() *time.Time {
	if m == nil {
		return nil
	}
	return &m.Time
}

// document is a value in a column as JSON.
type document[T any] struct{ of T }

// GormDataType says that the column is a plain one.
func (document[T]) GormDataType() string { return "jsonb" }

// Value writes the value.
func (d document[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(d.of)
	return string(text), err
}

// Scan reads the value.
func (d *document[T]) Scan(from any) error {
	switch text := from.(type) {
	case string:
		return json.Unmarshal([]byte(text), &d.of)
	case []byte:
		return json.Unmarshal(text, &d.of)
	default:
		return fmt.Errorf("%T is no JSON", from)
	}
}

// price is a pricing rule's model, as a document's value.
type price struct{ catalog.Model }

// MarshalJSON writes the model.
func (p price) MarshalJSON() ([]byte, error) { return json.Marshal(p.Model) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *price) UnmarshalJSON(text []byte) (err error) {
	p.Model, err = catalog.ParseModel(text)
	return err
}
