from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model import Provider, SyntaxProblem
from checker.sql import read
from checker.sql.postgres import reader as postgres
from tests.sql.reading import statements

PROVIDERS: tuple[Provider, ...] = ("postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver")
DIALECTS: tuple[Provider, ...] = ("postgresql", "mysql", "sqlite", "sqlserver")


def test_imports_no_parser_before_it_is_needed() -> None:
    code = (
        "import sys, checker.sql; "
        "sys.exit(any(name in sys.modules for name in ('sqlglot', 'postgast', 'google.protobuf')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_mongodb_has_no_sql() -> None:
    assert read("x", "mongodb").problem == SyntaxProblem("MongoDB has no SQL migrations", 1)


# -- spans ----------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", DIALECTS)
def test_a_span_counts_bytes_and_leaves_out_comments(provider: Provider) -> None:
    sql = (
        "-- Größe\n/* ünd\n so */ DROP TABLE a;\r\n\r\n  -- zwei\nDROP\n  TABLE bé -- é;\n ; ;\n"
        "UPDATE t SET x = '€ -- no comment' -- Ende"
    )
    first, second, third = statements(sql, provider)
    data = sql.encode()
    for statement in (first, second, third):
        assert data[statement.start : statement.end].decode() == statement.text
    assert (first.text, first.line, first.end_line) == ("DROP TABLE a", 3, 3)
    assert (second.text, second.line, second.end_line) == ("DROP\n  TABLE bé", 6, 7)
    assert (third.text, third.line) == ("UPDATE t SET x = '€ -- no comment'", 9)
    assert [s.kind for s in (first, second, third)] == ["DROP TABLE", "DROP TABLE", "UPDATE"]


@pytest.mark.parametrize("provider", DIALECTS)
def test_a_comment_behind_the_last_token_is_not_part_of_it(provider: Provider) -> None:
    (only,) = statements("DROP TABLE a /* and\nmore */\n-- and more\n", provider)
    assert (only.text, only.end_line) == ("DROP TABLE a", 1)


@pytest.mark.parametrize("sql", ["", " \n", ";;", "-- nothing\n", "/* nothing */"])
@pytest.mark.parametrize("provider", DIALECTS)
def test_a_script_may_be_empty(sql: str, provider: Provider) -> None:
    assert statements(sql, provider) == ()


def test_comments_nest_in_postgresql() -> None:
    (only,) = statements("/* a /* b; */ c; */ DROP TABLE a")
    assert only.start == 20


def test_a_semicolon_in_a_string_or_body_ends_nothing() -> None:
    sql = "INSERT INTO a VALUES (';'); CREATE FUNCTION f() RETURNS int AS $x$ ; $x$ LANGUAGE sql;"
    assert [s.kind for s in statements(sql)] == ["INSERT", "CREATE FUNCTION"]


# -- problems -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "message", "line"),
    [
        ("DROP TABLE a;\nDROP TABL b;", 'syntax error at or near "TABL"', 2),
        ("-- é é é é é\nDROP TABLE a;\n-- é\n\nDROP b;", 'syntax error at or near "b"', 5),
        ("SELECT 'abc\n\n", 'unterminated quoted string at or near "\'abc\n\n"', 1),
        ("\\i other.sql", 'syntax error at or near "\\"', 1),
        ("DROP TABLE", "syntax error at end of input", 1),
    ],
)
def test_postgresql_says_why_in_its_own_words(sql: str, message: str, line: int) -> None:
    for provider in ("postgresql", "cockroachdb"):
        script = read(sql, provider)
        assert script.problem == SyntaxProblem(message, line)
        assert script.statements == ()


def test_a_byte_order_mark_is_a_problem_for_postgresql_only() -> None:
    problem = read("\ufeffDROP TABLE a", "postgresql").problem
    assert problem is not None
    assert "begins with a byte order mark" in problem.message
    (only,) = statements("\ufeffDROP TABLE a", "sqlite")
    assert (only.start, only.text, only.kind) == (3, "DROP TABLE a", "DROP TABLE")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE a;\n<<<<<<< HEAD\nDROP TABLE b;\n=======\nDROP TABLE c;\n>>>>>>> topic\n",
        "CREATE TABLE a (b INT DEFAULT 1\n<<<<<<< HEAD\n, c INT\n=======\n, d INT\n>>>>>>> x\n);",
    ],
)
def test_a_merge_conflict_is_named(sql: str, provider: Provider) -> None:
    message = 'contains an unresolved merge conflict ("<<<<<<<")'
    assert read(sql, provider).problem == SyntaxProblem(message, 2)


