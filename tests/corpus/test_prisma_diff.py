"""What differs between two databases, and the script between them, beside Prisma's engine.

``python -m tests.corpus.test_prisma_diff`` prints the figures.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from checker.pg.connection import connect
from checker.prisma.database.model import ColumnType, DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import Connection, read_catalog
from checker.prisma.diff.casting import cast
from checker.prisma.diff.diff import diff
from checker.prisma.diff.script import EMPTY, script
from checker.prisma.diff.warnings import warnings
from checker.prisma.schema.reading import InvalidSchema, read_schema
from tests.corpus.test_prisma_ddl import differences, facts
from tests.engines.postgresql.helpers import load, parses, project
from tests.projects import SHARED

PRISMA = SHARED / "prisma"
CASES = PRISMA / "cases"
# Prisma's engine sees a difference right after its own script: PostgreSQL writes the default in
# other words than ``dbgenerated("…")`` has it.
DRIFTS_BY_ITSELF = {
    "migrations/unsupported_types.rs::adding_and_removing_properties_on_unsupported_should_work#1->2"
}
# The schema takes an extension for granted which no migration makes.
NEEDS_EXTENSION = {"migrations/postgres.rs::citext_to_text_and_back_works#0->1"}
_LISTED = re.compile(r"^  - (.*)$", re.MULTILINE)
_OWN = "nspname !~ '^(pg_|information_schema$)'"

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="Prisma's cases are not on this machine (../shared)"
)


# Casts


@cache
def casts() -> list[tuple[str, str, str, str]]:
    """Each pair of types: from, to, Prisma's class of the change, ours."""
    ours = {None: "NoChange", "safe": "Safe", "risky": "Risky", "not_castable": "NotCastable"}
    rows = map(json.loads, (CASES / "pg_type_cast_matrix.jsonl").read_text().splitlines())
    return [
        (r["from"], r["to"], r["change"], ours[cast(kind(r["from"]), kind(r["to"]))]) for r in rows
    ]


def kind(text: str) -> ColumnType:
    name, _, figures = text.rstrip(")").partition("(")
    return ColumnType(name, tuple(map(int, figures.split(","))) if figures else ())


def test_casts() -> None:
    assert [row for row in casts() if row[3] not in row[2].split("|")] == []
    assert len(casts()) == 1026


# What is ignored


class Verdict(NamedTuple):
    id: str
    theirs: bool
    ours: bool
    fails: str  # why our script fails, or what it leaves


def clear(connection: Connection) -> None:
    for kind, names in (
        ("EVENT TRIGGER", "SELECT evtname FROM pg_event_trigger"),
        ("PUBLICATION", "SELECT pubname FROM pg_publication"),
        ("EXTENSION", "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"),
        ("SCHEMA", f"SELECT nspname FROM pg_namespace WHERE {_OWN}"),
    ):
        for (name,) in connection.execute(names.encode()).fetchall():
            connection.execute(f'DROP {kind} "{name}" CASCADE'.encode())
    connection.execute("CREATE SCHEMA public")


def run(connection: Connection, sql: str) -> None:
    try:
        connection.execute(sql.encode())
    except psycopg.Error:
        connection.execute("ROLLBACK")
        raise


