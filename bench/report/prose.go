package main

// What the report says around its tables.
const (
	introduction = `# Benchmarks

The same work on the same database by Platforma and by others, as a share of
what SQL by hand reaches: 1 is as fast, 0.5 takes twice the time.

![Throughput at 8 callers, as a share of the best hand-written SQL](bench.svg)

` + "`make bench`" + ` measures and writes this page anew; it takes ten minutes.

| operation | what it is |
|---|---|
| get | read an order with its three items |
| place | store an order with three items, what it is found by, and its event |
| order | the whole command: read the customer, read the products, price, place |
| list | read a page of 50 orders with their items, the newest first |
| find | find a customer by email |
| update | approve an order: read it, check it, save it with its event |
| import | create 10,000 products with their prices, regions and events |

Everybody works in a database of 10 tenants with 1,000 orders each, under the
same row-level security, roles, login and number of connections, and leaves the
same rows: a test compares every answer and every row. On SQLite Platforma and the
statements by hand run under the library's guards; bun and GORM, which open their
own connections, run without.

| peer | what it is |
|---|---|
| platforma | the public services, with all checks; place is the order store's write alone |
| pgx-batch | the limit on PostgreSQL: prepared statements by hand on pgx, each trip one pipelined batch |
| pgx | the same statements between BEGIN and COMMIT |
| bun | models with relations, RunInTx, on pgx |
| gorm | models with associations that are preloaded, prepared statements, on pgx |
| ent | a generated client with edges loaded eagerly, on pgx |
| prepared | the limit on SQLite: prepared statements by hand on database/sql |

In the tables stand the medians of all rounds and, in brackets, the bounds of
their middle half; the last column is what the limit does in a second.
`

	caveat = `
**These figures are provisional**: there was time for too few rounds. Do not rely
on them; ` + "`make bench`" + ` on a quiet machine replaces them.
`

	processors = `
## What it costs the processors

The same comparison by the time that processors work for an operation, those of
the client and of the database's connections together, with 8 callers on the
same machine.
`

	method = `
## How it is measured

The benchmarks are built once and run in one process. In each round all peers do
the same operation in turn, for 0.3 seconds each, on connections that are open
and warm. The ratios are taken round by round, and the median is that of the
rounds, so that what disturbs the machine for a minute disturbs all peers alike.
Operations that write work in a fresh copy of the database. The time is divided
by a plan: each operation in each setting once, and then most rounds for 8
callers on the same machine. The database's server and the callers share the
processors. The round trip of a millisecond is that of a proxy which delays what
passes, and holds nothing back else.

` + "`go test -bench 'Get/(platforma|pgx-batch)/callers=8/rtt=0s' -rounds 10`" + ` in the
folder ` + "`bench`" + ` looks at one operation.
`
)
