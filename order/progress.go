package order

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/platforma/platforma/fault"
)

// Progress is the present truth about an order's resources, counted anew for
// each report. Reports may come late, twice, or be lost but for the last.
type Progress struct {
	// Order is whose resources they are.
	Order ID `json:"order"`
	// Attempt is the latest attempt that resources exist of; 0 while there are
	// none.
	Attempt int `json:"attempt"`
	// Items count the resources of that attempt.
	Items []ItemProgress `json:"items"`
	// Live is how many resources of the order are not terminated, of all
	// attempts.
	Live int `json:"live"`
}

// ItemProgress counts the units of one item by their status.
type ItemProgress struct {
	Item         ItemID `json:"item"`
	Provisioning int    `json:"provisioning"`
	Running      int    `json:"running"`
	Stopped      int    `json:"stopped"`
	Failed       int    `json:"failed"`
	Terminated   int    `json:"terminated"`
	// Reason says, for people, why one failed.
	Reason string `json:"reason,omitempty"`
}

func (p Progress) check(f *fault.Fields, o Order) {
	if p.Attempt < 0 {
		f.Add("attempt", "must not be negative")
	}
	if p.Live < 0 {
		f.Add("live", "must not be negative")
	}
	for i, item := range p.Items {
		at := f.At("items", i)
		if !slices.ContainsFunc(o.Items, func(known Item) bool { return known.ID == item.Item }) {
			at.Add("item", "must be an item of the order")
		}
		if min(item.Provisioning, item.Running, item.Stopped, item.Failed, item.Terminated) < 0 {
			at.Add("", "must not count less than nothing")
		}
	}
}

func (p Progress) of(i Item) ItemProgress {
	for _, item := range p.Items {
		if item.Item == i.ID {
			return item
		}
	}
	return ItemProgress{Item: i.ID}
}

// up says whether every unit came up. One that was terminated since, by
// whoever may, is not waited for.
func (p ItemProgress) up(quantity int64) bool {
	return int64(p.Running+p.Stopped+p.Terminated) >= quantity
}

// report applies a report and names what happened: nothing, where the order
// knows it all.
func (o *Order) report(p Progress, now time.Time) ([]string, error) {
	var happened []string
	if o.Status == StatusProcessing && p.Attempt == o.Attempt {
		names, err := o.advance(p, now)
		if err != nil {
			return nil, err
		}
		happened = names
	}
	return append(happened, o.clear(p)...), nil
}

// advance leads a processing order on.
func (o *Order) advance(p Progress, now time.Time) ([]string, error) {
	failed := func(i Item) bool { return p.of(i).Failed > 0 }
	if slices.ContainsFunc(o.Items, failed) {
		return []string{EventFailed}, o.fail(failed, o.why(p))
	}
	moved := o.each("provision", func(i Item) bool { return p.of(i).up(i.Quantity) })
	if done := o.complete(now); done != nil {
		return done, nil
	}
	if moved {
		return []string{EventProgressed}, nil
	}
	return nil, nil
}

// clear puts a failed or cancelled order to rest when its resources are gone.
// A failed one had some of its present attempt, so a report that knows only
// earlier attempts is older than the failure.
func (o *Order) clear(p Progress) []string {
	late := o.Status == StatusFailed && p.Attempt < o.Attempt
	if o.Phase != PhaseTakingDown || p.Live > 0 || late {
		return nil
	}
	o.Phase = PhaseAtRest
	return []string{EventCleared}
}

// maxFailure is how long the text of a failure may be, in bytes.
const maxFailure = 2000

// why says, for people, which items failed by what.
func (o *Order) why(p Progress) string {
	var reasons []string
	for _, i := range o.Items {
		item := p.of(i)
		if item.Failed == 0 {
			continue
		}
		reason := i.SKU + ": " + clean(item.Reason)
		if item.Reason == "" {
			reason = i.SKU + ": a unit could not be provisioned"
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	why := strings.Join(reasons, "; ")
	if len(why) > maxFailure {
		why = why[:maxFailure]
		for !utf8.ValidString(why) {
			why = why[:len(why)-1]
		}
	}
	return why
}

// clean makes what a back end said fit to be stored: no database keeps a NUL.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
