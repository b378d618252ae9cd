"""Statements that fail on rows."""

from __future__ import annotations

from typing import NamedTuple

SCHEMA = """
CREATE EXTENSION citext;
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE DOMAIN mail AS text;
CREATE TABLE "Org" (id int PRIMARY KEY, name text);
CREATE TABLE "User" (
  id int PRIMARY KEY, email text, age int, big bigint, price numeric, ratio float8,
  code text, role "Role", "orgId" int, mail mail, "from" int, until int);
CREATE TABLE "Post" (id int PRIMARY KEY, "authorId" int REFERENCES "User", slug text UNIQUE);
CREATE TABLE "Later" (id int PRIMARY KEY, "orgId" int REFERENCES "Org"
  DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE event (day int) PARTITION BY RANGE (day);
CREATE TABLE event_1 (day int);
CREATE TABLE event_3 (day int, at numeric, UNIQUE (day, at));
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (50) TO (60);
INSERT INTO "Org" VALUES (1, 'one');
INSERT INTO "User" VALUES
  (1, 'a@b', 1, 1, 1, 1, '1', 'USER', 1, 'a@b', 1, 2),
  (2, 'c@d', 2, 2, 2, 2, '2', 'USER', NULL, 'c@d', 3, 4);
INSERT INTO "Post" VALUES (1, NULL, 'x'), (2, NULL, 'y');
INSERT INTO event_1 VALUES (1);
"""


class Failing(NamedTuple):
    """A statement that fails on such a row; ``rows`` is a part of what is said, and without a
    ``query`` none is given.
    """

    spoil: str
    statement: str
    rows: str
    query: bool = True
    first: str = ""


def user(**values: str) -> str:
    names = ", ".join(f'"{name}"' for name in values)
    return f'INSERT INTO "User" (id, {names}) VALUES (3, {", ".join(values.values())})'


