"""Failures on data: what is said of the rows, and that the query finds just them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import DataFailure, Statement
from checker.pg.connection import Connection, connect, run
from checker.pg.database import Database
from checker.pg.session import ServerError, Session
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from checker.witness.failures.explain import explain
from tests.witness.failures.telling import ALL_ROWS, CLEAN, FAILING, SCHEMA


@pytest.fixture(scope="module")
def database(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as made:
        with connect(made.owner) as owner:
            run(owner, SCHEMA)
        yield made


def schema(later: str = "") -> Catalog:
    """The schema as the history leaves it, and then what the pull request makes before."""
    catalog = Catalog()
    catalog.begin_migration()
    for made in read(SCHEMA, "postgresql").statements:
        for change in made.changes:
            catalog.apply(change)
    catalog.begin_pull_request()
    for made in read(later, "postgresql").statements:
        for change in made.changes:
            catalog.apply(change)
    return catalog


def explained(
    connection: Connection, text: str, later: str = ""
) -> tuple[ServerError, DataFailure]:
    """What PostgreSQL says of a statement, and what is said of it."""
    error = fail(connection, text)
    major = connection.info.server_version // 10000
    return error, explain(error, statement(text), schema(later), major)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with connect(database.owner) as owner:
        run(owner, "BEGIN")
        yield owner
        run(owner, "ROLLBACK")


def statement(text: str) -> Statement:
    (found,) = read(text, "postgresql").statements
    return found


def fail(connection: Connection, text: str) -> ServerError:
    """What PostgreSQL says; the transaction is as before."""
    run(connection, "SAVEPOINT f")
    outcome = Session(connection, 30, lambda: None).send(text)
    assert outcome.error is not None
    run(connection, "ROLLBACK TO f")
    return outcome.error


def offending(connection: Connection, query: str) -> int:
    """How many rows, or groups of rows, a query finds."""
    run(connection, "SAVEPOINT q; SET TRANSACTION READ ONLY")
    rows = connection.execute(query.encode()).fetchall()
    run(connection, "ROLLBACK TO q")
    return rows[0][0] if query.startswith("SELECT count(*)") else len(rows)


@pytest.mark.parametrize("name", FAILING)
def test_the_rows_are_named_and_found(connection: Connection, name: str) -> None:
    failing = FAILING[name]
    run(connection, failing.spoil)
    if failing.first:
        run(connection, failing.first)
    error, found = explained(connection, failing.statement, failing.first)
    assert failing.rows in found.rows
    assert (found.sqlstate, found.message) == (error.sqlstate, error.message)
    assert (found.query is not None) is failing.query, found.query
    if found.query is not None:
        assert offending(connection, found.query) > 0


@pytest.mark.parametrize("name", [n for n, f in FAILING.items() if f.query and n not in ALL_ROWS])
def test_clean_rows_are_not_found(connection: Connection, name: str) -> None:
    failing = FAILING[name]
    run(connection, f"{failing.spoil};{failing.first}")
    query = explained(connection, failing.statement, failing.first)[1].query
    assert query is not None
    run(connection, CLEAN.get(name, 'DELETE FROM "User" WHERE id = 3'))
    assert offending(connection, query) == 0
    run(connection, failing.statement)  # and so it runs


def test_nulls_that_may_repeat_are_no_duplicates() -> None:
    error = ServerError(
        "23505", 'could not create unique index "u"', "Key (email)=(x) is duplicated.",
        table="User", schema="public", constraint="u",
    )  # fmt: skip
    text = 'CREATE UNIQUE INDEX u ON "User" (email, id)'
    assert explain(error, statement(text), schema(), 17) == DataFailure(
        "23505",
        'could not create unique index "u"',
        "two rows with the same `email` and `id`",
        'SELECT "email", "id", count(*) FROM "User" WHERE "email" IS NOT NULL '
        'GROUP BY "email", "id" HAVING count(*) > 1;',
        "Key (email)=(x) is duplicated.",
    )


def test_an_unknown_error_has_its_message_and_no_query() -> None:
    error = ServerError("XX000", "something else")
    found = explain(error, statement("SELECT 1"), Catalog(), 17)
    assert (found.rows, found.query) == ("a row for which something else", None)


HOSTILE = 'O"rg; DROP TABLE "User"; --'


def test_names_are_quoted(connection: Connection) -> None:
    name = HOSTILE.replace('"', '""')
    run(connection, f'CREATE TABLE "{name}" ("a\'b" text); INSERT INTO "{name}" VALUES (NULL)')
    text = f'ALTER TABLE "{name}" ALTER COLUMN "a\'b" SET NOT NULL'
    _, found = explained(connection, text)
    assert found.query is not None
    assert offending(connection, found.query) == 1
