"""Locks, rewrites and cost by our trace beside those that others measured on the same statements.

``python -m tests.corpus.test_witness_measured`` prints the table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Migration
from checker.model.changes import quote
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.prisma.sending.transactions import find_transactions
from checker.sql import read
from checker.witness.trace.run import Decision, trace
from checker.witness.trace.state import Traced, observation

CASES = Path(__file__).parents[3] / "shared" / "lint" / "cases"
SIZES = (300, 6000)
EXTENSIONS = ("citext", "btree_gist", "pgcrypto")

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the measured cases are not on this machine (../shared)"
)


class Compared(NamedTuple):
    """What was recorded, and what our trace says, of one statement."""

    id: str
    what: str
    recorded: object
    ours: object


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text().splitlines()]


@contextmanager
def clones(server: EphemeralServer, template: Database) -> Iterator[Database]:
    """A copy of a database, dropped at the end."""
    with server.database() as clone:
        assert clone.superuser is not None
        with connect(template.superuser | {"dbname": "postgres"}) as connection:  # type: ignore[operator]
            name = quote(clone.name)
            run(connection, f"DROP DATABASE {name}")
            run(connection, f"CREATE DATABASE {name} TEMPLATE {template.name} OWNER postgres")
        yield clone


class Skipping:
    """Hooks that leave out what fails."""

    def before(self, *_: object) -> None: ...

    def after(self, *_: object) -> None: ...

    def committed(self, *_: object) -> None: ...

    def failed(self, *_: object) -> Decision:
        return "skip"


def traced(database: Database, scripts: Mapping[str, str], which: int) -> dict[str, Traced]:
    """What was traced of one statement of each script, by the script's name."""
    migrations = []
    for name, sql in scripts.items():
        script = read(sql, "postgresql")
        assert script.problem is None
        found = find_transactions(script.statements, separately=True)
        migrations.append((Migration(name, "m", sql), found))
    done: dict[str, list[Traced]] = {}
    for one in trace(database, migrations, Skipping()).statements:
        done.setdefault(one.migration, []).append(one)
    return {name: found[which] for name, found in done.items()}


def words(mode: str | None) -> str | None:
    """``ACCESS EXCLUSIVE`` as pg_locks writes it."""
    return mode and "".join(part.capitalize() for part in mode.split()) + "Lock"


def plain(names: object) -> list[str]:
    """Names without the schema, sorted."""
    return sorted(str(name).removeprefix("o.") for name in names)  # type: ignore[attr-defined]


PATH = "SET search_path = o, public;\n"


class Measured:
    """The statements of pg_oracle_measured, traced at two sizes."""

    def __init__(self, server: EphemeralServer) -> None:
        self._server = server

    def compare(self) -> Iterator[Compared]:
        both = [self._traced(size) for size in SIZES]
        for row in rows("pg_oracle_measured"):
            yield from self._rows(row, *(found[row["id"]] for found in both))

    def _traced(self, size: int) -> dict[str, Traced]:
        """Undone afterwards, or in a copy where something has to be made ready first."""
        every = rows("pg_oracle_measured")
        plain = {r["id"]: f"BEGIN; {PATH}{r['sql']};\nROLLBACK" for r in every if not r["setup"]}
        done: dict[str, Traced] = {}
        with self._server.database() as base:
            with connect(base.owner) as connection:
                setup = (CASES / "pg_oracle_setup.sql").read_text()
                run(connection, setup.replace(":n", str(size)))
            for row in every:
                if row["setup"]:
                    with clones(self._server, base) as database:
                        with connect(database.owner) as connection:
                            run(connection, PATH + row["setup"])
                        done |= traced(database, {row["id"]: PATH + row["sql"]}, -1)
            return done | traced(base, plain, 2)

    def _rows(self, row: dict[str, Any], small: Traced, large: Traced) -> Iterator[Compared]:
        identity = row["id"]
        if "error" in row:
            error = small.error and f"{small.error.sqlstate}: {small.error.message}"
            yield Compared(identity, "error", row["error"], error)
            return
        seen = observation(small, large)
        locks = {plain([lock.relation])[0]: words(lock.mode) for lock in small.locks}
        yield Compared(identity, "locks", row["locks"], locks)
        yield Compared(identity, "rewritten", row["rewritten"], rewritten(small, row["new"]))
        yield Compared(identity, "cost", row["cost"] == "O(n)", bool(seen.work))
        heavy = {work.cost for work in seen.work}
        if row["rewrites_table"] and seen.work:
            yield Compared(identity, "rewrites", {"rewrite"}, heavy)


def rewritten(found: Traced, new: list[str]) -> list[str]:
    built = (index for indexes in found.indexes.values() for index in indexes)
    return [name for name in plain([*found.rewrites, *built]) if name not in new]


def proofs(server: EphemeralServer) -> Iterator[Compared]:
    """The statements of pgsafe_lock_proofs, all in one database, each a migration."""
    every = rows("pgsafe_lock_proofs")
    with server.database() as database:
        with connect(database.owner) as connection:
            run(connection, ";".join(row["setup"] for row in every))
        found = traced(database, {row["id"]: row["sql"] for row in every}, 0)
    for row in every:
        one = found[row["id"]]
        locks = {lock.relation: words(lock.mode) for lock in one.locks}
        changed = {*rewritten(one, []), *one.rewrites}
        gone = row["watch"] in {drop.name for drop in one.drops}
        how = "Gone" if gone else "Changed" if row["watch"] in changed else "Unchanged"
        also = row["also_watch"]
        yield Compared(
            row["id"],
            "proofs",
            (row["expect_lock"], row["expect_rewrite"], also and also[1]),
            (locks.get(row["watch"]), how, also and locks.get(also[0])),
        )


# Others measured as a superuser, who may disable the triggers of foreign keys.
EXCEPTIONS = {"op/disable-trigger-all"}


def differing(found: Iterable[Compared]) -> list[Compared]:
    return [c for c in found if c.recorded != c.ours and c.id not in EXCEPTIONS]


def test_locks_rewrites_and_cost_are_those_recorded(server: EphemeralServer) -> None:
    found = list(Measured(server).compare())
    assert len(found) > 300
    assert differing(found) == []


def test_the_proofs_hold(server: EphemeralServer) -> None:
    assert differing(proofs(server)) == []


def main() -> None:
    from checker.engines.postgresql.server.binaries import find_binaries

    chosen = os.environ.get("SERVER_BIN")
    with EphemeralServer.start(find_binaries(Path(chosen) if chosen else None)) as server:
        print(server.label)
        found = [*Measured(server).compare(), *proofs(server)]
        for what in ("locks", "rewritten", "cost", "rewrites", "error", "proofs"):
            some = [c for c in found if c.what == what]
            equal = [c for c in some if c.recorded == c.ours]
            print(f"{what:<12}{len(equal):>4} of {len(some)}")
            for c in some:
                if c not in equal:
                    print("   ", c.id, c.recorded, c.ours)


if __name__ == "__main__":
    main()
