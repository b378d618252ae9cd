"""What the rows hold: of each type what is awkward, and what is ordinary."""

from __future__ import annotations

import pytest

from checker.rows import Style
from tests.rows.conftest import Fills
from tests.rows.helpers import texts

TYPES = (
    "smallint", "integer", "bigint", "numeric", "numeric(6,2)", "numeric(3,5)", "real",
    "double precision", "money", "boolean", "text", "varchar(3)", "varchar", "char(1)", "char(12)",
    '"char"', "name", "date", "timestamp", "timestamp(3)", "timestamptz(0)", "time(2)", "timetz",
    "interval", "interval day to second(3)", "uuid", "bytea", "json", "jsonb", "jsonpath", "inet",
    "cidr", "macaddr", "macaddr8", "bit(5)", "bit varying(7)", "tsvector", "tsquery", "point",
    "line", "lseg", "box", "path", "polygon", "circle", "oid", "regclass", "xid", "tid", "pg_lsn",
    "int4range", "numrange", "tstzrange", "daterange", "datemultirange", "int[]", "text[][]",
    "varchar(3)[]", "numeric(6,2)[]", "jsonb[]", "tstzrange[]", "uuid[]", "citext", "hstore",
    "ltree", "lquery", "mood", "mood[]", "pair", "pair[]", "positive", "positive[]", "cube",
)  # fmt: skip
SETUP = (
    "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; "
    "CREATE EXTENSION cube;"
)
MADE = (
    "CREATE TYPE mood AS ENUM ('a', 'b c', 'it''s'); CREATE TYPE pair AS (a int, b varchar(3)); "
    "CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
)
COLUMNS = ", ".join(f"c{i} {t} NOT NULL" for i, t in enumerate(TYPES))


def test_every_type(style: Style, filled: Fills) -> None:
    made = filled(f"{MADE} CREATE TABLE t ({COLUMNS})", style, setup=SETUP)
    assert made.rows("t") == 60
    same = {t for i, t in enumerate(TYPES) if len(set(texts(made, "t", f"c{i}"))) < 2}
    assert same == set()


KINDS = (
    "text", "varchar(20)", "integer", "bigint", "numeric", "boolean", "uuid", "jsonb", "text[]",
    "timestamptz", "date", "mood", "double precision",
)  # fmt: skip
AWKWARD: dict[str, set[str]] = {
    "text": {"", " ", " 12 ", "abc", "ABC", "NULL", "1e400", "🙂é", "x" * 5000, "a\nb\tc\\"},
    "varchar(20)": {"", "abc", "ABC", "x" * 20},
    "integer": {"0", "-1", "2147483647", "-2147483648"},
    "bigint": {"0", "3000000000", "9223372036854775807"},
    "numeric": {"NaN", "-0.000000001", "123456789.123456789"},
    "boolean": {"true", "false"},
    "uuid": {"00000000-0000-0000-0000-000000000000"},
    "jsonb": {"null", "[]", "{}", "[null]", '{"a": 2}', '{"a": null}', '"text"', "1"},
    "text[]": {"{}", "{NULL}", '{""}', "{abc}"},
    "timestamptz": {"infinity", "-infinity", "1900-01-01 00:00:00+00"},
    "date": {"infinity", "0001-01-01", "9999-12-31", "2024-02-29"},
    "mood": {"a", "b c", "it's"},
    "double precision": {"NaN", "Infinity", "-1.7e+308"},
}


def test_everything_awkward_is_in_every_column(filled: Fills) -> None:
    columns = ", ".join(f'"{kind}" {kind}' for kind in KINDS)
    made = filled(f"{MADE} CREATE TABLE t (id serial PRIMARY KEY, {columns}, v text UNIQUE)")
    for kind in KINDS:
        found = texts(made, "t", kind)
        assert None in found, kind
        assert AWKWARD[kind] <= set(found), kind
        assert len(found) > len(set(found)), kind
    assert AWKWARD["text"] | {None} <= set(texts(made, "t", "v"))


def test_ordinary_text_is_there_too(filled: Fills) -> None:
    made = filled("CREATE TABLE t (id serial PRIMARY KEY, a text, b text)")
    for column in "ab":
        found = {t for t in texts(made, "t", column) if t}
        assert {"1", "42", "true", "2024-01-15", "ordinary"} <= found


def test_a_value_is_awkward_where_the_rest_is_ordinary(filled: Fills) -> None:
    made = filled("CREATE TABLE t (id serial PRIMARY KEY, a text NOT NULL, n int NOT NULL)")
    edges = made.ask("SELECT count(*) FROM t WHERE n IN (-2147483648, 2147483647) AND a IN "
                     "('1', '42', '7', 'true', 'false', 'ordinary', '2024-01-15') ")  # fmt: skip
    assert edges > 0


def test_what_no_foreign_key_forbids(filled: Fills) -> None:
    made = filled(
        "CREATE TABLE u (id text PRIMARY KEY); CREATE TABLE t (id uuid PRIMARY KEY, u text); "
        "CREATE TABLE r (a text NOT NULL, b int NOT NULL, u text REFERENCES u, UNIQUE (a, b))"
    )
    assert made.ask("SELECT count(*) FROM t WHERE u NOT IN (SELECT id FROM u)") > 0
    assert made.ask("SELECT count(*) - count(DISTINCT a) FROM r") > 0
    assert made.ask("SELECT count(*) - count(DISTINCT b) FROM r") > 0
    assert made.ask("SELECT max(n) FROM (SELECT count(*) n FROM r GROUP BY u) s") > 1
    assert made.ask("SELECT count(*) FROM r WHERE u IS NULL") > 0
    marked = {text.rpartition("~")[0] for text in texts(made, "u", "id") if text and "~" in text}
    assert {"abc", "ABC", ""} <= marked


def test_tame_rows_satisfy_what_may_be_asked(filled: Fills) -> None:
    made = filled(
        "CREATE TABLE a (id text PRIMARY KEY, n varchar(10), v jsonb, at timestamptz); "
        "CREATE TABLE b (id serial PRIMARY KEY, \"aId\" text, m bigint, u uuid); "
        "CREATE TABLE c (id uuid PRIMARY KEY, b_id int)", "tame", rows=300,
    )  # fmt: skip
    made.connection.execute(
        'ALTER TABLE b ADD FOREIGN KEY ("aId") REFERENCES a; ALTER TABLE c ADD FOREIGN KEY (b_id) '
        "REFERENCES b; ALTER TABLE b ADD FOREIGN KEY (u) REFERENCES c, ALTER m TYPE smallint, "
        "ALTER m SET NOT NULL, ADD UNIQUE (m); ALTER TABLE a ADD UNIQUE (n), ADD UNIQUE (at), "
        "ALTER id TYPE int USING id::int, ALTER n SET NOT NULL, ALTER n TYPE varchar(4)"
        .replace("ALTER id TYPE int USING id::int, ", "")
    )  # fmt: skip
    assert made.ask("SELECT count(*) FROM a WHERE n::int = id::int") == 300


@pytest.mark.parametrize("rows", [1, 2, 7, 2500])
def test_as_many_rows_as_asked_for(rows: int, style: Style, filled: Fills) -> None:
    made = filled(
        "CREATE TABLE a (id serial PRIMARY KEY, t text, e int); CREATE TABLE b (a int NOT NULL "
        "REFERENCES a, k uuid PRIMARY KEY)",
        style,
        rows=rows,
    )
    assert (made.rows("a"), made.rows("b")) == (rows, rows)
