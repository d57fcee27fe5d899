-- To compile what runs a few times takes longer than to run it.
SET jit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '64MB';

-- What there will be: the tenant that is looked at, which has every other
-- order, and the others; "customers" are that tenant's, "each" is how many each
-- of the others has. The orders of 2025 are "step" milliseconds apart.
CREATE TEMP TABLE size (acme text, tenants bigint, orders bigint, customers bigint, each bigint, step bigint);

-- An id as the library makes it: the milliseconds since 1970 are the first ten
-- digits, the rest is as good as random, but the same for the same salt.
CREATE FUNCTION pg_temp.made(prefix text, ms bigint, salt text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT prefix || '_'
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 45 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 40 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 35 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 30 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 25 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 20 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 15 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 10 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms >> 5 & 31)::int + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', (ms & 31)::int + 1, 1)
    || 'e' || overlay(substr(md5(salt), 1, 15) PLACING '8' FROM 3 FOR 1)
$$;

-- All that was made before 2025 is the tenants and their customers.
CREATE FUNCTION pg_temp.tenant_id(i bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_temp.made('ten', 1704067200000 + i, 'tenant ' || i)
$$;

CREATE FUNCTION pg_temp.customer_id(i bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_temp.made('cust', 1704067200000 + i, 'customer ' || i)
$$;

-- The words of the order of a number, in a text with those of the template.
CREATE FUNCTION pg_temp.worded(of text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT replace(replace(of, 'apollo-template', 'apollo-' || n % 7), 'PO-template', 'PO-' || n)
$$;
