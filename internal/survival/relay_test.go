package survival

import (
	"context"
	"path/filepath"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
)

// The subscriptions: one has each service's events of a tenant in one order, the
// other those of each aggregate.
const (
	inLine  = "survival.line"
	abreast = "survival.abreast"
)

// subscriptions are their names.
func subscriptions() []string { return []string{inLine, abreast} }

// relay does the work in the background.
func (p part) relay(ctx context.Context) error {
	platform, err := p.platform(ctx)
	if err != nil {
		return nil //nolint:nilerr // it was ended before there was a database
	}
	if err := p.subscribe(platform); err != nil {
		return err
	}
	if err := platform.Run(ctx); err != nil {
		return err
	}
	return platform.Close()
}

// subscribe has all events noted in the journal before they count as handled.
func (p part) subscribe(platform *platforma.Platform) error {
	journal, err := openNotes(filepath.Join(p.Folder, journal))
	if err != nil {
		return err
	}
	for i, name := range subscriptions() {
		if err := platform.Events.Subscribe(event.Subscription{
			Name: name, Concurrency: 1 + 7*i,
			Handle: func(ctx context.Context, e event.Event) error {
				err := journal.add(note{By: p.Name, Subscription: name, At: time.Now().UnixMicro(), record: recordOf(e)})
				if p.Hang == string(e.Tenant) {
					<-ctx.Done()
				}
				return err
			},
		}); err != nil {
			return err
		}
	}
	return nil
}
