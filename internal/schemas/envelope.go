package schemas

import "github.com/invopop/jsonschema"

// envelope is the schema of what is around the data: CloudEvents 1.0 in its JSON
// form, with the library's extension attributes.
func envelope() *jsonschema.Schema {
	described := func(s *jsonschema.Schema, text string) *jsonschema.Schema {
		s.Description = text
		return s
	}
	text := func(what string) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", MinLength: new(uint64(1)), Description: what}
	}
	schema := object(
		property{"specversion", &jsonschema.Schema{Const: "1.0", Description: "The version of CloudEvents."}},
		property{"id", described(whole(idForm("evt")), "Names the event; sorts by time.")},
		property{"source", described(whole("/[a-z]+/"+idForm("ten")), "The service and the tenant that it comes from.")},
		property{"type", described(whole(`platforma(\.[a-z_]+)+\.v[0-9]+`), "What happened, and the version of the data's schema.")},
		property{"subject", text("The id of the entity.")},
		property{"time", &jsonschema.Schema{Type: "string", Format: "date-time", Description: "When it happened."}},
		property{"datacontenttype", &jsonschema.Schema{Const: "application/json", Description: "How the data is written."}},
		property{"tenantid", described(whole(idForm("ten")), "The tenant.")},
		property{"data", &jsonschema.Schema{Type: "object", Description: "The whole entity after the change; the type has its schema."}},
	)
	for _, optional := range []property{
		{"sequence", described(whole("[0-9]{19}"), "The position among the service's events of the tenant, from 1 and without a gap; "+
			"missing until it has been given.")},
		{"actor", text("Who did it: a user's id, `host`, `operator`, `system`, or what the host said.")},
		{"reason", text("Why, as the host said.")},
		{"correlationid", text("The request that it came of, as the host said.")},
		{"causationid", described(whole(idForm("evt")), "The event that caused this one.")},
	} {
		schema.Properties.Set(optional.name, optional.schema)
	}
	schema.Version = jsonschema.Version
	schema.ID = jsonschema.ID(address + Envelope + ".json")
	schema.Title = Envelope
	schema.Description = "What is around the data of every event: a CloudEvents 1.0 event with extension attributes."
	return schema
}