U = 'ALTER TABLE "User" '
CAST = U + "ALTER COLUMN "
EMPTY_AGE = 'UPDATE "User" SET age = NULL'
FAILING = {
    "NULL": Failing(user(email="'x'"), CAST + "age SET NOT NULL", "whose `age` is NULL"),
    "required": Failing(
        "SELECT 1", U + "ADD COLUMN nick text NOT NULL", "any row, for the new column `nick`"
    ),
    "required and left": Failing(
        "SELECT 1", CAST + "nick SET NOT NULL", "new column `nick` has been left NULL", False,
        first=U + "ADD COLUMN nick text",
    ),
    "key of NULL": Failing(
        "INSERT INTO event_1 VALUES (NULL)", "ALTER TABLE event_1 ADD PRIMARY KEY (day)",
        "whose `day` is NULL",
    ),
    "updated to NULL": Failing(
        user(email="'x'", age="7"),
        'UPDATE "User" SET "id" = nullif(id, 3) WHERE age > 5', "whose new `id` is NULL",
    ),
    "all updated to NULL": Failing(
        user(email="'x'", age="7"),
        'UPDATE "User" SET "id" = NULL WHERE age > 5', "every row that it changes, for `id`",
    ),
    "inserted without": Failing(
        user(email="'x'"), 'INSERT INTO "Post" (id) SELECT age FROM "User" WHERE id = 3',
        "inserted into `Post` without a value for `id`", False,
    ),
    "in a block": Failing(
        user(email="'x'"), f"DO $$ BEGIN EXECUTE '{CAST} age SET N' || 'OT NULL'; END $$",
        "whose `age` is NULL",
    ),
    "twice": Failing(
        user(email="'a@b'"), 'CREATE UNIQUE INDEX u ON "User" (email)',
        "two rows with the same `email`",
    ),
    "twice, both": Failing(
        user(email="'a@b'", age="1"), U + "ADD CONSTRAINT u UNIQUE (email, age)",
        "the same `email` and `age`",
    ),
    "twice by an expression": Failing(
        user(email="'A@b'"), 'CREATE UNIQUE INDEX u ON "User" (lower(email)) WHERE id > 0 OR false',
        "the same `lower(email)`",
    ),
    "twice a key": Failing(
        "INSERT INTO event_1 VALUES (1)", "ALTER TABLE event_1 ADD PRIMARY KEY (day)",
        "two rows with the same `day`",
    ),
    "twice by an update": Failing(
        'INSERT INTO "Post" VALUES (3, NULL, \'X\')', 'UPDATE "Post" SET slug = lower(slug)',
        "two rows that get the same `slug` by the update",
    ),
    "twice by an update of some": Failing(
        'INSERT INTO "Post" VALUES (3, NULL, \'X\')',
        'UPDATE "Post" SET slug = lower(slug) WHERE id > 2',
        "two rows that get the same `slug` by the update",
    ),
    "twice by a type": Failing(
        "INSERT INTO event_3 VALUES (5, 1.4), (5, 1.2)", "ALTER TABLE event_3 ALTER at TYPE int",
        "two rows with the same `day` whose `at` are the same as integer",
    ),
    "twice by a conversion": Failing(
        "INSERT INTO \"Post\" VALUES (3, NULL, 'X')",
        'ALTER TABLE "Post" ALTER slug TYPE text USING lower(slug)',
        "two rows whose `slug` are the same as text",
    ),
    "twice but for the case": Failing(
        "INSERT INTO \"Post\" VALUES (3, NULL, 'X')", 'ALTER TABLE "Post" ALTER slug TYPE citext',
        "two rows whose `slug` differ in case only",
    ),
    "twice but for the case, cast": Failing(
        "INSERT INTO \"Post\" VALUES (3, NULL, 'X')",
        'ALTER TABLE "Post" ALTER slug TYPE citext USING "slug"::public.citext',
        "two rows whose `slug` differ in case only",
    ),
    "twice but for the case, converted": Failing(
        "INSERT INTO \"Post\" VALUES (3, NULL, 'X ')",
        'ALTER TABLE "Post" ALTER slug TYPE citext USING rtrim(slug)::citext',
        "two rows whose `slug` are then the same but for their case",
    ),
    "twice where new": Failing(
        "SELECT 1", 'CREATE UNIQUE INDEX u ON "User" (nick)', "two rows with the same `nick`",
        False, first=U + "ADD COLUMN nick text DEFAULT 'x'",
    ),
    "orphan": Failing(
        user(orgId="7"), U + 'ADD FOREIGN KEY ("orgId") REFERENCES "Org"(id)',
        "a row of `User` whose `orgId` is no `id` of `Org`",
    ),
    "orphan of a key": Failing(
        user(orgId="7"), U + 'ADD CONSTRAINT k FOREIGN KEY ("orgId") REFERENCES "Org"',
        "whose `orgId` is no `id` of `Org`",
    ),
    "orphan, validated": Failing(
        user(orgId="7"), U + "VALIDATE CONSTRAINT k", "whose `orgId` is no `id` of `Org`",
        first=U + 'ADD CONSTRAINT k FOREIGN KEY ("orgId") REFERENCES "Org" NOT VALID',
    ),
    "parent": Failing(
        'UPDATE "Post" SET "authorId" = 2 WHERE id = 1', 'DELETE FROM "User" WHERE id > 1',
        "a row of `User` that is deleted while a `Post` refers to it",
    ),
    "every parent": Failing(
        'UPDATE "Post" SET "authorId" = 2 WHERE id = 1', 'DELETE FROM "User"', "is deleted while",
    ),
    "inserted orphan": Failing(
        user(age="77"), 'INSERT INTO "Post" SELECT age, age, age FROM "User" WHERE age > 70',
        "a new or changed row of `Post` whose `authorId` is no `id` of `User`", False,
    ),
    "check": Failing(
        user(age="-1"), U + "ADD CONSTRAINT c CHECK (age >= 0 OR age < -5)",
        "does not meet `age >= 0 OR age < -5`",
    ),
    "check, validated": Failing(
        user(age="-1"), U + "VALIDATE CONSTRAINT c", "does not meet `age >= 0`",
        first=U + "ADD CONSTRAINT c CHECK (age >= 0) NOT VALID",
    ),
    "check of a new column": Failing(
        "SELECT 1", U + "ADD COLUMN n int DEFAULT 0 CHECK (n > 0)", "any row: the default",
    ),
    "check of an update": Failing(
        'UPDATE "User" SET age = 9', 'UPDATE "User" SET age = age - 10',
        "a new or changed row of `User` that does not meet", False,
        first=U + "ADD CONSTRAINT c CHECK (age > 0)",
    ),
    "domain": Failing(
        user(mail="'none'"), "ALTER DOMAIN mail ADD CHECK (VALUE LIKE '%@%' AND 'value' <> '')",
        "whose `mail` does not meet",
    ),
    "domain NULL": Failing(
        user(age="1"), "ALTER DOMAIN mail SET NOT NULL", "whose `mail`, of the domain `mail`, is",
    ),
    "partition": Failing(
        "INSERT INTO event_1 VALUES (20)",
        "ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (10)",
        "outside of the bounds of its partition", False,
    ),
    "no partition": Failing(
        user(age="99"), 'INSERT INTO event SELECT age FROM "User" WHERE age > 50',
        "for which there is no partition", False,
    ),
    "exclusion": Failing(
        user(**{"from": "1", "until": "9"}),
        U + 'ADD CONSTRAINT x EXCLUDE USING gist (int4range("from", until) WITH &&) '
        'WHERE ("from" > 0)',
        'two rows whose `int4range("from", until)` conflict',
    ),
    "no integer": Failing(
        user(code="'abc'"), CAST + "code TYPE integer USING code::integer",
        "whose `code` is text that is no integer",
    ),
    "no integer after a function": Failing(
        user(code="'abc '"), CAST + "code TYPE integer USING trim(both from code)::integer",
        "whose `code` is text that is no integer",
    ),
    "no integer in between": Failing(
        user(code="'abc'"), CAST + "code TYPE integer USING (code::numeric)::integer",
        "the expression after USING does not convert", False,
    ),
    "too large a text": Failing(
        user(code="'99999999999'"), CAST + "code TYPE integer USING code::integer",
        "whose `code` is a number out of range for integer",
    ),
    "no number": Failing(
        user(code="'1,5'"), CAST + "code TYPE numeric USING code::numeric",
        "text that is no numeric",
    ),
    "no flag": Failing(
        user(code="'perhaps'"), CAST + "code TYPE boolean USING code::boolean",
        "text that is no boolean",
    ),
    "no float": Failing(
        user(code="'x'"), CAST + "code TYPE float8 USING code::float8", "is no double precision"
    ),
    "too long": Failing(
        user(email="'abcdefghijkl'"), CAST + "email TYPE varchar(10)",
        "whose `email` is longer than 10 characters",
    ),
    "out of range": Failing(
        user(big="3000000000"), CAST + "big TYPE integer", "out of range for integer"
    ),
    "numeric out of range": Failing(
        user(price="3000000000"), CAST + "price TYPE integer", "out of range for integer"
    ),
    "float out of range": Failing(
        user(ratio="1e30"), CAST + "ratio TYPE bigint", "out of range for bigint"
    ),
    "field overflow": Failing(
        user(price="999.999"), CAST + "price TYPE numeric(5,2)", "out of range for numeric(5,2)"
    ),
    "too large for real": Failing(
        user(ratio="1e300"), CAST + "ratio TYPE real", "out of range for real"
    ),
    "label gone": Failing(
        user(role="'ADMIN'"), CAST + 'role TYPE "Role_new" USING (role::text::"Role_new")',
        "is no value of the enum `Role_new`",
        first="CREATE TYPE \"Role_new\" AS ENUM ('USER', 'GUEST')",
    ),
    "no label": Failing(
        user(code="'x'"), CAST + 'code TYPE "Role" USING code::"Role"',
        "no value of the enum `Role",
    ),
    "converted otherwise": Failing(
        user(code="'x'"), CAST + "code TYPE int USING CASE WHEN true THEN code::int END",
        "the expression after USING does not convert", False,
    ),
    "pending": Failing(
        "SELECT 1", 'ALTER TABLE "Later" ADD COLUMN n int', "deferred check is still to come",
        False, first='INSERT INTO "Later" SELECT id, id FROM "Org"',
    ),
    "division": Failing(
        user(age="0"), 'UPDATE "User" SET big = 1 / age', "divided by zero", False
    ),
    "several rows": Failing(
        user(age="1"), 'UPDATE "Org" SET id = (SELECT age FROM "User" WHERE age = 1)',
        "subquery gives more than one row", False,
    ),
    "the migration's own": Failing(
        user(age="1"),
        'DO $$ BEGIN IF EXISTS (SELECT FROM "User" WHERE id = 3) THEN RAISE \'no\'; END IF; END $$',
        "that the migration itself refuses", False,
    ),
    "index": Failing(
        user(code="(SELECT string_agg(md5(g::text), '') FROM generate_series(1, 500) g)"),
        'CREATE INDEX c ON "User" (code)', "`code` that is too long for an index", False,
    ),
}  # fmt: skip
CLEAN = {  # where other rows than the spoilt one would make the statement fail
    "parent": 'UPDATE "Post" SET "authorId" = NULL',
    "every parent": 'UPDATE "Post" SET "authorId" = NULL',
    "check of an update": 'UPDATE "User" SET age = 99',
    "key of NULL": "DELETE FROM event_1 WHERE day IS NULL",
    "twice a key": "DELETE FROM event_1 WHERE ctid = (SELECT min(ctid) FROM event_1)",
    "twice by an update": 'DELETE FROM "Post" WHERE id = 3',
    "twice by an update of some": 'DELETE FROM "Post" WHERE id = 3',
    "twice by a type": "DELETE FROM event_3 WHERE at > 1.3",
    "twice by a conversion": 'DELETE FROM "Post" WHERE id = 3',
    "twice but for the case": 'DELETE FROM "Post" WHERE id = 3',
    "twice but for the case, cast": 'DELETE FROM "Post" WHERE id = 3',
    "twice but for the case, converted": 'DELETE FROM "Post" WHERE id = 3',
    "partition": "DELETE FROM event_1 WHERE day > 10",
    "no flag": "UPDATE \"User\" SET code = 'yes'",
    "no label": "UPDATE \"User\" SET code = 'USER'",
}
ALL_ROWS = ("required", "check of a new column")  # which no row survives
