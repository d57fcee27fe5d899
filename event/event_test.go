package event_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

const (
	acme  = scope.TenantID("ten_01h455vb4pex5vsknk084sn02q")
	other = scope.TenantID("ten_01h455vb4pex5vsknk084sn02r")
)

// placed is the event of an order, with every field set.
func placed() event.Event {
	return event.Event{
		ID: "evt_01h455vb4pex5vsknk084sn02q", Service: "order", Tenant: acme, Type: event.TypeOf("order", "placed"),
		Subject: "ord_01h455vb4pex5vsknk084sn02q", Version: 3, Time: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC),
		Position: 42, Actor: "host", Reason: "by phone", Correlation: "r1", Causation: "evt_01h455vb4pex5vsknk084sn02r",
		Data: json.RawMessage(`{"id":"ord_01h455vb4pex5vsknk084sn02q","version":3}`),
	}
}

func TestEventIsACloudEvent(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(placed())
	require.NoError(t, err)
	require.JSONEq(t, `{
		"specversion": "1.0", "id": "evt_01h455vb4pex5vsknk084sn02q", "source": "/order/ten_01h455vb4pex5vsknk084sn02q",
		"type": "platforma.order.placed.v1", "subject": "ord_01h455vb4pex5vsknk084sn02q", "time": "2026-01-02T03:04:05.678901Z",
		"datacontenttype": "application/json", "tenantid": "ten_01h455vb4pex5vsknk084sn02q", "sequence": "0000000000000000042",
		"actor": "host", "reason": "by phone", "correlationid": "r1", "causationid": "evt_01h455vb4pex5vsknk084sn02r",
		"data": {"id": "ord_01h455vb4pex5vsknk084sn02q", "version": 3}
	}`, string(text))

	bare := event.Event{
		ID: "evt_1", Service: "order", Tenant: acme, Type: "t", Subject: "s", Time: placed().Time, Data: json.RawMessage(`{}`),
	}
	text, err = json.Marshal(bare)
	require.NoError(t, err)
	for _, absent := range []string{"sequence", "actor", "reason", "correlationid", "causationid"} {
		require.NotContains(t, string(text), absent, "an attribute without a value is left out")
	}
}

