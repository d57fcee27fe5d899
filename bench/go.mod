module github.com/platforma/platforma/bench

go 1.26.0

replace github.com/platforma/platforma => ..

require github.com/platforma/platforma v0.0.0

require (
	github.com/bojanz/address v1.3.3 // indirect
	github.com/bojanz/currency v1.5.0 // indirect
	github.com/cockroachdb/apd/v3 v3.2.1 // indirect
	github.com/shopspring/decimal v1.6.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)
