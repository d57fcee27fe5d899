-- SQLite plans by what ANALYZE has found, and without that thinks of a tenant as
-- of ten rows, all of which it would rather read than look for few. So it is told
-- of a database that has grown: with many tenants, and many rows of each.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, CASE origin WHEN 'pk' THEN tbl ELSE idx END, '1000000 ' || group_concat(same, ' ')
FROM (
  SELECT t.name AS tbl, i.name AS idx, i.origin AS origin,
    CASE
      WHEN i."unique" AND c.seqno = max(c.seqno) OVER (PARTITION BY i.name) THEN 1
      WHEN c.seqno = 0 THEN 100000
      WHEN c.seqno = 1 THEN 1000
      ELSE 10
    END AS same
  FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
  ORDER BY t.name, i.name, c.seqno
)
GROUP BY tbl, idx;
ANALYZE sqlite_schema;
