package main

import (
	"sync"

	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// datacenter is the simulated back end: machines that are lines in a file, so
// that what it made outlives the process and can be counted. What it knows it
// knows from the file, and so it keeps what a [resource.Provisioner] promises
// whoever dies when: one machine for a resource, one deed for a token, nothing
// more of a resource that is gone.
type datacenter struct {
	crash crash

	mu       sync.Mutex
	journal  *journal
	machines map[resource.ID]record
	tokens   map[string]bool
	calls    tally
}

// tally counts, for this process's life, what the data center was asked, what
// it did, how often it was busy, and how often its answer was not heard.
type tally struct{ applied, observed, done, busy, unheard int }

func openDatacenter(path string, c crash) (*datacenter, error) {
	journal, err := openJournal(path)
	if err != nil {
		return nil, err
	}
	return &datacenter{crash: c, journal: journal, machines: map[resource.ID]record{}, tokens: map[string]bool{}}, nil
}

func (d *datacenter) close() error { return d.journal.close() }

// do does an action once, and says whether this was the time.
func (d *datacenter) do(r resource.Request) (m record, now bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	torn, err := d.journal.catchUp(d.learn)
	if err != nil {
		return record{}, false, err
	}
	m, known := d.machines[r.Desired.ID]
	gone := known && m.Status == resource.StatusTerminated
	if d.tokens[r.Token] || gone || known && r.Action == resource.ActionCreate {
		return m, false, nil
	}
	if !known {
		m = rack(len(d.machines)+1, r.Desired)
	}
	m.Token, m.Action, m.Status = r.Token, r.Action, statusAfter(r.Action)
	if err := d.journal.append(m, torn); err != nil {
		return record{}, false, err
	}
	_, err = d.journal.catchUp(d.learn)
	return m, true, err
}

// learn takes a record for true. Of two processes that wrote at once, the
// first one counts.
func (d *datacenter) learn(r record) {
	m, known := d.machines[r.Resource]
	if known && (r.Action == resource.ActionCreate || m.Status == resource.StatusTerminated) {
		return
	}
	d.machines[r.Resource], d.tokens[r.Token] = r, true
}

// of are the machines of a tenant that are there, by their resources.
func (d *datacenter) of(owner tenant.ID) (map[resource.ID]record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.journal.catchUp(d.learn)
	there := map[resource.ID]record{}
	for id, m := range d.machines {
		if m.Tenant == owner && m.Status != resource.StatusTerminated {
			there[id] = m
		}
	}
	return there, err
}
