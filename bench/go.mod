module github.com/platforma/platforma/bench

go 1.26.0

replace github.com/platforma/platforma => ..

require (
	github.com/google/go-cmp v0.7.0
	github.com/jackc/pgx/v5 v5.12.0
	github.com/platforma/platforma v0.0.0
	github.com/stretchr/testify v1.12.1
	modernc.org/sqlite v1.61.1
)
