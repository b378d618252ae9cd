"""Each of Prisma's own warnings, taken to tables with rows: proven there, or cleared.

Prisma warns from the two schemas alone. The step that it wrote is run on a database that holds the
schema before it, filled with awkward rows. ``python -m tests.corpus.test_prisma_warnings`` prints
the figures and every warning that is neither proven nor cleared.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from msgspec import Struct

from checker.model import Migration, Observation, PrismaVersion, Project, Script, Witness
from checker.replay.binaries import find_binaries
from checker.replay.database import Database, connect, run
from checker.replay.server import EphemeralServer
from checker.sql import read
from checker.sql.catalog import Catalog
from checker.witness.observe import observe
from tests.projects import SHARED

STEPS = SHARED / "prisma/cases/oracle_step.jsonl"
PROJECT = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6, 19))
_WARNING = re.compile(r"^  - (.+)$", re.MULTILINE)
_TABLE = re.compile(r"the (?:table )?`([^`]+)`(?: table)?|on table `([^`]+)`")
_COLUMN = re.compile(r"(?:column|the) `([^`]+)` (?:column )?on (?:the )?(?:table )?`([^`]+)`")

Verdict = str
BROKEN = "Prisma's own script fails without any row"


class Warned(Struct, frozen=True):
    """One warning of one step, and what the rows say of it."""

    step: str
    text: str
    verdict: Verdict


def steps() -> list[dict[str, str]]:
    rows = [json.loads(line) for line in STEPS.read_text().splitlines()] if STEPS.is_file() else []
    return [row for row in rows if row["ok"] and _WARNING.search(row["script"].split("*/")[0])]


def judged(server: EphemeralServer, row: dict[str, str]) -> Iterator[Warned]:
    """The warnings at the head of a step's script, each with its verdict."""
    texts = _WARNING.findall(row["script"].split("*/")[0])
    script = read(row["script"], "postgresql")
    with server.database() as base:
        with connect(base.owner) as connection:
            run(connection, row["fromScript"])
        broken = _fails(server, base, row["script"])
        migration = Migration("1_step", "1_step/migration.sql", row["script"], "new")
        merged = Catalog()
        merged.fold([read(row["fromScript"], "postgresql")])
        witness = observe(server, base, PROJECT, [migration], {"1_step": script}, merged)
    for text in texts:
        verdict = BROKEN if broken else verdict_on(text, witness, script)
        yield Warned(row["id"], text, verdict)


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
    if (
        "will fail" in text
        or "may fail" in text
        or "not possible" in text
        or "no cast" in text.lower()
    ):
        return "proven" if failed or lost else _cleared(seen, witness)
    return "proven" if lost or failed else _cleared(seen, witness)


def _cleared(seen: tuple[Observation, ...], witness: Witness) -> Verdict:
    unfilled = [fill.table for fill in witness.fills if fill.problem]
    if unfilled:
        return f"{', '.join(unfilled)} could not be filled"
    return "cleared" if all(o.on_rows for o in seen) else "it did not meet all rows"


@pytest.mark.skipif(not STEPS.is_file(), reason="../shared is not here")
@pytest.mark.parametrize("row", [pytest.param(r, id=r["id"]) for r in steps()[::6]])
def test_each_warning_is_proven_or_cleared(server: EphemeralServer, row: dict[str, str]) -> None:
    neither = [w for w in judged(server, row) if w.verdict not in ("proven", "cleared", BROKEN)]
    assert neither == []


def main() -> None:
    found: list[Warned] = []
    with EphemeralServer.start(find_binaries(None)) as server:
        for row in steps():
            try:
                found += judged(server, row)
            except psycopg.Error as error:
                found.append(Warned(row["id"], "", f"the schema before: {error.sqlstate}"))
    print(Counter(w.verdict for w in found))
    for warned in found:
        if warned.verdict != "proven":
            print(f"{warned.verdict:<10} {warned.step}: {warned.text}")


if __name__ == "__main__":
    main()