def ignored(connection: Connection) -> Iterator[Verdict]:
    """Each object that Prisma's differ was shown, by the SQL that makes it."""
    given = {}
    for node in ast.parse((PRISMA / "oracle/facts_ignore.py").read_text()).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in ("BASE", "PAIR"):
            assert isinstance(node, ast.Assign)
            given[target.id] = ast.literal_eval(node.value)
    second = (
        'CREATE TABLE "A" ("id" INTEGER NOT NULL, "tid" INTEGER,'
        ' CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    )
    plain = read_after(connection, given["BASE"])
    related = read_after(connection, given["BASE"] + second + given["PAIR"]["fk_ok"])
    for engine, rows in json.loads((CASES / "differ_ignores.json").read_text()).items():
        for name, row in rows.items():
            if not row["ok"]:  # a feature that this engine does not know
                continue
            in_pair = name in given["PAIR"]
            base, meant = given["BASE"] + second * in_pair, related if in_pair else plain
            partial = "partialIndexes" in name
            there = read_after(connection, base + row["sql"], partial=partial)
            steps = diff(there, meant)
            run(connection, script(steps))
            left = diff(read_catalog(connection, partial_indexes=partial), meant)
            yield Verdict(f"{engine} {name}", row["exitCode"] == 2, bool(steps), script(left))


def read_after(connection: Connection, sql: str, *, partial: bool = False) -> DatabaseSchema:
    clear(connection)
    run(connection, sql)
    return read_catalog(connection, partial_indexes=partial)


def test_what_is_ignored(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.superuser or {}) as connection:
        found = list(ignored(connection))
    assert [v.id for v in found if v.ours != v.theirs] == []
    assert {v.fails for v in found} == {EMPTY}
    assert len(found) > 160


def test_what_engine_6_does_not_know() -> None:
    rows = json.loads((CASES / "differ_ignores.json").read_text())["6"]
    unknown = [name for name, row in rows.items() if not row["ok"]]
    assert all(name.startswith('preview["partialIndexes"]') for name in unknown)
    assert len(unknown) == 7
    text = """datasource db {\n  provider = "postgresql"\n  url = "x"\n}
        generator client {\n  provider = "p"\n  previewFeatures = ["partialIndexes"]\n}"""
    with pytest.raises(InvalidSchema, match="partialIndexes"):
        read_schema({"schema.prisma": text}, 6)


# Steps


class Outcome(NamedTuple):
    """What is wrong with a step from one schema to another; empty where right.

    ``theirs`` says why Prisma's own script fails on the server; then only ours is looked at.
    """

    id: str
    before: str = ""  # what we think of the schema before
    after: str = ""  # … and after, once Prisma's script was run
    ours: str = ""  # how our script fails, or its catalog differs
    left: str = ""  # what our script leaves
    warned: str = ""
    theirs: str = ""
    same_text: bool = False


@cache
def steps() -> list[dict[str, Any]]:
    rows = map(json.loads, (CASES / "oracle_step.jsonl").read_text().splitlines())
    return [row for row in rows if row["ok"]]


def outcome(connection: Connection, row: dict[str, Any]) -> Outcome:
    version = PrismaVersion(7, 10)
    schemas = [read_schema({"schema.prisma": row[side]}, 7) for side in ("before", "after")]
    meant_before, meant = (database_of(schema, version) for schema in schemas)
    partial = "partialIndexes" in schemas[1].preview_features

    def there(of: DatabaseSchema) -> DatabaseSchema:
        return read_catalog(connection, schemas=of.schemas, multi=of.multi, partial_indexes=partial)

    def begin() -> DatabaseSchema:
        clear(connection)
        run(connection, row["fromScript"])
        return there(meant)

    found = diff(begin(), meant)
    text = script(found, multi=meant.multi)
    before = script(diff(there(meant_before), meant_before)) if row["fromScript"] else ""
    after = theirs = ours = left = ""
    catalog = None
    try:
        run(connection, row["script"])
        after = script(diff(there(meant), meant))
        catalog = seen(connection)
    except psycopg.Error as error:
        theirs = str(error)
    begin()
    try:
        run(connection, text)
        ours = "; ".join(differences(catalog, seen(connection))) if catalog is not None else ""
        left = script(diff(there(meant), meant))
    except psycopg.Error as error:
        ours = str(error)
    return Outcome(
        row["id"],
        before=before.removeprefix(EMPTY),
        after=after.removeprefix(EMPTY),
        ours=ours,
        left=left.removeprefix(EMPTY),
        warned=warned(row, text, found),
        theirs=theirs,
        same_text=text.strip() == row["script"].strip(),
    )


def warned(row: dict[str, Any], text: str, found: Any) -> str:
    """The warnings at the head of the script, and those that Prisma gives for empty tables."""
    ours, theirs = (_LISTED.findall(t.partition("*/")[0]) for t in (text, row["script"]))
    always = [
        {"message": w.message, "stepIndex": w.step}
        for w in warnings(found).warnings
        if w.kind in ("unique", "enum_values")
    ]
    same = ours == theirs and always == row["warnings"] and len(found) == row["migrationSteps"]
    return "" if same else f"{ours} {always} instead of {theirs} {row['warnings']}"


def seen(connection: Connection) -> dict[tuple[str, ...], Any]:
    with connection.transaction():
        return facts(connection)


def outcomes(server: EphemeralServer) -> list[Outcome]:
    with server.database() as database, connect(database.superuser or {}) as connection:
        return [outcome(connection, row) for row in steps()]


def test_steps(server: EphemeralServer) -> None:
    found = outcomes(server)
    assert {o.id: o.ours for o in found if o.ours}.keys() == NEEDS_EXTENSION
    assert {o.id: o.after for o in found if o.after}.keys() == DRIFTS_BY_ITSELF
    assert {o.id: o.left for o in found if o.left}.keys() == DRIFTS_BY_ITSELF
    assert {o.id: o.warned for o in found if o.warned} == {}
    assert sum(o.before != "" for o in found) == 1  # the same schema, on the way back


# Histories


def histories() -> list[dict[str, Any]]:
    path = CASES / "corpus_drift.json"
    return [row for row in json.loads(path.read_text()) if row["ok"]] if path.exists() else []


def drifts(server: EphemeralServer, row: dict[str, Any], version: PrismaVersion) -> bool:
    directory: Path = SHARED / "corpus" / row["history"] / "prisma"
    schema = read_schema({p.name: p.read_text() for p in directory.rglob("*.prisma")})
    meant = database_of(schema, version)
    with server.database() as database:
        past = load(directory / "migrations")
        replay_into(database, past, project(version), ReplayOptions(parses=parses))
        with connect(database.owner) as connection:
            there = read_catalog(connection, schemas=meant.schemas, multi=meant.multi)
    return diff(there, meant) != ()


@pytest.mark.parametrize("row", histories(), ids=lambda row: row["history"])
def test_the_verdict_on_a_history(server: EphemeralServer, row: dict[str, Any]) -> None:
    assert drifts(server, row, PrismaVersion(int(row["engine"]), 9)) == (row["exitCode"] == 2)


def main() -> None:
    right = sum(ours in theirs.split("|") for _, _, theirs, ours in casts())
    print(f"casts: {right} of {len(casts())} of Prisma's class")
    with EphemeralServer.start(find_binaries(None)) as server:
        with server.database() as database, connect(database.superuser or {}) as connection:
            verdicts = list(ignored(connection))
        found = outcomes(server)
        rows = histories()
        alike = sum(
            drifts(server, row, PrismaVersion(int(row["engine"]), 9)) == (row["exitCode"] == 2)
            for row in rows
        )
    for engine in ("6", "7"):
        own = [v for v in verdicts if v.id.startswith(engine)]
        same = sum(v.ours == v.theirs for v in own)
        print(f"objects, engine {engine}: {same} of {len(own)} reported or ignored alike")
    for label, wrong in (
        ("schema before means its catalog", [o.id for o in found if o.before]),
        ("schema after means Prisma's catalog", [o.id for o in found if o.after]),
        ("our script makes Prisma's catalog", [o.id for o in found if o.ours]),
        ("our script leaves no difference", [o.id for o in found if o.left]),
        ("warnings and number of steps", [o.id for o in found if o.warned]),
        ("Prisma's own script runs", [o.id for o in found if o.theirs]),
    ):
        print(f"steps, {label}: {len(found) - len(wrong)} of {len(found)}", *wrong, sep="\n    ")
    print(f"steps, the very text: {sum(o.same_text for o in found)} of {len(found)}")
    print(f"histories: {alike} of {len(rows)} with Prisma's verdict")


if __name__ == "__main__":
    main()
