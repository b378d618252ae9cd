"""The SQL of every case runs on the real server, and so do the rules' claims of failing on rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
from checker.sql import read
from tests.engines.postgresql.helpers import run
from tests.rules.test_cases import cases, judge_case, version


@pytest.fixture
def connection(server: EphemeralServer) -> Iterator[psycopg.Connection[Any]]:
    with server.database() as database, connect(database.owner) as opened:
        yield opened


@pytest.mark.parametrize(("rule", "file", "case"), cases("bad") + cases("good"))
def test_case_runs(
    rule: str,
    file: dict[str, Any],
    case: dict[str, Any],
    connection: psycopg.Connection[Any],
    server: EphemeralServer,
) -> None:
    """``fails`` is the SQLSTATE with which a case fails when Prisma sends it."""
    if "fails" in case or "prisma" in {**file, **case}:
        prisma = version(str({"prisma": "6.19", **file, **case}["prisma"]))
        replayed = run(server, file["before"], case["sql"], prisma=prisma)
        assert (replayed.failure and replayed.failure.sqlstate) == case.get("fails")
        return
    connection.execute(file["before"])
    if case.get("invalid"):
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute(case["sql"])
    else:
        connection.execute(case["sql"])


@pytest.mark.parametrize(
    ("before", "statement", "state"),
    [
        ("CREATE TABLE t (id int)", "ALTER TABLE t ADD c int NOT NULL", "23502"),
        ("CREATE TABLE t (id int, c int)", "ALTER TABLE t ALTER c SET NOT NULL", "23502"),
        (
            "CREATE TYPE e AS ENUM ('a', 'x'); CREATE TYPE f AS ENUM ('a'); "
            "CREATE TABLE t (id int, c e DEFAULT 'x')",
            "ALTER TABLE t ALTER c DROP DEFAULT, ALTER c TYPE f USING c::text::f",
            "22P02",
        ),
        (
            "CREATE TABLE t (id int, c int DEFAULT 1)",
            "CREATE UNIQUE INDEX ON t (c)",
            "23505",
        ),
        (
            "CREATE TABLE t (id int, c text DEFAULT 'long')",
            "ALTER TABLE t ALTER c TYPE varchar(2)",
            "22001",
        ),
    ],
)
def test_passes_when_empty_and_fails_on_rows(
    before: str, statement: str, state: str, connection: psycopg.Connection[Any]
) -> None:
    connection.execute(before.encode())
    with connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
    connection.execute("INSERT INTO t (id) VALUES (1), (2)")
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement.encode())
    assert caught.value.sqlstate == state


@pytest.mark.parametrize(("rule", "file", "case"), cases("bad"))
def test_fix_is_sql_that_runs(
    rule: str, file: dict[str, Any], case: dict[str, Any], connection: psycopg.Connection[Any]
) -> None:
    """The SQL to write instead is accepted where the bad migration would have run.

    A fix that leaves a choice to the author (``/* … */``) is no whole statement and only read.
    ``fix_runs`` says that it stands for the whole file (``instead``), or comes ``after`` it.
    """
    (finding, *_) = (f for f in judge_case(rule, file, case) if f.rule == rule)
    if finding.fix is None or "/*" in finding.fix or case.get("invalid"):
        pytest.skip("the fix leaves a choice to the author")
    connection.execute(file["before"])
    for statement in read(case["sql"], "postgresql").statements:
        runs = case.get("fix_runs", "there")
        if runs == "after" or (runs == "there" and statement.line < (finding.line or 0)):
            connection.execute(statement.text.encode())
    for statement in read(finding.fix, "postgresql").statements:  # of several migrations
        connection.execute(statement.text.encode())
