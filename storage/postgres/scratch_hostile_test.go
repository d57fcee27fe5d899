package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

type explainer struct {
	t    *testing.T
	conn *pgx.Conn
	what string
}

func (e *explainer) Read(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	return e.Write(ctx, as, steps...)
}
func (e *explainer) Write(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	for i, s := range steps {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		tx, err := e.conn.Begin(context.Background())
		require.NoError(e.t, err)
		_, err = tx.Exec(context.Background(), "select set_config('role', $1, true), set_config('app.tenant_id', $2, true), set_config('plan_cache_mode', $3, true)", postgrestest.Prefix+"_"+as.Role, string(as.Tenant), mode)
		require.NoError(e.t, err)
		rows, err := tx.Query(context.Background(), "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY ON) "+s.Statement.SQL, s.Args...)
		if err != nil { fmt.Println("ERR", e.what, err); tx.Rollback(context.Background()); continue }
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil { fmt.Println("ERR", e.what, err, s.Statement.SQL[:min(200,len(s.Statement.SQL))]); tx.Rollback(context.Background()); continue }
		fmt.Printf("=== %s [%d] as %s %s: %s\n", e.what, i, as.Role, mode, lines[len(lines)-1])
		text := strings.Join(lines, "\n")
		if mode == "force_generic_plan" || strings.Contains(text, "Seq Scan") || strings.Contains(text, "Removed by Filter"){
			fmt.Println(text)
		}
		tx.Rollback(context.Background())
		}
	}
	return nil
}

