package survival

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// verdict is what a comparison has found. Each kind of finding is a promise that
// was broken, with what broke it.
type verdict struct {
	events, deliveries, duplicates, answers int
	findings                                map[string][]string
}

// The kinds of findings.
const (
	lost        = "lost"                         // an event that a subscription never had, or a change without one
	early       = "early"                        // an event of what is not in the database
	altered     = "altered"                      // a delivery that differs from what is in the database
	disordered  = "out of order"                 // a first delivery, or a position, before that of an earlier version
	unexplained = "duplicates without a death"   // a second delivery though who had the first lived on
	forgotten   = "answered and not there"       // a change that a writer was told of
	doubled     = "done without an answer"       // what was made once more than it was asked for
	unplaced    = "without a place of their own" // positions that are missing or twice there
	unfinished  = "not at an end"                // work that settling left
	wrong       = "answered wrongly"             // a refusal that no crash excuses
)

// kinds are all of them.
func kinds() []string {
	return []string{lost, early, altered, disordered, unexplained, forgotten, doubled, unplaced, unfinished, wrong}
}

func (v *verdict) findf(kind, format string, args ...any) {
	if v.findings == nil {
		v.findings = map[string][]string{}
	}
	v.findings[kind] = append(v.findings[kind], fmt.Sprintf(format, args...))
}

// String lists the findings, the first few of each kind.
func (v *verdict) String() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(v.findings)) {
		all := v.findings[kind]
		fmt.Fprintf(&b, "%d %s:\n  %s\n", len(all), kind, strings.Join(all[:min(len(all), 8)], "\n  "))
	}
	return b.String()
}

// counts are the numbers of the promises that matter most.
func (v *verdict) counts() string {
	return fmt.Sprintf("%d commands answered, %d events, %d deliveries, %d duplicates; %d lost, %d early, %d out of order, %d altered",
		v.answers, v.events, v.deliveries, v.duplicates,
		len(v.findings[lost]), len(v.findings[early]), len(v.findings[disordered]), len(v.findings[altered]))
}

// evidence is all that is compared.
type evidence struct {
	left    left
	journal []note
	answers map[int][]answer
	// opened are the customers that were there before the writers.
	opened []shop
}

func (e evidence) judge() *verdict {
	v := &verdict{events: len(e.left.events)}
	e.judgeOutbox(v)
	e.judgeDeliveries(v)
	e.judgeAnswers(v)
	if e.left.underWay > 0 || e.left.letters > 0 {
		v.findf(unfinished, "%d orders and resources under way, %d dead letters", e.left.underWay, e.left.letters)
	}
	return v
}

// stream is a service's events of a tenant, and aggregate those of one entity.
type stream struct{ service, tenant string }

type aggregate struct{ tenant, subject string }

// change is a version of an entity.
type change struct {
	entity  string
	version int64
}

// judgeOutbox compares the events with the entities and with each other.
func (e evidence) judgeOutbox(v *verdict) {
	told := map[aggregate]map[int64]bool{}
	streams := map[stream][]record{}
	for _, r := range e.left.events {
		at := aggregate{r.Tenant, r.Subject}
		if told[at] == nil {
			told[at] = map[int64]bool{}
		}
		told[at][r.Version] = true
		streams[stream{r.Service, r.Tenant}] = append(streams[stream{r.Service, r.Tenant}], r)
	}
	versions := map[aggregate]int64{}
	for _, entity := range e.left.entities {
		versions[aggregate{entity.Tenant, entity.ID}] = entity.Version
		for version := range entity.Version {
			if !told[aggregate{entity.Tenant, entity.ID}][version+1] {
				v.findf(lost, "no event tells of version %d of %s in %s", version+1, entity.ID, entity.Table)
			}
		}
	}
	data := map[change]record{}
	for _, r := range e.left.events {
		// The events of one step show the entity alike.
		at := change{r.Subject, r.Version}
		if former, also := data[at]; also && former.Data != r.Data {
			v.findf(early, "%s and %s tell of version %d of %s, each otherwise", former.ID, r.ID, r.Version, r.Subject)
		}
		data[at] = r
		if version := versions[aggregate{r.Tenant, r.Subject}]; r.Version > version {
			v.findf(early, "%s tells of version %d of %s, which is at %d", r.ID, r.Version, r.Subject, version)
		}
	}
	for at, records := range streams {
		slices.SortFunc(records, func(a, b record) int { return cmp.Compare(a.Position, b.Position) })
		versions := map[string]int64{}
		for i, r := range records {
			if r.Position != int64(i+1) {
				v.findf(unplaced, "%s has position %d, the %dth of %v", r.ID, r.Position, i+1, at)
				break
			}
			if r.Version < versions[r.Subject] {
				v.findf(disordered, "%s: version %d of %s is placed behind version %d", r.ID, r.Version, r.Subject, versions[r.Subject])
			}
			versions[r.Subject] = r.Version
		}
	}
}