@pytest.mark.parametrize("provider", DIALECTS)
def test_what_looks_like_a_conflict_in_a_string_is_none(provider: Provider) -> None:
    assert len(statements("INSERT INTO a VALUES ('\n<<<<<<< HEAD\n');", provider)) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("sql", "name"), [("a\n\0b", "U+0000"), ("a\n\ud800", "U+D800")])
def test_a_character_that_cannot_be_sent(sql: str, name: str, provider: Provider) -> None:
    assert read(sql, provider).problem == SyntaxProblem(f"contains the character {name}", 2)


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver"])
def test_a_string_without_an_end_is_a_problem_in_every_dialect(provider: Provider) -> None:
    problem = read("DROP TABLE a;\nINSERT INTO a VALUES ('abc);\n", provider).problem
    assert problem is not None
    assert (problem.line, "without an end" in problem.message) == (2, True)


# -- hostile text ---------------------------------------------------------------------------

WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        """ALTER TABLE ADD DROP COLUMN a b ( ) , ; . ' " $$ @ := = 1 INT NOT NULL DEFAULT CREATE
        INDEX ON BEGIN END CASE DO EXEC IF TRY CATCH INSERT INTO SELECT FROM UPDATE SET DELETE
        WHERE TRIGGER RENAME TO LOCK REPLACE PRAGMA é [ ] ` -- /* */ UNIQUE CONSTRAINT CHECK
        ENUM CHANGE""",
    )
)
TEXT = st.text() | st.lists(WORDS | st.just("\n"), max_size=30).map(" ".join)


@given(sql=TEXT, provider=st.sampled_from(PROVIDERS))
def test_never_raises(sql: str, provider: Provider) -> None:
    script = read(sql, provider)
    data = sql.encode()
    end = 0
    for statement in script.statements:
        assert end <= statement.start < statement.end
        assert data[statement.start : statement.end].decode() == statement.text
        assert statement.text == statement.text.strip(" \t\r\n")
        assert statement.line == data[: statement.start].count(b"\n") + 1
        assert statement.end_line == statement.line + statement.text.count("\n")
        assert statement.changes
        end = statement.end


@pytest.mark.parametrize(
    ("start", "level", "end"),
    [
        ("SELECT 1", "+1", ""),
        ("SELECT ", "(", ""),
        ("ALTER TABLE t ADD COLUMN c INT DEFAULT 1", "+1", ""),
        ("DELETE FROM t WHERE ", "NOT ", "true"),
        ("DO $$ BEGIN ", "IF a THEN ", " END $$"),
    ],
)
@pytest.mark.parametrize(("provider", "levels"), [("postgresql", 25_000), ("mysql", 2_000)])
def test_deep_nesting_does_not_end_the_process(
    start: str, level: str, end: str, provider: Provider, levels: int
) -> None:
    script = read(start + level * levels + end, provider)
    assert script.problem is not None or script.statements


def test_more_than_protobuf_s_hundred_levels_are_read() -> None:
    (only,) = statements("UPDATE t SET a = 'x'" + " || 'y'" * 200)
    assert only.kind == "UPDATE"


def test_beyond_every_limit_the_script_is_a_problem() -> None:
    problem = read("DELETE FROM t WHERE " + "NOT " * 3_000 + "true", "postgresql").problem
    assert problem == SyntaxProblem("is nested too deeply to be read", 1, of_ours=True)


def test_a_script_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "SQL_SECONDS", 0.01)
    problem = read("/*" * 20_000 + "*/" * 20_000 + "SELECT 1;", "postgresql").problem
    assert problem
    assert problem.of_ours
    assert "to be read" in problem.message