func TestScratchPlans(t *testing.T) {
	d := postgrestest.New(t)
	ctx := context.Background()
	su, err := pgx.Connect(ctx, d.Superuser)
	require.NoError(t, err)
	defer su.Close(ctx)
	for _, q := range []string{
		`create function tid(i int) returns text language sql immutable as $$ select 'ten_'||lpad(i::text,26,'0') $$`,
		`insert into tenant.tenants select tid(i),1,'t','s'||i,'active','[]','{}',now(),now() from generate_series(1,500) i`,
		`insert into customer.customers select tid(1+i%500),'cust_'||lpad(i::text,26,'0'),1,'n','e'||i,'e'||i,'','{}','{}','{}',now(),now(),null from generate_series(1,50000) i`,
		`insert into customer.customers select tid(1),'cust_'||lpad(i::text,26,'0'),1,'n','e'||i,'e'||i,'','{}','{}','{}',now(),now(),null from generate_series(50001,70000) i`,
		`insert into customer.terms select tenant_id,'name',md5(id),id from customer.customers`,
		`insert into customer.terms select tenant_id,'metadata.tier',case when right(id,1)='1' then 'gold' else 'silver' end,id from customer.customers`,
		`insert into "order".orders select tenant_id,'ord_'||right(id,26),1,id,case when right(id,2)='07' then 'failed' else 'processing' end,'in_progress',1,1,'USD','{}','','',null,now()-interval '1 s'*right(id,7)::int,now(),null from customer.customers`,
		`insert into "order".items select tenant_id,id,'item_'||right(id,26),0,'prod_'||lpad('1',26,'0'),'s','n',1,'r','{}','virtual_machine','[]','{}',1,'processing' from "order".orders`,
		`insert into resource.clusters select tid(i),'clus_'||lpad(i::text,26,'0'),1,'n','nyc','{}','{}','{}','active',now(),now() from generate_series(1,500) i`,
		`insert into resource.resources select o.tenant_id,'res_'||right(o.id,26),1,o.customer_id,o.id,'item_'||right(o.id,26),1,1,'clus_'||right(o.tenant_id,26),'virtual_machine','n',case when right(o.id,1)='3' then 'nyc' else 'ams' end,'t',case when right(o.id,2)='07' then 'error' else 'running' end,'running','at_rest','','','{}','{}','',0,'',null,now(),now(),null from "order".orders o`,
		`insert into resource.work select tenant_id,id,case when right(id,2)='07' then 1700000000000000+right(id,6)::bigint end,0,0 from resource.resources`,
		`insert into "order".outbox select tenant_id,'evt_'||right(id,26),row_number() over (partition by tenant_id order by id),'t',id,1,now(),'','','','','{}' from "order".orders`,
		`insert into "order".outbox select tenant_id,'evt_1'||right(id,25),null,'t',id,2,now(),'','','','','{}' from "order".orders where right(id,3)='077'`,
		`insert into "order".streams select tenant_id,max(position) from "order".outbox where position is not null group by 1`,
		`insert into event.lanes select tenant_id,'sub','order',position,0,0,0,1 from "order".streams where right(tenant_id,1)<>'5'`,
		`insert into catalog.products select tid(1+i%500),'prod_'||lpad(i::text,26,'0'),1,'n','s'||i,'compute','{}','active','t',now(),now() from generate_series(1,50000) i`,
		`insert into catalog.product_regions select tenant_id,id,'nyc',0 from catalog.products`,
		`insert into catalog.terms select tenant_id,'region','nyc',id from catalog.products`,
		`insert into catalog.terms select tenant_id,'name',md5(id),id from catalog.products`,
		`analyze`,
	} {
		_, err := su.Exec(ctx, q)
		require.NoError(t, err, q)
	}
	app, err := pgx.Connect(ctx, d.App)
	require.NoError(t, err)
	defer app.Close(ctx)
	e := &explainer{t: t, conn: app}
	db := sqlstore.New(pgdialect.New(), e)
	big := scope.TenantID("ten_" + strings.Repeat("0", 25) + "1")
	tn := scope.Tenant(ctx, big)
	op := scope.Operator(ctx)
	cs, os, rs, ps, es := sqlstore.Customers(db), sqlstore.Orders(db), sqlstore.Resources(db), sqlstore.Catalog(db), sqlstore.Events(db)
	do := func(what string, f func()) { e.what = what; f() }
	w := page.Window{Limit: 51}
	after := page.Window{Limit: 51, After: "cust_" + fmt.Sprintf("%026d", 60000)}
	do("customers", func() { cs.List(tn, nil, after) })
	do("customers prefix", func() { cs.List(tn, []page.Match{{Term: page.Term{Key: "name", Value: "ab"}, Prefix: true}}, w) })
	do("customers meta", func() { cs.List(tn, []page.Match{{Term: page.Term{Key: "metadata.tier", Value: "gold"}}}, after) })
	do("customers meta+prefix", func() { cs.List(tn, []page.Match{{Term: page.Term{Key: "metadata.tier", Value: "gold"}}, {Term: page.Term{Key: "name", Value: "abc"}, Prefix: true}}, w) })
	do("orders status", func() { os.List(tn, order.Query{Status: "failed"}, nil, w) })
	do("orders customer", func() { os.List(tn, order.Query{Customer: customer.ID("cust_" + fmt.Sprintf("%026d", 60000))}, nil, w) })
	do("orders time", func() { os.List(tn, order.Query{From: time.Now().Add(-60100 * time.Second), To: time.Now().Add(-60000 * time.Second)}, nil, w) })
	do("resources order", func() { rs.List(tn, resource.Query{Order: order.ID("ord_" + fmt.Sprintf("%026d", 60000))}, w) })
	do("resources status", func() { rs.List(tn, resource.Query{Status: "error"}, w) })
	do("resources status+region", func() { rs.List(tn, resource.Query{Status: "error", Region: "nyc"}, w) })
	do("resources live", func() { rs.CountLive(tn, "") })
	do("catalog region", func() { ps.List(tn, catalog.Query{}, []page.Match{{Term: page.Term{Key: "region", Value: "nyc"}}}, w) })
	do("supply", func() { rs.Supply(tn, []string{"nyc"}) })
	do("work claim", func() { rs.Claim(op, resource.ClaimRequest{Now: time.Now(), Lease: time.Minute, Limit: 4}) })
	do("work next", func() { rs.Next(op, time.Now(), true) })
	do("stamp", func() { es.Stamp(op, "order", 1000) })
	do("relay claim", func() { es.Claim(op, event.Claim{Subscription: "sub", Service: "order", Due: time.Now(), Lease: time.Second, Limit: 64}) })
	do("relay read", func() { es.Read(op, event.Lane{Service: "order", Tenant: big}, 19000, 100) })
	do("backlog", func() { es.Backlog(op, "sub", "order") })
}
