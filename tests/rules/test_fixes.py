"""What a fix ends in: the same catalog as the statement that it replaces, with less in the way.

A case says where its fix stands with ``fix_runs``: ``there``, in place of the finding's statement
(the default), ``before`` it, ``instead`` of the whole file or ``after`` it. ``fix_with`` gives
what the author writes for a placeholder, and ``fix_rest`` the other actions of the statement and
what is left to a later release. Where the two are meant to end differently, ``fix_differs`` is the
reason, and ``fix_like`` a statement that ends like the fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, LiteralString

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Finding
from checker.pg.connection import connect
from checker.rules import all_rules, find_rule
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from tests.rules.measuring import measure
from tests.rules.test_cases import cases, judge, judge_case
from tests.rules.test_cases_on_server import connection
from tests.sql.catalog.observed import Facts, observed

__all__ = ["connection"]

Connection = psycopg.Connection[Any]

OF_DATA = {
    "adding-required-field",
    "drop-add-looks-like-rename",
    "drop-and-recreate-column",
    "enum-value-removal",
}
RULES = OF_DATA | {rule.id for rule in all_rules() if rule.scales}
# A rule without a fix, and why no SQL can be written for it.
WITHOUT_FIX = {
    "adding-exclusion-constraint": "PostgreSQL makes none of an index, nor NOT VALID",
    "adding-generated-stored": "the value has to be kept by the application or a trigger",
    "prefer-repack": "pg_repack is a program",
    "table-storage-moved": "the copy is what the statement is for",
}

# What the server itself writes of indexes and constraints, and what the folded catalog has not.
_WRITTEN: LiteralString = """
    SELECT 'written', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT 'written', indrelid::regclass::text, relname, pg_get_indexdef(c.oid) || indisvalid
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'identity', attrelid::regclass::text, attname, attidentity::text
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'owned', objid::regclass::text, attname, refobjid::regclass::text
    FROM pg_depend JOIN pg_attribute ON (attrelid, attnum) = (refobjid, refobjsubid)
    WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND objid IN (
      SELECT oid FROM pg_class WHERE relkind = 'S')"""

# What has been numbered, and how many rows have a value of their own.
_NUMBERS = "SELECT count(c), count(DISTINCT c), max(length(c::text)), min(id) FROM t"


def fixed() -> list[Any]:
    return [each for each in cases("bad") if each.values[0] in RULES]


def findings(rule: str, file: dict[str, Any], case: dict[str, Any]) -> list[Finding]:
    return [f for f in judge_case(rule, file, case) if f.rule == rule]


def fix_of(rule: str, file: dict[str, Any], case: dict[str, Any]) -> list[str]:
    """The statements of the fix, with the author's words in its placeholders."""
    found = [f.fix for f in findings(rule, file, case)]
    if None in found:
        reason = WITHOUT_FIX.get(rule) or case.get("fix_none")
        assert reason, "a rule without a fix says why"
        pytest.skip(reason)
    text = "\n".join(str(fix) for fix in found)
    for placeholder, value in case.get("fix_with", {}).items():
        assert f"/* {placeholder} */" in text
        text = text.replace(f"/* {placeholder} */", value)
    assert "/*" not in text
    return statements(text)


def statements(text: str) -> list[str]:
    """Each on its own, as Prisma sends those of several migrations."""
    return [
        s.text
        for s in read(text, "postgresql").statements
        if not s.text.upper().startswith(("BEGIN", "COMMIT"))
    ]


def around(case: dict[str, Any], line: int) -> tuple[list[str], list[str]]:
    """The statements of the case that run before its fix, and those that run after it."""
    runs = case.get("fix_runs", "there")
    if runs == "instead":
        return [], []
    if runs == "after":
        return statements(case["sql"]), []
    read_ones = read(case["sql"], "postgresql").statements
    kept = [s for s in read_ones if not s.text.upper().startswith(("BEGIN", "COMMIT"))]
    later = [s.text for s in kept if s.line > line or (s.line == line and runs == "before")]
    rest = statements(case.get("fix_rest", ""))
    return [s.text for s in kept if s.line < line], rest + later