// judgeDeliveries compares the journal with the outboxes.
func (e evidence) judgeDeliveries(v *verdict) {
	stored := map[string]record{}
	for _, r := range e.left.events {
		stored[r.ID] = r
	}
	deaths := deathsIn(e.journal)
	had := map[string]map[string]note{} // the last delivery, by subscription and event
	for _, name := range subscriptions() {
		had[name] = map[string]note{}
	}
	firsts := newFirsts()
	for _, n := range e.journal {
		if n.Subscription == "" {
			continue
		}
		v.deliveries++
		r, there := stored[n.ID]
		switch {
		case !there:
			v.findf(early, "%s had %s, %s of %s", n.Subscription, n.ID, n.Type, n.Subject)
			continue
		case r != n.record:
			v.findf(altered, "%s had %+v, stored is %+v", n.Subscription, n.record, r)
		}
		former, again := had[n.Subscription][n.ID]
		had[n.Subscription][n.ID] = n
		if !again {
			firsts.add(v, n)
			continue
		}
		v.duplicates++
		if !deaths.explain(former, n) {
			v.findf(unexplained, "%s had %s from %s at %d and from %s at %d", n.Subscription, n.ID, former.By, former.At, n.By, n.At)
		}
	}
	for name, events := range had {
		for id, r := range stored {
			if _, ok := events[id]; !ok {
				v.findf(lost, "%s never had %s, %s of %s, position %d", name, id, r.Type, r.Subject, r.Position)
			}
		}
	}
}

// firsts watches over the order of first deliveries.
type firsts struct {
	positions map[string]int64 // by what comes in one order
	versions  map[string]int64 // by subscription and entity
}

func newFirsts() firsts { return firsts{map[string]int64{}, map[string]int64{}} }

func (f firsts) add(v *verdict, n note) {
	entity := strings.Join([]string{n.Subscription, n.Tenant, n.Service, n.Subject}, " ")
	line := entity
	if n.Subscription == inLine {
		line = strings.Join([]string{n.Subscription, n.Tenant, n.Service}, " ")
	}
	if n.Position <= f.positions[line] {
		v.findf(disordered, "%s had position %d of %s %s after %d", n.Subscription, n.Position, n.Service, n.Tenant, f.positions[line])
	}
	if n.Version < f.versions[entity] {
		v.findf(disordered, "%s had version %d of %s after %d", n.Subscription, n.Version, n.Subject, f.versions[entity])
	}
	f.positions[line] = max(n.Position, f.positions[line])
	f.versions[entity] = max(n.Version, f.versions[entity])
}

// deaths are the processes that were killed, and from when to when there was no
// server.
type deaths struct {
	killed  map[string]bool
	outages [][2]int64
}

func deathsIn(journal []note) deaths {
	d := deaths{killed: map[string]bool{}}
	for _, n := range journal {
		switch {
		case n.Killed == theServer:
			d.outages = append(d.outages, [2]int64{n.At, n.At})
		case n.Killed != "":
			d.killed[n.Killed] = true
		case n.Back:
			d.outages[len(d.outages)-1][1] = n.At
		}
	}
	return d
}

// aftermath is for how long around an outage a lane may not have been moved: its
// events were handed out before, or the connections of before were tried first.
const aftermath = 10 * time.Second

// explain says whether a death explains why who had a delivery could not note
// that the lane has moved on.
func (d deaths) explain(first, second note) bool {
	if d.killed[first.By] {
		return true
	}
	return slices.ContainsFunc(d.outages, func(o [2]int64) bool {
		around := aftermath.Microseconds()
		return first.At > o[0]-around && first.At < o[1]+around && second.At > o[0]
	})
}

// judgeAnswers compares what the writers were told with what is there.
func (e evidence) judgeAnswers(v *verdict) {
	data := map[change]string{}
	for _, r := range e.left.events {
		data[change{r.Subject, r.Version}] = r.Data
	}
	made := map[string]bool{}
	for _, s := range e.opened {
		made[string(s.Regular)] = true
	}
	for number, answers := range e.answers {
		for _, a := range answers {
			v.answers++
			if a.Wrong != "" {
				v.findf(wrong, "writer %d, command %d, to %s: %s", number, a.Number, a.What, a.Wrong)
			}
			if a.Refused != "" || a.Wrong != "" {
				continue
			}
			if a.What == createCustomer || a.What == placeOrder {
				made[a.Entity] = true
			}
			if stored, ok := data[change{a.Entity, a.Version}]; !ok || stored != a.Data {
				v.findf(forgotten, "writer %d, command %d, to %s: version %d of %s", number, a.Number, a.What, a.Version, a.Entity)
			}
		}
	}
	for _, entity := range e.left.entities {
		if (entity.Table == "customers" || entity.Table == "orders") && !made[entity.ID] {
			v.findf(doubled, "%s in %s", entity.ID, entity.Table)
		}
	}
}
