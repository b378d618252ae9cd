-- Histories whose catalog is compared with the server's; each begins with a line of dashes.
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD UNIQUE (a), ADD UNIQUE (a, c), ADD CHECK (a > 0), ADD CHECK (a > id);
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (a < 9), ADD CHECK (true), ADD CHECK (true);
--------
CREATE TABLE t (a int CHECK (a > 0) CHECK (a < 9), b int CHECK (b > a), CHECK (a > b));
--------
CREATE TABLE t (a int);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a);
--------
CREATE TABLE t (a text, b text);
CREATE INDEX ON t (lower(a), lower(b), (a || b), b);
--------
CREATE TABLE t (a text, b int);
CREATE INDEX ON t (coalesce(a, 'x'), ((b + 1)), ((b)));
--------
CREATE TABLE t (a text, b int);
CREATE UNIQUE INDEX ON t (a) INCLUDE (b);
--------
CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1
serial PRIMARY KEY, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 int UNIQUE CHECK
(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 > 0));
CREATE INDEX ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2);
CREATE INDEX ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1);
--------
CREATE TABLE "ääääääääääääääääääää" ("üüüüüüüüüüüüüüüüüüüü" serial UNIQUE);
--------
CREATE TABLE "ääääääääääääääääääääx" ("üüüüüüüüüüüüüüüüüüüü" serial UNIQUE);
--------
CREATE TABLE t_pkey (id int);
CREATE TABLE t (id serial PRIMARY KEY);
CREATE SEQUENCE u_id_seq;
CREATE TABLE u (id serial);
--------
CREATE TABLE u (x int, CONSTRAINT t_a_fkey CHECK (x > 0));
CREATE TABLE t (id int PRIMARY KEY, a int REFERENCES t, a2 int CHECK (a2 > 0));
--------
CREATE TABLE t (id int PRIMARY KEY UNIQUE, a int UNIQUE, CONSTRAINT k UNIQUE (a));
--------
CREATE TABLE t (id int UNIQUE, PRIMARY KEY (id));
ALTER TABLE t ADD UNIQUE (id);
--------
CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&), EXCLUDE USING gist (r WITH &&) WHERE
(NOT isempty(r)));
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t DROP CONSTRAINT t_b_key, ALTER id DROP DEFAULT, ALTER a SET NOT NULL;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE t DROP CONSTRAINT t_b_key CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
DROP TABLE t CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
DROP TABLE u, t;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE t DROP COLUMN b CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE t RENAME b TO b2;
ALTER TABLE t RENAME TO t2;
ALTER TABLE u RENAME v TO w;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE u RENAME CONSTRAINT f TO g;
ALTER TABLE t RENAME CONSTRAINT t_pkey TO k;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER INDEX t_pkey RENAME TO k;
CREATE INDEX i ON t (a);
ALTER TABLE i RENAME TO j;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE UNIQUE INDEX i ON t (c);
ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE UNIQUE INDEX i ON t (c);
ALTER TABLE t ADD UNIQUE USING INDEX i;
--------
CREATE TABLE t (a int);
CREATE UNIQUE INDEX i ON t (a);
ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE UNIQUE INDEX i ON t (c);
CREATE TABLE u (x text REFERENCES t (c));
DROP INDEX i CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;
ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES t NOT VALID;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;
ALTER TABLE t VALIDATE CONSTRAINT k;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES t ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE
INITIALLY DEFERRED;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE INDEX i ON t (a, lower(b)) INCLUDE (c) WHERE c IS NOT NULL;
ALTER TABLE t RENAME b TO "B b";
ALTER TABLE t RENAME c TO "C";
ALTER TABLE t ADD CHECK ("C" <> 'c' AND "B b" > '"C"');
ALTER TABLE t RENAME "C" TO c;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE INDEX i ON t (lower(b));
CREATE INDEX j ON t (a) WHERE b > 'x';
CREATE INDEX k ON t (a) INCLUDE (b);
ALTER TABLE t ADD CHECK (a > 0 AND b <> '');
ALTER TABLE t DROP b;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
DROP INDEX IF EXISTS x;
CREATE INDEX IF NOT EXISTS i ON t (a);
CREATE INDEX IF NOT EXISTS i ON t (b);
CREATE TABLE IF NOT EXISTS t (z int);
ALTER TABLE t ADD COLUMN IF NOT EXISTS a text, ADD COLUMN IF NOT EXISTS z text;
--------
CREATE TABLE t (id serial, b bigserial, i int GENERATED ALWAYS AS IDENTITY, g int GENERATED ALWAYS
AS (1 + 1) STORED);
ALTER TABLE t ALTER id DROP DEFAULT, ALTER i DROP IDENTITY, ALTER g DROP EXPRESSION;
--------
CREATE TABLE t (id int NOT NULL);
ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY, ADD s serial;
ALTER TABLE t RENAME s TO s2;
ALTER TABLE t DROP s2;
--------
CREATE TABLE t (id serial);
ALTER SEQUENCE t_id_seq RENAME TO x;
ALTER TABLE t RENAME TO u;
--------
CREATE TABLE t (id serial);
ALTER TABLE t_id_seq RENAME TO x;
DROP SEQUENCE x CASCADE;
--------
CREATE SEQUENCE q;
CREATE TABLE t (id int DEFAULT nextval('q'), j int);
ALTER SEQUENCE q OWNED BY t.id;
ALTER TABLE t DROP id;
--------
CREATE TABLE t (id serial, j int);
CREATE SEQUENCE q OWNED BY t.j;
DROP TABLE t;
--------
CREATE TABLE t (a numeric(3), b numeric(9, 2), c char, d varchar(4)[], e timestamp(3), f
timestamptz, g bit(3), h bit, i interval(3), j time(0)[], k json, l int4range, m float);
--------
CREATE TABLE t (a text DEFAULT 'x', b timestamp(3) DEFAULT CURRENT_TIMESTAMP, c jsonb DEFAULT
'{}', d int[] DEFAULT ARRAY[]::int[], e text DEFAULT NULL, f double precision DEFAULT 0, g uuid
DEFAULT gen_random_uuid(), h boolean DEFAULT false);
--------
CREATE TABLE t (a text DEFAULT '1', b int);
ALTER TABLE t ALTER a DROP DEFAULT, ALTER a TYPE int USING a::int, ALTER a SET DEFAULT 1, ALTER b
SET NOT NULL;
ALTER TABLE t DROP a;
ALTER TABLE t ADD a date;
ALTER TABLE t ALTER b DROP NOT NULL;
--------
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int, e e DEFAULT 'b', l e[]);
ALTER TYPE e ADD VALUE 'c' BEFORE 'd';
ALTER TYPE e ADD VALUE 'a' BEFORE 'b';
ALTER TYPE e ADD VALUE 'bb' AFTER 'b';
ALTER TYPE e ADD VALUE 'z';
ALTER TYPE e ADD VALUE IF NOT EXISTS 'c';
ALTER TYPE e RENAME VALUE 'd' TO 'D';
--------
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int, e e DEFAULT 'b', l e[]);
ALTER TYPE e RENAME TO f;
CREATE TYPE e AS ENUM ('b');
ALTER TABLE t ALTER e DROP DEFAULT, ALTER e TYPE e USING e::text::e, ALTER e SET DEFAULT 'b';
DROP TYPE f CASCADE;
--------
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int, e e DEFAULT 'b', l e[]);
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
ALTER TYPE e SET SCHEMA "S 2";
ALTER TYPE "S 2".e RENAME TO "E";
--------
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int, e e DEFAULT 'b', l e[]);
CREATE INDEX i ON t (id) WHERE e = 'b';
DROP TYPE e CASCADE;
--------
CREATE DOMAIN d AS text NOT NULL DEFAULT 'x' CHECK (value <> '') CHECK (value > 'a');
CREATE TABLE t (a d, b d[]);
ALTER DOMAIN d DROP NOT NULL;
ALTER DOMAIN d DROP DEFAULT;
ALTER DOMAIN d ADD CHECK (value < 'z') NOT VALID;
ALTER DOMAIN d DROP CONSTRAINT d_check1;
ALTER DOMAIN d RENAME CONSTRAINT d_check TO k;
ALTER DOMAIN d RENAME TO d2;
--------
CREATE DOMAIN d AS int CHECK (value > 0) NOT NULL;
CREATE DOMAIN d2 AS d;
CREATE TABLE t (a d, b d2, c int);
DROP DOMAIN d CASCADE;
--------
CREATE TYPE c AS (x int);
CREATE TABLE t (a c, b int);
DROP TYPE c CASCADE;
--------
CREATE EXTENSION citext;
CREATE TABLE t (a citext, b int);
DROP EXTENSION citext CASCADE;
--------
CREATE EXTENSION "uuid-ossp";
CREATE TABLE t (a uuid DEFAULT uuid_generate_v4(), b int);
DROP EXTENSION "uuid-ossp" CASCADE;
--------
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
ALTER TABLE t SET SCHEMA s;
ALTER TABLE u SET SCHEMA "S 2";
ALTER TABLE "S 2".u RENAME TO w;
--------
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
CREATE TABLE s.t (id serial PRIMARY KEY, e int REFERENCES s.t);
CREATE TYPE s.e AS ENUM ('a');
CREATE TABLE t (e s.e, i int REFERENCES s.t);
ALTER SCHEMA s RENAME TO z;
--------
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
CREATE TABLE s.t (id serial PRIMARY KEY, e int REFERENCES s.t);
CREATE TYPE s.e AS ENUM ('a');
CREATE TABLE t (e s.e, i int REFERENCES s.t);
DROP SCHEMA s CASCADE;
--------
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
SET search_path = s, public;
CREATE TABLE public.p (id int PRIMARY KEY);
CREATE TYPE e AS ENUM ('a');
CREATE TABLE t (id serial PRIMARY KEY, p int REFERENCES p, e e);
ALTER TABLE p ADD e e;
CREATE INDEX i ON p (e);
DROP INDEX i;
CREATE INDEX j ON t (p);
SET search_path = "S 2";
CREATE TABLE t (id int);
RESET search_path;
CREATE TABLE t (x int);
--------
CREATE SCHEMA z CREATE TABLE t (id int PRIMARY KEY) CREATE VIEW v AS SELECT id FROM t;
--------
CREATE TEMP TABLE t (id int);
CREATE TABLE public.t (a int);
ALTER TABLE t ADD x int;
DROP TABLE t;
ALTER TABLE t ADD b int;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE INDEX ON t (lower(c)) WHERE a > 0;
ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0),ADD s serial, ADD i int GENERATED ALWAYS AS IDENTITY,
ALTER a SET DEFAULT 3,ADD g int GENERATED ALWAYS AS (a + 1) STORED;
CREATE TABLE l1 (LIKE t);
CREATE TABLE l2 (LIKE t INCLUDING ALL, extra int);
CREATE TABLE l3 (LIKE t INCLUDING ALL EXCLUDING INDEXES EXCLUDING GENERATED);
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE q AS SELECT * FROM t;
ALTER TABLE q ADD z int, DROP a;
SELECT 1 AS x INTO r;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
ALTER TABLE t ADD CHECK (a > 0);
CREATE TABLE s (z int) INHERITS (t);
ALTER TABLE t ADD y int DEFAULT 4, ADD CHECK (y > 0), ALTER c SET NOT NULL;
ALTER TABLE t RENAME y TO x;
ALTER TABLE t DROP a;
ALTER TABLE t ALTER c TYPE varchar(9);
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE s (z int) INHERITS (t);
DROP TABLE t CASCADE;
--------
CREATE TABLE t (id int, a int NOT NULL DEFAULT 3, r int, b text, CHECK (a > 0)) PARTITION BY RANGE
(id);
CREATE TABLE o (id int PRIMARY KEY);
ALTER TABLE t ADD PRIMARY KEY (id), ADD UNIQUE (id, a), ADD FOREIGN KEY (r) REFERENCES o;
CREATE INDEX i ON t (lower(b));
CREATE INDEX ON t (a);
CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (9);
CREATE TABLE d PARTITION OF t (UNIQUE (b)) DEFAULT;
ALTER TABLE t ADD z int;
CREATE UNIQUE INDEX k ON t (id, z);
ALTER TABLE t DROP CONSTRAINT t_id_a_key;
DROP INDEX i;
--------
CREATE TABLE t (id int, a int NOT NULL DEFAULT 3, r int, b text, CHECK (a > 0)) PARTITION BY RANGE
(id);
CREATE TABLE o (id int PRIMARY KEY);
ALTER TABLE t ADD PRIMARY KEY (id), ADD UNIQUE (id, a), ADD FOREIGN KEY (r) REFERENCES o;
CREATE INDEX i ON t (lower(b));
CREATE INDEX ON t (a);
CREATE TABLE p (id int NOT NULL, a int NOT NULL, r int, b text, CONSTRAINT t_a_check CHECK (a >
0));
CREATE UNIQUE INDEX own ON p (id, a);
CREATE INDEX mine ON p (lower(b));
ALTER TABLE t ATTACH PARTITION p FOR VALUES FROM (1) TO (9);
--------
CREATE TABLE t (id int, a int NOT NULL DEFAULT 3, r int, b text, CHECK (a > 0)) PARTITION BY RANGE
(id);
CREATE TABLE o (id int PRIMARY KEY);
ALTER TABLE t ADD PRIMARY KEY (id), ADD UNIQUE (id, a), ADD FOREIGN KEY (r) REFERENCES o;
CREATE INDEX i ON t (lower(b));
CREATE INDEX ON t (a);
CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (9);
DROP TABLE o CASCADE;
ALTER TABLE t DETACH PARTITION p;
ALTER TABLE t DROP a;
DROP INDEX i;
--------
CREATE TABLE t (id int, a int NOT NULL DEFAULT 3, r int, b text, CHECK (a > 0)) PARTITION BY RANGE
(id);
CREATE TABLE o (id int PRIMARY KEY);
ALTER TABLE t ADD PRIMARY KEY (id), ADD UNIQUE (id, a), ADD FOREIGN KEY (r) REFERENCES o;
CREATE INDEX i ON t (lower(b));
CREATE INDEX ON t (a);
CREATE TABLE p PARTITION OF t DEFAULT PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p DEFAULT;
ALTER TABLE t DROP CONSTRAINT t_r_fkey;
DROP TABLE p;
--------
CREATE TABLE t (id int, a int NOT NULL DEFAULT 3, r int, b text, CHECK (a > 0)) PARTITION BY RANGE
(id);
CREATE TABLE o (id int PRIMARY KEY);
ALTER TABLE t ADD PRIMARY KEY (id), ADD UNIQUE (id, a), ADD FOREIGN KEY (r) REFERENCES o;
CREATE INDEX i ON t (lower(b));
CREATE INDEX ON t (a);
CREATE TABLE p PARTITION OF t DEFAULT;
CREATE TABLE x (t int REFERENCES t);
DROP TABLE t CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW w AS SELECT a FROM v;
CREATE MATERIALIZED VIEW m AS SELECT a, c FROM t;
CREATE UNIQUE INDEX mi ON m (a);
DROP VIEW v CASCADE;
ALTER MATERIALIZED VIEW m RENAME TO n;
ALTER INDEX mi RENAME TO mj;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW w AS SELECT 1 AS x;
CREATE OR REPLACE VIEW w AS SELECT 2 AS x;
ALTER TABLE v RENAME TO v2;
ALTER VIEW w RENAME TO w2;
ALTER TABLE t RENAME TO t2;
DROP TABLE t2 CASCADE;
--------
CREATE SCHEMA s;
CREATE SCHEMA "S 2";
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE VIEW v AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS TABLE t;
ALTER VIEW v SET SCHEMA s;
ALTER MATERIALIZED VIEW m SET SCHEMA s;
DROP MATERIALIZED VIEW s.m;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'u') THEN CREATE TABLE u (x int);
END IF; IF NOT EXISTS (SELECT FROM pg_attribute WHERE attname = 'a') THEN ALTER TABLE t ADD a
text; END IF; END $$;
--------
CREATE TYPE e AS ENUM ('b', 'd');
CREATE TABLE t (id int, e e DEFAULT 'b', l e[]);
DO $$ BEGIN CREATE TYPE e AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN null; END $$;
DO $$ BEGIN CREATE TYPE f AS ENUM ('x'); EXCEPTION WHEN others THEN null; END $$;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
CREATE TABLE u (t int REFERENCES t, v text, CONSTRAINT f FOREIGN KEY (v) REFERENCES t (b));
DO $$ BEGIN ALTER TABLE u ADD CONSTRAINT f FOREIGN KEY (t) REFERENCES t; EXCEPTION WHEN
duplicate_object THEN null; END $$;
--------
CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c text);
DO $$ BEGIN IF EXISTS (SELECT FROM pg_attribute WHERE attname = 'nothere') THEN ALTER TABLE t
RENAME nothere TO a; END IF; END $$;
--------
CREATE TYPE e AS ENUM ('x');
CREATE TABLE t (a e NOT NULL DEFAULT 'x', b e NOT NULL DEFAULT 'x');
ALTER TYPE e RENAME TO f;
ALTER TABLE t ALTER a TYPE text, ALTER b TYPE text;
ALTER TABLE t ALTER b SET DEFAULT 'y';
DROP TYPE f CASCADE;
--------
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (t int REFERENCES t);
ALTER TABLE t ADD CONSTRAINT k UNIQUE (id);
ALTER TABLE t DROP CONSTRAINT k CASCADE;
--------
CREATE TABLE t (a serial, b serial);
CREATE TABLE u (LIKE t INCLUDING DEFAULTS);
ALTER TABLE t DROP b CASCADE;
DROP TABLE t CASCADE;
