-- What the rules look at: the library's roles, the application's logins, the
-- tables that hold tenants' rows, their policies, and who is granted what. $1 is
-- the roles' prefix, $2 the logins, $3 the host's tables that must be among them,
-- $4 the services. Each rule is a query on these.
WITH RECURSIVE given AS MATERIALIZED (
  SELECT coalesce(nullif($1::text, ''), current_database()) AS prefix,
    CASE WHEN $2::text[] = '{}' THEN ARRAY[session_user::text] ELSE $2 END AS logins, $3::text[] AS tables, $4::text[] AS services
),
owner AS MATERIALIZED (
  SELECT nspowner AS oid, quote_ident(pg_get_userbyid(nspowner)) AS name FROM pg_namespace WHERE nspname = 'platforma'
),
roles AS MATERIALIZED (
  SELECT part, quote_ident(prefix || '_' || part) AS name, prefix || '_' || part AS plain, r.oid, rolsuper, rolbypassrls, rolcanlogin,
    rolinherit, rolcreaterole OR rolcreatedb OR rolreplication AS privileged
  FROM given CROSS JOIN unnest(services || '{event,relay,operator,host}') part
  LEFT JOIN pg_roles r ON rolname = prefix || '_' || part
),
-- A login of one service may become that one alone.
logins AS MATERIALIZED (
  SELECT r.oid, quote_ident(rolname) AS name, r.rolsuper, r.rolbypassrls, r.rolinherit,
    rolcreaterole OR rolcreatedb OR rolreplication AS privileged, own.oid AS own
  FROM given JOIN pg_roles r ON rolname = ANY (logins)
  LEFT JOIN roles own ON rolname = own.plain || '_login'
),
-- The library's schemas, and whose they are.
schemas AS MATERIALIZED (
  SELECT n.oid, nspname, nspname <> 'platforma' AS tenants FROM given JOIN pg_namespace n ON nspname = ANY (services || '{event,platforma}')
),
realms AS MATERIALIZED (
  SELECT roles.oid AS role, schemas.oid AS schema FROM roles JOIN schemas
  ON nspname = part OR nspname = 'platforma' OR part = 'relay' OR part = 'operator' AND nspname = 'tenant'
),
-- Looked up without asking who may use the schema: that is one of the questions.
functions AS MATERIALIZED (
  SELECT p.oid, format('platforma.%s(%s)', proname, oidvectortypes(proargtypes)) AS signature
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'platforma' AND proname IN ('tenant', 'expect_one', 'is_tenant_id')
),
named AS MATERIALIZED (
  SELECT wanted, c.oid FROM given CROSS JOIN unnest(tables) wanted
  LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = relnamespace) ON ARRAY[nspname, relname]::text[] = parse_ident(wanted)
),
-- A host's table is known by any of what platforma.isolate gave it, or by who may
-- use it and whose its rows are.
checks AS MATERIALIZED (
  SELECT conrelid, conkey[1] AS key, convalidated AND conbin::text LIKE format('{FUNCEXPR :funcid %s %%:args ({VAR %%', refobjid) AS sound
  FROM pg_depend d JOIN pg_constraint c ON c.oid = objid
  WHERE classid = 'pg_constraint'::regclass AND refclassid = 'pg_proc'::regclass AND contype = 'c'
  AND refobjid = (SELECT oid FROM functions WHERE signature = 'platforma.is_tenant_id(text)')
),
marked AS MATERIALIZED (
  SELECT conrelid AS oid FROM checks
  UNION SELECT polrelid FROM pg_policy WHERE polname = 'tenant_isolation'
  UNION SELECT polrelid FROM pg_depend d JOIN pg_policy p ON p.oid = objid
  WHERE classid = 'pg_policy'::regclass AND refclassid = 'pg_proc'::regclass AND refobjid = (SELECT oid FROM functions WHERE signature = 'platforma.tenant()')
  UNION SELECT attrelid FROM roles JOIN pg_class c ON part = 'host' AND relkind IN ('r', 'p') CROSS JOIN LATERAL aclexplode(relacl) a
  JOIN pg_attribute ON attrelid = c.oid AND attname = 'tenant_id' AND NOT attisdropped WHERE relacl IS NOT NULL AND grantee = roles.oid
  UNION SELECT oid FROM named WHERE oid IS NOT NULL
  UNION SELECT c.oid FROM pg_class c JOIN schemas ON schemas.oid = relnamespace WHERE schemas.tenants
),
children (oid, parent) AS (
  SELECT inhrelid, inhparent FROM pg_inherits JOIN marked ON marked.oid = inhparent
  WHERE inhparent NOT IN (SELECT i.inhrelid FROM pg_inherits i JOIN marked ON marked.oid = i.inhparent)
  UNION SELECT inhrelid, parent FROM pg_inherits JOIN children ON children.oid = inhparent
),
-- A child that no policy holds is one finding, not as many as it has faults.
bare AS MATERIALIZED (
  SELECT c.oid, min(parent::text)::oid AS parent FROM children c
  WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'tenant_isolation') GROUP BY c.oid
),
tables AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schema, relname, format('%I.%I', n.nspname, relname) AS name, relrowsecurity, relforcerowsecurity,
    own, EXISTS (SELECT FROM children WHERE children.oid = c.oid) AS child,
    attnum AS key, attname AS key_name, attnotnull AS key_not_null, roles.oid AS role, roles.name AS role_name
  FROM (SELECT oid FROM marked UNION SELECT oid FROM children EXCEPT SELECT oid FROM bare) held
  JOIN pg_class c ON c.oid = held.oid AND relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = relnamespace
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM schemas WHERE schemas.oid = n.oid) AS own) _
  JOIN roles ON part = CASE WHEN own THEN n.nspname ELSE 'host' END
  CROSS JOIN LATERAL (
    SELECT attnum, attname, attnotnull FROM pg_attribute WHERE attrelid = c.oid AND attname = CASE
      WHEN NOT own THEN coalesce((
        SELECT attname FROM checks JOIN pg_attribute ON attrelid = conrelid AND attnum = checks.key WHERE conrelid = c.oid ORDER BY attnum LIMIT 1
      ), (
        SELECT attname FROM pg_depend JOIN pg_policy p ON p.oid = objid AND polname = 'tenant_isolation'
        JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
        WHERE classid = 'pg_policy'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = c.oid ORDER BY attnum LIMIT 1
      ), 'tenant_id')
      WHEN n.nspname = 'tenant' AND relname = 'tenants' THEN 'id'
      ELSE 'tenant_id'
    END AND NOT attisdropped
  ) key
),
-- All that the roles may do with them.
rights AS MATERIALIZED (
  SELECT role, oid AS tab, NULL AS col, CASE
    WHEN own AND relname = 'streams' THEN '{}'
    WHEN own AND relname = 'outbox' THEN '{SELECT,INSERT}'
    ELSE '{SELECT,INSERT,UPDATE,DELETE}'
  END::text[] AS verbs
  FROM tables
  UNION ALL
  SELECT roles.oid, tables.oid, col, verbs::text[]
  FROM (VALUES
    ('relay', NULL, 'outbox', NULL, '{SELECT,DELETE}'), ('relay', NULL, 'outbox', 'position', '{UPDATE}'),
    ('relay', NULL, 'streams', NULL, '{SELECT,INSERT,UPDATE}'), ('relay', NULL, 'deliveries', NULL, '{SELECT,DELETE}'),
    ('relay', 'event', 'lanes', NULL, '{SELECT,INSERT,UPDATE,DELETE}'),
    ('relay', 'event', 'dead_letters', NULL, '{SELECT,INSERT,DELETE}'),
    ('relay', 'webhook', 'work', NULL, '{SELECT}'),
    ('relay', 'webhook', 'work', 'leased_until', '{UPDATE}'), ('relay', 'webhook', 'work', 'epoch', '{UPDATE}'),
    ('relay', 'resource', 'work', NULL, '{SELECT}'),
    ('relay', 'resource', 'work', 'leased_until', '{UPDATE}'), ('relay', 'resource', 'work', 'epoch', '{UPDATE}'),
    ('operator', 'tenant', 'tenants', NULL, '{SELECT}'), ('operator', 'tenant', 'commands', NULL, '{SELECT}'),
    ('operator', 'tenant', 'users', NULL, '{SELECT}'), ('operator', 'tenant', 'user_roles', NULL, '{SELECT}')
  ) across (part, schema, tab, col, verbs)
  JOIN roles USING (part) JOIN tables ON own AND relname = tab AND tables.schema = coalesce(across.schema, tables.schema)
),
-- The policies that let a role at a table at all: its service's, and that of a
-- role across tenants.
access AS MATERIALIZED (
  SELECT oid AS tab, name, role, role_name, 'service' AS policy FROM tables WHERE NOT child
  UNION
  SELECT tables.oid, tables.name, roles.oid, roles.name, 'across_' || roles.plain
  FROM rights JOIN tables ON tables.oid = tab JOIN roles ON roles.oid = rights.role WHERE rights.role <> tables.role AND NOT child
),
policies AS MATERIALIZED (
  SELECT polrelid AS tab, polname AS policy, polpermissive, polcmd, polroles,
    pg_get_expr(polqual, polrelid) AS visible, pg_get_expr(polwithcheck, polrelid) AS written
  FROM pg_policy JOIN tables ON tables.oid = polrelid
),
-- tenant_isolation of each table, and what it has to be.
isolation AS MATERIALIZED (
  SELECT t.*, p.policy, polpermissive, polcmd, polroles, visible, written,
    format('(%I = ( SELECT platforma.tenant() AS tenant))', key_name) AS condition, whom,
    format(E'BEGIN;\nDROP POLICY IF EXISTS tenant_isolation ON %1$s;\nCREATE POLICY tenant_isolation ON %1$s AS RESTRICTIVE TO %2$s\n'
      '  USING (%3$I = (SELECT platforma.tenant())) WITH CHECK (%3$I = (SELECT platforma.tenant()));\nCOMMIT;',
      t.name, CASE WHEN whom = 0 THEN 'PUBLIC' ELSE role_name END, key_name) AS restore
  FROM tables t LEFT JOIN policies p ON p.tab = t.oid AND p.policy = 'tenant_isolation'
  CROSS JOIN LATERAL (
    SELECT CASE WHEN EXISTS (SELECT FROM access a WHERE a.tab = t.oid AND a.role <> t.role) THEN t.role ELSE 0 END AS whom
  ) _
),
-- What others than an owner may do, as REVOKE names it. The server's own schemas
-- are none of the library's business.
grants AS MATERIALIZED (
  SELECT c.oid, n.oid AS schema, CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', nspname, relname) AS object,
    NULL AS col, grantee, privilege_type AS verb
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(relacl)
  WHERE relacl IS NOT NULL AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND grantee <> relowner
  UNION ALL
  SELECT c.oid, n.oid, 'TABLE ' || format('%I.%I', nspname, relname), attname, grantee, privilege_type
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(attacl)
  WHERE attacl IS NOT NULL AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND grantee <> relowner
  UNION ALL
  SELECT n.oid, n.oid, 'SCHEMA ' || quote_ident(nspname), NULL, grantee, privilege_type
  FROM pg_namespace n, aclexplode(nspacl) WHERE grantee <> nspowner AND nspname NOT IN ('pg_catalog', 'information_schema')
  UNION ALL
  SELECT p.oid, n.oid, format('ROUTINE %s', p.oid::regprocedure), NULL, grantee, privilege_type
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace, aclexplode(coalesce(proacl, acldefault('f', proowner)))
  WHERE (proacl IS NOT NULL AND nspname NOT IN ('pg_catalog', 'information_schema') OR n.oid IN (SELECT oid FROM schemas)) AND grantee <> proowner
  UNION ALL
  SELECT d.oid, NULL, 'DATABASE ' || quote_ident(datname), NULL, grantee, privilege_type
  FROM pg_database d, aclexplode(coalesce(datacl, acldefault('d', datdba)))
  WHERE datname = current_database() AND grantee <> datdba
),
-- The same, with what is to be revoked.
granted AS MATERIALIZED (
  SELECT g.*, lower(split_part(object, ' ', 1)) || substr(object, strpos(object, ' ')) AS what, r.part, coalesce(r.name, l.name, 'PUBLIC') AS whom, l.oid IS NOT NULL AS login, t.oid IS NOT NULL AS tenants,
    s.oid IS NOT NULL AS own, format('REVOKE %s%s ON %s FROM %s;', verb, ' (' || quote_ident(g.col) || ')', object,
      CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) AS revoke,
    verb IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') AND t.oid IS NOT NULL AS around
  FROM grants g LEFT JOIN roles r ON r.oid = grantee LEFT JOIN logins l ON l.oid = grantee
  LEFT JOIN tables t ON t.oid = g.oid LEFT JOIN schemas s ON s.oid = g.schema
),
-- What the library's roles were granted and do not need.
excess AS MATERIALIZED (
  SELECT g.*, EXISTS (SELECT FROM realms WHERE realms.role = grantee AND realms.schema = g.schema) AS inside
  FROM granted g
  WHERE part IS NOT NULL AND NOT around AND NOT (part = 'host' AND NOT own AND schema IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM rights WHERE role = grantee AND tab = g.oid AND (rights.col IS NULL OR rights.col = g.col) AND verb = ANY (verbs)
  )
  AND NOT (verb = 'USAGE' AND g.oid = schema AND EXISTS (SELECT FROM realms WHERE realms.role = grantee AND realms.schema = g.schema))
  AND NOT (verb = 'EXECUTE' AND g.oid IN (SELECT oid FROM functions))
),
-- Whatever reads or changes them as somebody else.
reach (rule, rulename, rel) AS (
  SELECT r.oid, rulename, ev_class FROM pg_depend JOIN pg_rewrite r ON r.oid = objid JOIN tables ON tables.oid = refobjid
  WHERE classid = 'pg_rewrite'::regclass AND refclassid = 'pg_class'::regclass
  UNION
  SELECT r.oid, r.rulename, ev_class FROM reach JOIN pg_depend ON refobjid = rel JOIN pg_rewrite r ON r.oid = objid
  WHERE classid = 'pg_rewrite'::regclass AND refclassid = 'pg_class'::regclass
),
reaching AS MATERIALIZED (
  SELECT DISTINCT rulename, rel, relkind, format('%I.%I', nspname, relname) AS name, coalesce((
      SELECT option_value::boolean FROM pg_options_to_table(reloptions) WHERE option_name = 'security_invoker'
    ), false) AS invoker
  FROM reach JOIN pg_class c ON c.oid = rel JOIN pg_namespace n ON n.oid = relnamespace
)
