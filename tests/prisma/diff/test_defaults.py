"""Defaults in PostgreSQL's words and in Prisma's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.prisma.database.defaults import defaults_match, parse_default
from checker.prisma.database.model import ColumnDefault, ColumnType, DatabaseColumn

INT, TEXT, STAMP = ColumnType("Integer"), ColumnType("Text"), ColumnType("Timestamp", (3,))
DECIMAL, JSON, BYTES = ColumnType("Decimal", (65, 30)), ColumnType("JsonB"), ColumnType("ByteA")
BOOLEAN, UUID, MOOD = ColumnType("Boolean"), ColumnType("Uuid"), ColumnType("Mood", enum=True)


def value(text: str) -> ColumnDefault:
    return ColumnDefault("value", (text,))


def elements(*texts: str) -> ColumnDefault:
    return ColumnDefault("list", texts)


NOW = ColumnDefault("now")


@pytest.mark.parametrize(
    ("sql", "kind", "default"),
    [
        ("5", INT, value("5")),
        ("'-5'::integer", INT, value("-5")),
        ("nextval('t_id_seq'::regclass)", INT, ColumnDefault("sequence", ("t_id_seq",))),
        ("nextval('\"T_id_seq\"'::regclass)", INT, ColumnDefault("sequence", ("T_id_seq",))),
        ("nextval('s.\"a.b\"'::regclass)", INT, ColumnDefault("sequence", ("a.b",))),
        ("nextval(('s'::text)::regclass)", INT, ColumnDefault("sequence", ("s",))),
        ("0.1", DECIMAL, value("0.1")),
        ("'-1.5'::numeric", DECIMAL, value("-1.5")),
        ("(0)::double precision", ColumnType("DoublePrecision"), value("0")),
        ("true", BOOLEAN, value("true")),
        ("'it''s'::text", TEXT, value("it's")),
        ("''::character varying", ColumnType("VarChar", (3,)), value("")),
        ("CURRENT_TIMESTAMP", STAMP, NOW),
        ("now()", STAMP, NOW),
        ("'{\"a\": 1}'::jsonb", JSON, value('{"a": 1}')),
        ("'\\x6869'::bytea", BYTES, value("\\x6869")),
        ("'A b'::\"Mood\"", MOOD, value("A b")),
        ("'A'::two.\"Mood\"", MOOD, value("A")),
    ],
)
def test_a_known_default(sql: str, kind: ColumnType, default: ColumnDefault) -> None:
    assert parse_default(sql, kind) == default


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("(2 + 3)", INT),
        ("upper('x'::text)", TEXT),
        ("('x'::text || 'y'::text)", TEXT),
        ("CURRENT_TIMESTAMP(3)", STAMP),
        ("timezone('utc'::text, now())", STAMP),
        ("'2020-01-01'::timestamp without time zone", STAMP),
        ("gen_random_uuid()", UUID),
        ("'00000000-0000-0000-0000-000000000000'::uuid", UUID),
        ("nextval('s'::regclass)", TEXT),
        ("'1.2.3.4'::cidr", ColumnType("cidr", unsupported=True)),
    ],
)
def test_anything_else_is_an_expression(sql: str, kind: ColumnType) -> None:
    assert parse_default(sql, kind) == ColumnDefault("expression", (sql,))


def test_null_is_no_default() -> None:
    assert parse_default("NULL::character varying", TEXT) is None


@pytest.mark.parametrize(
    ("sql", "kind", "default"),
    [
        ("'{}'::text[]", TEXT, elements()),
        ("ARRAY[]::text[]", TEXT, elements()),
        ("(ARRAY[]::character varying[])::character varying(10)[]", TEXT, elements()),
        ("ARRAY['a'::text, 'b c'::text]", TEXT, elements("a", "b c")),
        ('\'{a,"b \\"c\\""}\'::text[]', TEXT, elements("a", 'b "c"')),
        ("ARRAY[1, '-2'::integer]", INT, elements("1", "-2")),
        ("'{1,-2}'::integer[]", INT, elements("1", "-2")),
        ("'{t,f}'::boolean[]", BOOLEAN, elements("true", "false")),
        ("ARRAY['A'::\"Mood\"]", MOOD, elements("A")),
    ],
)
def test_a_list(sql: str, kind: ColumnType, default: ColumnDefault) -> None:
    assert parse_default(sql, kind, is_list=True) == default


@pytest.mark.parametrize("sql", ["ARRAY[now()]", "string_to_array('a'::text, 'b'::text)"])
def test_a_list_of_something_else(sql: str) -> None:
    assert parse_default(sql, TEXT, is_list=True) == ColumnDefault("expression", (sql,))


@given(st.text())
def test_any_text_is_read_back(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'::text"
    assert parse_default(quoted, TEXT) == value(text)


@given(st.text(), st.sampled_from([INT, TEXT, STAMP, DECIMAL, JSON, BYTES, MOOD, UUID]))
def test_any_default_is_read_somehow(sql: str, kind: ColumnType) -> None:
    for is_list in (False, True):
        parse_default(sql, kind, is_list=is_list)


@pytest.mark.parametrize(
    "sql", ["'x'::" + "a" * 9999 + "!", "'{" + " " * 9999, "nextval('" + "a" * 9999, "ARRAY[" * 999]
)
def test_a_hostile_default_takes_no_time(sql: str) -> None:
    for is_list in (False, True):
        for kind in (INT, TEXT, MOOD, DECIMAL):
            found = parse_default(sql, kind, is_list=is_list)
            assert found == ColumnDefault("expression", (sql.strip(),))


ANY, SEQUENCE = ColumnDefault("expression"), ColumnDefault("sequence")


def expression(sql: str) -> ColumnDefault:
    return ColumnDefault("expression", (sql,))


@pytest.mark.parametrize(
    ("kind", "old", "new", "same"),
    [
        (INT, None, None, True),
        (INT, value("5"), value("5"), True),
        (INT, value("5"), value("6"), False),
        (INT, value("5"), None, False),
        (INT, None, value("5"), False),
        (INT, value("5"), ANY, True),
        (INT, None, ANY, True),
        (INT, expression("f()"), expression("F()"), True),
        (INT, expression("f()"), expression("g()"), False),
        (INT, expression("5"), value("5"), False),
        (INT, ColumnDefault("sequence", ("s",)), SEQUENCE, True),
        (INT, ColumnDefault("sequence", ("s",)), None, True),
        (INT, ColumnDefault("sequence", ("s",)), value("5"), False),
        (INT, expression("f()"), SEQUENCE, True),
        (DECIMAL, value("1.50"), value("1.5"), True),
        (STAMP, expression("'2020-01-01'::date"), value("2021-01-01T00:00:00Z"), True),
        (STAMP, None, value("2021-01-01T00:00:00Z"), False),
        (STAMP, NOW, value("2021-01-01T00:00:00Z"), True),
        (STAMP, NOW, NOW, True),
        (STAMP, expression("clock_timestamp()"), NOW, False),
        (STAMP, expression("ARRAY[now()]"), elements(), True),
        (JSON, value('{"a": 1, "b": 2}'), value('{"b":2,"a":1}'), True),
        (JSON, value("[]"), value("{}"), False),
        (JSON, value("no json"), value("{}"), True),
        (BYTES, value("\\x6A"), value("\\x6a"), True),
        (TEXT, elements("a", "b"), elements("a", "b"), True),
        (TEXT, elements("a", "b"), elements("b", "a"), False),
        (TEXT, elements("a"), elements(), False),
        (UUID, expression("'x'::uuid"), value("x"), False),
    ],
)
def test_defaults_match(
    kind: ColumnType, old: ColumnDefault | None, new: ColumnDefault | None, same: bool
) -> None:
    before, after = (DatabaseColumn("c", kind, "nullable", default) for default in (old, new))
    assert defaults_match(before, after) is same
