package event_test

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// History is not what these tests are about: the relay does not ask for it.
func (m *memory) History(context.Context, string, event.HistoryQuery, page.Window) ([]event.Revision, error) {
	return nil, nil
}
