-- The functions of uuid-ossp (PostgreSQL docs F.48) without its library.
-- Versions 3, 4 and 5 and the constants are what the real ones give. Version 1 has the right
-- shape and a time of now, but a random node instead of a network address.

CREATE FUNCTION uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;
CREATE FUNCTION uuid_ns_dns() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_url() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_oid() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_x500() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.gen_random_uuid() $$;

-- 100 ns ticks since 1582-10-15 in the first three groups (RFC 9562, 5.1); a random clock
-- sequence and node, the node marked as no real address.
CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$
  SELECT (substr(t.hex, 9, 8) || substr(t.hex, 5, 4) || '1' || substr(t.hex, 2, 3)
          || '8' || substr(r.hex, 1, 3) || '03' || substr(r.hex, 4, 10))::uuid
  FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 10000000)::bigint
                           + 122192928000000000), 16, '0') AS hex) AS t,
       (SELECT replace(pg_catalog.gen_random_uuid()::text, '-', '') AS hex) AS r
$$;
CREATE FUNCTION uuid_generate_v1() RETURNS uuid LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
AS $$
  SELECT (substr(t.hex, 9, 8) || substr(t.hex, 5, 4) || '1' || substr(t.hex, 2, 3)
          || '8' || substr(r.hex, 1, 3) || '02' || substr(r.hex, 4, 10))::uuid
  FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 10000000)::bigint
                           + 122192928000000000), 16, '0') AS hex) AS t,
       (SELECT replace(pg_catalog.gen_random_uuid()::text, '-', '') AS hex) AS r
$$;

CREATE FUNCTION uuid_generate_v3(namespace uuid, name text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT (substr(d.hex, 1, 12) || '3' || substr(d.hex, 14, 3)
          || to_hex((('x' || substr(d.hex, 17, 1))::bit(4)::int & 3) | 8)
          || substr(d.hex, 18, 15))::uuid
  FROM (SELECT md5(decode(replace(namespace::text, '-', ''), 'hex')
                   || convert_to(name, 'UTF8')) AS hex) AS d
$$;

-- PostgreSQL has SHA-2 and MD5 but no SHA-1 of its own: FIPS 180-4, 6.1.2, in 64-bit arithmetic.
CREATE FUNCTION uuid_generate_v5(namespace uuid, name text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  mask CONSTANT bigint := 4294967295;
  message bytea := decode(replace(namespace::text, '-', ''), 'hex') || convert_to(name, 'UTF8');
  bits CONSTANT bigint := length(message)::bigint * 8;
  state bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  a bigint; b bigint; c bigint; d bigint; e bigint;
  f bigint; k bigint; step bigint;
  w bigint[];
  hex text;
BEGIN
  message := message || '\x80'::bytea;
  message := message || decode(repeat('00', (120 - length(message) % 64) % 64), 'hex')
    || decode(lpad(to_hex(bits), 16, '0'), 'hex');
  FOR block IN 0 .. length(message) / 64 - 1 LOOP
    w := ARRAY[]::bigint[];
    FOR i IN 0 .. 15 LOOP
      w[i] := ('x' || lpad(encode(substr(message, block * 64 + i * 4 + 1, 4), 'hex'), 16, '0'))
        ::bit(64)::bigint;
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      step := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((step << 1) | (step >> 31)) & mask;
    END LOOP;
    a := state[1]; b := state[2]; c := state[3]; d := state[4]; e := state[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN
        f := (b & c) | ((~b & mask) & d); k := 1518500249;
      ELSIF i < 40 THEN
        f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN
        f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE
        f := b # c # d; k := 3395469782;
      END IF;
      step := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := step;
    END LOOP;
    state := ARRAY[(state[1] + a) & mask, (state[2] + b) & mask, (state[3] + c) & mask,
                   (state[4] + d) & mask, (state[5] + e) & mask];
  END LOOP;
  hex := lpad(to_hex(state[1]), 8, '0') || lpad(to_hex(state[2]), 8, '0')
    || lpad(to_hex(state[3]), 8, '0') || lpad(to_hex(state[4]), 8, '0');
  RETURN (substr(hex, 1, 12) || '5' || substr(hex, 14, 3)
          || to_hex((('x' || substr(hex, 17, 1))::bit(4)::int & 3) | 8)
          || substr(hex, 18, 15))::uuid;
END
$$;