// CloudEvents 1.0: names of attributes are of lower-case letters and digits;
// id, source, specversion and type are required and not empty.
func TestAttributesAreThoseOfCloudEvents(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z0-9]{1,20}$`)
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(anyEvent().Draw(t, "event"))
		require.NoError(t, err)
		var attributes map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &attributes))
		for key, value := range attributes {
			require.Regexp(t, name, key)
			require.Equal(t, key != "data", value[0] == '"', "attributes are texts")
		}
		for _, required := range []string{"id", "source", "specversion", "type"} {
			require.Greater(t, len(attributes[required]), len(`""`), required)
		}
	})
}

func anyEvent() *rapid.Generator[event.Event] {
	return rapid.Custom(func(t *rapid.T) event.Event {
		id := rapid.StringMatching(`evt_[0-7][0-9a-hjkmnp-tv-z]{25}`)
		text := rapid.String()
		version := rapid.Int64Range(0, 1<<62).Draw(t, "version")
		data, err := json.Marshal(map[string]any{"version": version, text.Draw(t, "key"): map[string]any{"x": text.Draw(t, "value")}})
		require.NoError(t, err)
		return event.Event{
			ID: event.ID(id.Draw(t, "id")), Service: rapid.StringMatching(`[a-z]{1,10}`).Draw(t, "service"),
			Tenant: scope.TenantID(rapid.StringMatching(`ten_[0-7][0-9a-hjkmnp-tv-z]{25}`).Draw(t, "tenant")),
			Type:   event.TypeOf("order", rapid.StringMatching(`[a-z.]{1,20}`).Draw(t, "name")), Subject: id.Draw(t, "subject"),
			Version: version, Time: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC(),
			Position: rapid.Int64Range(0, 1<<62).Draw(t, "position"), Actor: text.Draw(t, "actor"), Reason: text.Draw(t, "reason"),
			Correlation: text.Draw(t, "correlation"), Causation: text.Draw(t, "causation"), Data: data,
		}
	})
}

func TestEventComesBackFromItsJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		text, err := json.Marshal(e)
		require.NoError(t, err)
		var back event.Event
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, e, back)
	})
}

func TestSequencesSortAsTexts(t *testing.T) {
	t.Parallel()
	last := ""
	for _, position := range []int64{1, 9, 10, 99, 1_000_000_007, 9_223_372_036_854_775_807} {
		e := placed()
		e.Position = position
		text, err := json.Marshal(e)
		require.NoError(t, err)
		var attributes struct{ Sequence string }
		require.NoError(t, json.Unmarshal(text, &attributes))
		require.Len(t, attributes.Sequence, 19)
		require.Less(t, last, attributes.Sequence)
		last = attributes.Sequence
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]map[string]any{
		"another version of CloudEvents": {"specversion": "0.3"},
		"no version of CloudEvents":      {"specversion": nil},
		"no id":                          {"id": nil},
		"another entity's id":            {"id": "ord_01h455vb4pex5vsknk084sn02q"},
		"no type":                        {"type": nil},
		"no source":                      {"source": nil},
		"a source without a tenant":      {"source": "/order"},
		"a source without a service":     {"source": "//ten_01h455vb4pex5vsknk084sn02q"},
		"another tenant's source":        {"source": "/order/" + string(other)},
		"a source that is none of ours":  {"source": "order/" + string(acme)},
		"a source with more":             {"source": "/order/" + string(acme) + "/x"},
		"no tenant":                      {"tenantid": nil},
		"no tenant anywhere":             {"tenantid": nil, "source": "/order/"},
		"a bad tenant":                   {"tenantid": "acme"},
		"a sequence of letters":          {"sequence": "first"},
		"a sequence with more behind":    {"sequence": "0000000000000000042x"},
		"a sequence without its zeros":   {"sequence": "42"},
		"a negative sequence":            {"sequence": "-000000000000000042"},
		"a sequence that overflows":      {"sequence": "9999999999999999999"},
		"a sequence of nought":           {"sequence": "0000000000000000000"},
		"a number as sequence":           {"sequence": 42},
		"a time that is none":            {"time": "yesterday"},
		"no data":                        {"data": nil},
		"data that is no entity":         {"data": []int{1}},
		"a version that is no number":    {"data": map[string]any{"version": "three"}},
	} {
		text, err := json.Marshal(placed())
		require.NoError(t, err)
		var attributes map[string]any
		require.NoError(t, json.Unmarshal(text, &attributes))
		for key, value := range change {
			if attributes[key] = value; value == nil {
				delete(attributes, key)
			}
		}
		text, err = json.Marshal(attributes)
		require.NoError(t, err)
		e := placed()
		require.ErrorIs(t, json.Unmarshal(text, &e), fault.ErrInvalid, what)
		require.Equal(t, placed(), e, "a refusal leaves everything as it was")
	}
}

func FuzzEvent(f *testing.F) {
	good, err := json.Marshal(placed())
	require.NoError(f, err)
	f.Add(good)
	for _, text := range []string{`{}`, `[]`, `null`, `{"specversion":"1.0","source":"/a/b","data":{}}`, `{"sequence":"1x"}`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var e event.Event
		if err := e.UnmarshalJSON(text); err != nil {
			require.ErrorIs(t, err, fault.ErrInvalid)
			require.Zero(t, e)
			return
		}
		again, err := json.Marshal(e)
		require.NoError(t, err)
		var back event.Event
		require.NoError(t, json.Unmarshal(again, &back))
		// The bytes between the values may differ, and how the zone is written.
		e.Data, back.Data = nil, nil
		e.Time, back.Time = e.Time.UTC(), back.Time.UTC()
		require.Equal(t, e, back)
	})
}

func TestEventIDsAreChecked(t *testing.T) {
	t.Parallel()
	id, err := event.ParseID("evt_01h455vb4pex5vsknk084sn02q")
	require.NoError(t, err)
	require.Equal(t, placed().ID, id)
	for _, text := range []string{"", "evt_", "ord_01h455vb4pex5vsknk084sn02q"} {
		_, err := event.ParseID(text)
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorIs(t, id.UnmarshalText([]byte(text)), fault.ErrInvalid)
	}
}

func ExampleEvent() {
	e := event.Event{
		ID: "evt_01h455vb4pex5vsknk084sn02q", Service: "order", Tenant: acme, Type: event.TypeOf("order", "placed"),
		Subject: "ord_01h455vb4pex5vsknk084sn02q", Version: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Position: 7, Actor: "host", Data: json.RawMessage(`{"version":1}`),
	}
	text, err := json.MarshalIndent(e, "", "  ")
	fmt.Println(string(text), err)
	// Output:
	// {
	//   "specversion": "1.0",
	//   "id": "evt_01h455vb4pex5vsknk084sn02q",
	//   "source": "/order/ten_01h455vb4pex5vsknk084sn02q",
	//   "type": "platforma.order.placed.v1",
	//   "subject": "ord_01h455vb4pex5vsknk084sn02q",
	//   "time": "2026-01-02T03:04:05Z",
	//   "datacontenttype": "application/json",
	//   "tenantid": "ten_01h455vb4pex5vsknk084sn02q",
	//   "sequence": "0000000000000000007",
	//   "actor": "host",
	//   "data": {
	//     "version": 1
	//   }
	// } <nil>
}
