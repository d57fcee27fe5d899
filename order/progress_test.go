package order

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

func TestReportsOfAnOrderUnderWay(t *testing.T) {
	t.Parallel()
	unit := func(p ItemProgress) Progress {
		p.Item = "vm"
		return Progress{Attempt: 1, Live: 2, Items: []ItemProgress{p}}
	}
	const processing, done = ItemProcessing, ItemProvisioned
	cases := map[string]struct {
		report Progress
		events []string
		items  []ItemStatus
		status Status
		phase  Phase
	}{
		"nothing known": {Progress{Attempt: 1}, nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress},
		"not accepted":  {Progress{}, nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress},
		"under way":     {running(1), nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress},
		"one item is up": {
			running(1, "vm"), []string{EventProgressed}, []ItemStatus{done, processing, done}, StatusProcessing, PhaseInProgress,
		},
		"all are up": {
			running(1, "vm", "disk"), []string{EventProvisioned}, []ItemStatus{done, done, done}, StatusProvisioned, PhaseAtRest,
		},
		"another attempt": {running(2, "vm", "disk"), nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress},
		"one of two units": {
			unit(ItemProgress{Running: 1, Provisioning: 1}), nil,
			[]ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress,
		},
		"one unit is missing": {
			unit(ItemProgress{Running: 1}), nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress,
		},
		"stopped is up": {
			unit(ItemProgress{Running: 1, Stopped: 1}), []string{EventProgressed},
			[]ItemStatus{done, processing, done}, StatusProcessing, PhaseInProgress,
		},
		"terminated is not waited for": {
			unit(ItemProgress{Running: 1, Terminated: 1}), []string{EventProgressed},
			[]ItemStatus{done, processing, done}, StatusProcessing, PhaseInProgress,
		},
		"one failed": {
			failing(1, "disk", "no room"), []string{EventFailed},
			[]ItemStatus{ItemCancelled, ItemFailed, done}, StatusFailed, PhaseTakingDown,
		},
		"failed, and gone already": {
			Progress{Attempt: 1, Items: failing(1, "vm", "").Items}, []string{EventFailed, EventCleared},
			[]ItemStatus{ItemFailed, ItemCancelled, done}, StatusFailed, PhaseAtRest,
		},
		"failed, of another attempt": {
			failing(2, "disk", "no room"), nil, []ItemStatus{processing, processing, done}, StatusProcessing, PhaseInProgress,
		},
	}
	for name, c := range cases {
		o := started(t)
		events, err := o.report(c.report, noon)
		require.NoError(t, err, name)
		require.Equal(t, c.events, events, name)
		require.Equal(t, c.items, statuses(o), name)
		require.Equal(t, c.status, o.Status, name)
		require.Equal(t, c.phase, o.Phase, name)
		require.Equal(t, c.status == StatusProvisioned, o.ProvisionedAt != nil, name)

		again := o
		events, err = again.report(c.report, noon)
		require.NoError(t, err, name)
		require.Empty(t, events, "%s: the same report changes nothing the second time", name)
		require.Empty(t, cmp.Diff(o, again), name)
	}
}

func TestAnItemThatWasUpCanStillFailItsOrder(t *testing.T) {
	t.Parallel()
	o := started(t)
	_, err := o.report(running(1, "vm"), noon)
	require.NoError(t, err)
	events, err := o.report(failing(1, "vm", "the host died"), noon)
	require.NoError(t, err)
	require.Equal(t, []string{EventFailed}, events)
	require.Equal(t, []ItemStatus{ItemFailed, ItemCancelled, ItemProvisioned}, statuses(o))
}

func TestReportsOfAnOrderThatIsOver(t *testing.T) {
	t.Parallel()
	cancelled := started(t)
	_, err := cancelled.cancel()
	require.NoError(t, err)
	second := failed(t, 0)
	_, err = second.retry(noon)
	require.NoError(t, err)
	_, err = second.report(failing(2, "vm", ""), noon)
	require.NoError(t, err)
	provisioned := started(t)
	_, err = provisioned.report(running(1, "vm", "disk"), noon)
	require.NoError(t, err)

	cases := map[string]struct {
		order   Order
		report  Progress
		cleared bool
	}{
		"failed, some are left":               {failed(t, 3), Progress{Attempt: 1, Live: 1}, false},
		"failed, none is left":                {failed(t, 3), Progress{Attempt: 1}, true},
		"failed, known already":               {failed(t, 0), Progress{Attempt: 1}, false},
		"failed, all up after all":            {failed(t, 3), running(1, "vm", "disk"), false},
		"failed again, none is left":          {second, Progress{Attempt: 2}, true},
		"failed again, late report":           {second, Progress{Attempt: 1}, false},
		"cancelled, some are left":            {cancelled, running(1), false},
		"cancelled, none is left":             {cancelled, Progress{Attempt: 1}, true},
		"cancelled, none was ever there":      {cancelled, Progress{}, true},
		"pending, nothing is there":           {fixture(), Progress{}, false},
		"provisioned, one failed since":       {provisioned, failing(1, "vm", "the host died"), false},
		"provisioned, all terminated since":   {provisioned, Progress{Attempt: 1}, false},
		"under way, all terminated too early": {started(t), Progress{Attempt: 1}, false},
	}
	for name, c := range cases {
		o := c.order
		events, err := o.report(c.report, noon)
		require.NoError(t, err, name)
		if c.cleared {
			require.Equal(t, []string{EventCleared}, events, name)
			c.order.Phase = PhaseAtRest
		} else {
			require.Empty(t, events, name)
		}
		require.Empty(t, cmp.Diff(c.order, o), name)
	}
}