def catalog_of(connection: Connection) -> Facts:
    """The server's catalog; the order of columns, which no statement can change, aside."""
    connection.execute("SET search_path = ''")
    facts = observed(connection, Catalog())
    facts |= {tuple(row[:3]): row[3] for row in connection.execute(_WRITTEN)}
    return {k: sorted(v) if k[0] == "columns" else v for k, v in facts.items()}


@pytest.fixture
def other(server: EphemeralServer) -> Iterator[Connection]:
    with server.database() as database, connect(database.owner) as opened:
        yield opened


@pytest.mark.parametrize(("rule", "file", "case"), fixed())
def test_fix_ends_in_the_same_catalog(
    rule: str,
    file: dict[str, Any],
    case: dict[str, Any],
    connection: Connection,
    other: Connection,
) -> None:
    fix = fix_of(rule, file, case)
    (first, *_) = findings(rule, file, case)
    before, after = around(case, first.line or 0)
    connection.execute(file["before"])
    assert ("fix_like" in case) == ("fix_differs" in case), "a different end has its reason"
    connection.execute(case.get("fix_like", case["sql"]))
    other.execute(file["before"])
    for statement in chain(before, fix, after):
        other.execute(statement.encode())
    wanted, got = catalog_of(connection), catalog_of(other)
    differing = {
        " ".join(key): (wanted.get(key), got.get(key))
        for key in wanted.keys() | got.keys()
        if wanted.get(key) != got.get(key)
    }
    assert differing == {}


@pytest.mark.parametrize(
    ("rule", "file", "case"), [p for p in fixed() if find_rule(p.values[0]).scales]
)
def test_fix_keeps_no_writer_waiting(
    rule: str, file: dict[str, Any], case: dict[str, Any], connection: Connection
) -> None:
    """No statement of the fix reads or rewrites a table while those who write to it wait."""
    fix = fix_of(rule, file, case)
    (first, *_) = findings(rule, file, case)
    connection.execute(file["before"])
    for statement in around(case, first.line or 0)[0]:
        connection.execute(statement.encode())
    for statement in fix:
        if not re.search(r"\bCONCURRENTLY\b", statement):
            (measured,) = measure(connection, [statement])
            assert not measured.stops_writers_while_working(), statement
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t ALTER n TYPE text",
        "ALTER TABLE t ALTER n TYPE text USING nullif(n, 2)::text",
        "ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid() NOT NULL",
        "ALTER TABLE t ADD c serial",
        "ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY",
    ],
)
def test_batches_come_to_an_end(statement: str, connection: Connection, other: Connection) -> None:
    """And leave the same values as the statement, in the order of the rows."""
    before = "CREATE TABLE t (id int, n int); INSERT INTO t VALUES (1, NULL), (2, 2), (3, 3);"
    (finding,) = (f for f in judge("CREATE TABLE t (id int, n int);", statement) if f.fix)
    for each in (connection, other):
        each.execute(before.encode())
    connection.execute(statement.encode())
    for step in statements(finding.fix or ""):
        rounds = range(3) if step.startswith("UPDATE") else range(1)
        changed = [other.execute(step.encode()).rowcount for _ in rounds]
        assert changed[-1] <= 0 or not step.startswith("UPDATE")
    new = "SELECT n FROM t ORDER BY id" if " ALTER n" in statement else _NUMBERS
    assert other.execute(new.encode()).fetchall() == connection.execute(new.encode()).fetchall()
    for each in (connection, other):  # numbers go on where those of the rows stop
        each.execute("INSERT INTO t (id) VALUES (4)")
    assert other.execute(new.encode()).fetchall() == connection.execute(new.encode()).fetchall()
