package survival

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// good is the evidence of a writer that created a customer and changed it, of a
// relay that died in between, and of a server that was killed later.
func good() evidence {
	created := record{"customer", "t", "evt_1", "created", "cust_1", 1, 1, "first"}
	updated := record{"customer", "t", "evt_2", "updated", "cust_1", 2, 2, "second"}
	other := record{"customer", "t", "evt_3", "created", "cust_2", 1, 3, "third"}
	e := evidence{
		left: left{
			events:   []record{created, updated, other},
			entities: []entity{{"customers", "t", "cust_1", 2}, {"customers", "t", "cust_2", 1}},
		},
		answers: map[int][]answer{0: {
			{Number: 0, What: createCustomer, Entity: "cust_1", Version: 1, Data: "first"},
			{Number: 1, What: updateCustomer, Entity: "cust_1", Version: 2, Data: "second"},
			{Number: 2, What: takenEmail, Refused: "taken"},
			{Number: 3, What: createCustomer, Entity: "cust_2", Version: 1, Data: "third"},
		}},
	}
	second := int64(1_000_000)
	for _, name := range subscriptions() {
		e.journal = append(e.journal, note{By: "relay-0#1", Subscription: name, At: second, record: created})
	}
	e.journal = append(e.journal, note{Killed: "relay-0#1", At: 2 * second})
	for _, r := range []record{created, updated, other} {
		for _, name := range subscriptions() {
			e.journal = append(e.journal, note{By: "relay-1#1", Subscription: name, At: 100 * second, record: r})
		}
	}
	return e
}

func TestTheVerdictOnWhatIsGood(t *testing.T) {
	t.Parallel()
	v := good().judge()
	require.Empty(t, v.findings, v)
	assert.Equal(t, "4 commands answered, 3 events, 8 deliveries, 2 duplicates; 0 lost, 0 early, 0 out of order, 0 altered", v.counts())
}

// What the campaigns watch for is found where it is.
func TestTheVerdictNotices(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, c := range map[string]struct {
		kind  string
		spoil func(*evidence)
	}{
		"an event that one subscription never had": {lost, func(e *evidence) { e.journal = e.journal[:len(e.journal)-1] }},
		"a version without an event":               {lost, func(e *evidence) { e.left.entities[1].Version = 2 }},
		"an entity without an event": {lost, func(e *evidence) {
			e.left.entities = append(e.left.entities, entity{"products", "t", "prod_1", 1})
		}},
		"an event of what was not committed": {early, func(e *evidence) {
			e.left.events, e.left.entities = e.left.events[:2], e.left.entities[:1]
			e.answers[0] = e.answers[0][:3]
		}},
		"an event whose change another one made": {early, func(e *evidence) {
			e.left.events[1].Version, e.left.entities[0].Version = 1, 1
			e.answers[0] = e.answers[0][:1]
		}},
		"an event whose change was undone": {early, func(e *evidence) { e.left.entities[0].Version = 1 }},
		"other data":                       {altered, func(e *evidence) { e.journal[0].Data = "other" }},
		"another position":                 {altered, func(e *evidence) { e.journal[0].Position = 7 }},
		"another version":                  {altered, func(e *evidence) { e.journal[0].Version = 7 }},
		"versions reversed": {disordered, func(e *evidence) {
			e.journal = e.journal[3:]
			e.journal[2], e.journal[4] = e.journal[4], e.journal[2]
		}},
		"a stream reversed": {disordered, func(e *evidence) { e.journal[5], e.journal[7] = e.journal[7], e.journal[5] }},
		"positions against versions": {disordered, func(e *evidence) {
			e.left.events[0].Position, e.left.events[1].Position = 2, 1
		}},
		"a duplicate of one who lives": {unexplained, func(e *evidence) { e.journal[2].Killed = "relay-1#1" }},
		"a duplicate long before the server died": {unexplained, func(e *evidence) {
			e.journal[2] = note{Killed: theServer, At: 50_000_000}
		}},
		"an answer without its change":   {forgotten, func(e *evidence) { e.answers[0][3].Version = 2 }},
		"an answer with other data":      {forgotten, func(e *evidence) { e.answers[0][1].Data = "other" }},
		"a customer nobody asked for":    {doubled, func(e *evidence) { e.answers[0] = e.answers[0][:3] }},
		"an event without a position":    {unplaced, func(e *evidence) { e.left.events[2].Position = 0 }},
		"a gap":                          {unplaced, func(e *evidence) { e.left.events[2].Position = 4 }},
		"an order under way":             {unfinished, func(e *evidence) { e.left.underWay = 1 }},
		"a dead letter":                  {unfinished, func(e *evidence) { e.left.letters = 1 }},
		"a refusal that nobody expected": {wrong, func(e *evidence) { e.answers[0][0] = answer{Wrong: "not found"} }},
	} {
		seen[c.kind] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := good()
			c.spoil(&e)
			v := e.judge()
			assert.Contains(t, v.findings, c.kind, v)
		})
	}
	for _, kind := range kinds() {
		assert.True(t, seen[kind], "nothing shows that %q is found", kind)
	}
}

// What the server's death explains, and until when.
func TestAnOutageExplainsDuplicates(t *testing.T) {
	t.Parallel()
	e := good()
	e.journal[2] = note{Killed: theServer, At: 2_000_000}
	e.journal = slices.Insert(e.journal, 3, note{Back: true, At: 3_000_000})
	v := e.judge()
	assert.Empty(t, v.findings, v)
}