func TestTheFailureSaysWhatFailed(t *testing.T) {
	t.Parallel()
	o := started(t)
	p := failing(1, "vm", "needs 4 vcpus in nyc1,\x00 2 are left\xff")
	p.Items[1].Failed = 1
	require.Equal(t, "vm-small: needs 4 vcpus in nyc1,  2 are left\uFFFD; disk-100: a unit could not be provisioned", o.why(p))

	o.Items[1].SKU = "vm-small"
	p.Items[0].Reason = ""
	require.Equal(t, "vm-small: a unit could not be provisioned", o.why(p), "one reason is said once")

	why := o.why(failing(1, "vm", strings.Repeat("ü", maxFailure)))
	require.LessOrEqual(t, len(why), maxFailure)
	require.Greater(t, len(why), maxFailure-4)
	require.True(t, utf8.ValidString(why))
}

func TestReportsThatCannotBe(t *testing.T) {
	t.Parallel()
	cases := map[string]Progress{
		"attempt":       {Attempt: -1},
		"live":          {Live: -1},
		"items[0].item": {Items: []ItemProgress{{Item: "other"}}},
		"items[1]":      {Items: []ItemProgress{{Item: "vm"}, {Item: "disk", Stopped: -1}}},
	}
	for path, p := range cases {
		var f fault.Fields
		p.check(&f, fixture())
		require.Len(t, f.All(), 1, path)
		require.Equal(t, path, f.All()[0].Path)
	}
	for _, count := range []func(*ItemProgress) *int{
		func(p *ItemProgress) *int { return &p.Provisioning }, func(p *ItemProgress) *int { return &p.Running },
		func(p *ItemProgress) *int { return &p.Stopped }, func(p *ItemProgress) *int { return &p.Failed },
		func(p *ItemProgress) *int { return &p.Terminated },
	} {
		p := ItemProgress{Item: "vm"}
		*count(&p) = -1
		var f fault.Fields
		Progress{Items: []ItemProgress{p}}.check(&f, fixture())
		require.False(t, f.Empty())
	}
}

// Whatever is done to an order and reported of it, in whatever order, its
// status, phase and items agree, and the truth settles it: there is no dead end.
func TestAnOrderNeverContradictsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := fixture()
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			before := o
			var names []string
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				names, err = o.begin("start", noon)
			case 1:
				names, err = o.cancel()
			case 2:
				names, err = o.retry(noon)
			case 3:
				p := anyProgress(t, o)
				names, err = o.report(p, noon)
				once := o
				twice, second := o.report(p, noon)
				if len(twice) > 0 || second != nil || !cmp.Equal(once, o) {
					t.Fatalf("the second report of %+v changed something: %v", p, twice)
				}
			}
			if err != nil {
				o = before // The service stores nothing of a refused move.
			} else if len(names) == 0 && !cmp.Equal(before, o) {
				t.Fatalf("changed without a name: %s", cmp.Diff(before, o))
			}
			consistent(t, o)
		}
		if o.Status == StatusProcessing {
			if _, err := o.report(running(o.Attempt, "vm", "disk"), noon); err != nil || o.Status != StatusProvisioned {
				t.Fatalf("a dead end: %+v", o)
			}
		}
		if o.Phase == PhaseTakingDown {
			if _, err := o.report(Progress{Attempt: o.Attempt}, noon); err != nil || o.Phase != PhaseAtRest {
				t.Fatalf("a dead end: %+v", o)
			}
		}
	})
}

func anyProgress(t *rapid.T, o Order) Progress {
	p := Progress{Attempt: rapid.IntRange(0, o.Attempt+1).Draw(t, "attempt")}
	for _, i := range o.Items {
		item := ItemProgress{Item: i.ID}
		for range i.Quantity {
			count := rapid.SampledFrom([]*int{
				&item.Provisioning, &item.Running, &item.Running, &item.Stopped, &item.Failed, &item.Terminated,
			}).Draw(t, "unit")
			*count++
		}
		p.Items = append(p.Items, item)
		p.Live += item.Provisioning + item.Running + item.Stopped + item.Failed
	}
	return p
}

func consistent(t *rapid.T, o Order) {
	allowed := map[Status][]ItemStatus{
		StatusPending:     {ItemPending},
		StatusProcessing:  {ItemProcessing, ItemProvisioned},
		StatusProvisioned: {ItemProvisioned},
		StatusFailed:      {ItemFailed, ItemCancelled, ItemProvisioned},
		StatusCancelled:   {ItemCancelled},
	}
	for _, i := range o.Items {
		if !slices.Contains(allowed[o.Status], i.Status) {
			t.Fatalf("a %s order has a %s item", o.Status, i.Status)
		}
		if o.Status == StatusFailed && provisions(i) && i.Status == ItemProvisioned {
			t.Fatalf("a failed order keeps resources")
		}
	}
	if !slices.Contains(Phases(o.Status), o.Phase) {
		t.Fatalf("a %s order is %s", o.Status, o.Phase)
	}
	if (o.Status == StatusProvisioned) != (o.ProvisionedAt != nil) {
		t.Fatalf("a %s order was provisioned at %v", o.Status, o.ProvisionedAt)
	}
	if (o.Failure != "") != (o.Status == StatusFailed) && o.Status != StatusCancelled {
		t.Fatalf("a %s order failed by %q", o.Status, o.Failure)
	}
}
