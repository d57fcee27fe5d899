module github.com/platforma/platforma/internal/schemas

go 1.26.0

replace github.com/platforma/platforma => ../..

require (
	github.com/invopop/jsonschema v0.14.0
	github.com/platforma/platforma v0.0.0
)

require (
	github.com/bahlo/generic-list-go v0.2.0 // indirect
	github.com/bojanz/address v1.3.3 // indirect
	github.com/bojanz/currency v1.5.0 // indirect
	github.com/buger/jsonparser v1.1.2 // indirect
	github.com/cockroachdb/apd/v3 v3.2.1 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/pb33f/ordered-map/v2 v2.3.1 // indirect
	github.com/shopspring/decimal v1.6.0 // indirect
	go.yaml.in/yaml/v4 v4.0.0-rc.2 // indirect
	golang.org/x/text v0.41.0 // indirect
)
