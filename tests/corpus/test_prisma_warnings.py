"""Each of Prisma's own warnings, taken to tables with rows: proven there, or cleared.

Prisma warns from the two schemas alone. The step that it wrote is run on a database that holds the
schema before it, filled with awkward rows. Beside the engine's steps stand the cases of its check
for destructive changes. ``python -m tests.corpus.test_prisma_warnings`` prints the figures and
every warning that is not proven.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from msgspec import Struct

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Migration, Observation, PrismaVersion, Project, Script, Witness
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from checker.witness.observe import observe
from tests.projects import SHARED

STEPS = SHARED / "prisma/cases/oracle_step.jsonl"
CASES = SHARED / "lint/cases/prisma.jsonl"
PROJECT = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6, 19))
_WARNING = re.compile(r"^  - (.+)$", re.MULTILINE)
_COLUMN = re.compile(r"(?:column|the) `([^`]+)` (?:column )?on (?:the )?(?:table )?`([^`]+)`")

Verdict = str
BROKEN = "Prisma's own script fails without any row"
OTHERWISE: dict[str, Verdict] = {
    "prisma/SafeCast": "cleared",
    "prisma/PrimaryKeyChange": "cleared",  # one transaction, and the old key is part of the new one
    "prisma/AddedRequiredFieldToTable-default": "cleared",
    "prisma/NotCastable": BROKEN,  # without USING
    "prisma/MadeScalarFieldIntoArrayField": BROKEN,
}
"""The cases that are not proven: three do no harm, two never run."""


class Warned(Struct, frozen=True):
    """One warning of one step, and what the rows say of it."""

    step: str
    text: str
    verdict: Verdict


class Step(Struct, frozen=True):
    """What stands before, the script of the step, and what Prisma warns of."""

    id: str
    before: str
    script: str
    warnings: tuple[str, ...]


def steps() -> Iterator[Step]:
    """The steps that the engine wrote with warnings at the head of their scripts."""
    for row in rows(STEPS):
        warnings = _WARNING.findall(row["script"].split("*/")[0]) if row["ok"] else ()
        if warnings:
            yield Step(row["id"], row["fromScript"], row["script"], tuple(warnings))


def cases() -> Iterator[Step]:
    """The cases of Prisma's check for destructive changes, also those without a warning."""
    for row in rows(CASES):
        yield Step(row["id"], row["sql_before"], row["sql"], (row["prisma_message"],))


def rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def judged(server: EphemeralServer, step: Step) -> Iterator[Warned]:
    """The warnings of a step, each with its verdict."""
    script = read(step.script, "postgresql")
    with server.database() as base:
        with connect(base.owner) as connection:
            run(connection, step.before)
        broken = _fails(server, base, step.script)
        migration = Migration("1_step", "1_step/migration.sql", step.script, "new")
        merged = Catalog()
        merged.fold([read(step.before, "postgresql")])
        witness = observe(server, base, PROJECT, [migration], {"1_step": script}, merged)
    for text in step.warnings:
        yield Warned(step.id, text, BROKEN if broken else verdict_on(text, witness, script))


def _fails(server: EphemeralServer, base: Database, script: str) -> bool:
    """Whether Prisma's own script fails without any row."""
    with server.copy(base) as copied, connect(copied.owner) as connection:
        try:
            run(connection, script)
        except psycopg.Error:
            return True
    return False


def verdict_on(text: str, witness: Witness, script: Script) -> Verdict:
    """``proven``, ``cleared``, or why it is neither."""
    seen = witness.observations
    if len(seen) < len([s for s in script.statements if s.changes]):
        return "not all statements were seen"
    failed = [o.failure for o in seen if o.failure is not None]
    lost = [loss for o in seen for loss in o.losses]
    column = _COLUMN.search(text)
    if column:
        lost = [x for x in lost if x.table.endswith(column[2]) and x.column in (None, column[1])]
    return "proven" if lost or failed else _cleared(seen, witness)


def _cleared(seen: tuple[Observation, ...], witness: Witness) -> Verdict:
    unfilled = [fill.table for fill in witness.fills if fill.problem]
    if unfilled:
        return f"{', '.join(unfilled)} could not be filled"
    return "cleared" if all(o.on_rows for o in seen) else "it did not meet all rows"


@pytest.mark.skipif(not STEPS.is_file(), reason="../shared is not here")
@pytest.mark.parametrize("step", [pytest.param(s, id=s.id) for s in list(steps())[::6]])
def test_each_warning_is_proven_or_cleared(server: EphemeralServer, step: Step) -> None:
    neither = [w for w in judged(server, step) if w.verdict not in ("proven", "cleared", BROKEN)]
    assert neither == []


@pytest.mark.skipif(not CASES.is_file(), reason="../shared is not here")
@pytest.mark.parametrize("step", [pytest.param(s, id=s.id) for s in cases()])
def test_prismas_own_cases(server: EphemeralServer, step: Step) -> None:
    (found,) = judged(server, step)
    assert found.verdict == OTHERWISE.get(step.id, "proven")


def main() -> None:
    found: list[Warned] = []
    with EphemeralServer.start(find_binaries(None)) as server:
        for step in (*steps(), *cases()):
            try:
                found += judged(server, step)
            except psycopg.Error as error:
                found.append(Warned(step.id, "", f"the schema before: {error.sqlstate}"))
    print(Counter(w.verdict for w in found))
    for warned in found:
        if warned.verdict != "proven":
            print(f"{warned.verdict:<10} {warned.step}: {warned.text}")


if __name__ == "__main__":
    main()
