"""The witness: new migrations run on copies of the deployed database, on tables with rows.

The migrations that are merged make a database; three copies of it are filled with rows:

* awkward rows, the worst that the schema permits: what is lost there, and what fails;
* few tame rows and many tame rows: which locks are taken, and what grows with the tables.

Each copy starts from the same state of the cluster, and is dropped when its run is over.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from checker.changes import DeleteRows, DropTable, RunCode, TruncateTable
from checker.model import (
    DataFailure,
    Fill,
    Migration,
    Observation,
    Project,
    Script,
    Statement,
    Witness,
)
from checker.replay.database import Connection, Database, Server, connect, run
from checker.replay.session import ServerError
from checker.replay.splitting import cut_all
from checker.replay.transactions import Transaction, find_transactions
from checker.rows import Style, fill
from checker.sql.catalog import Catalog
from checker.witness.failing import explain
from checker.witness.losses import Comparison, compare, confirm
from checker.witness.snapshot import RowReader, Snapshot
from checker.witness.trace import Decision, Inside, trace
from checker.witness.trace_state import Traced, observation

Plan = Sequence[tuple[Migration, tuple[Transaction, ...]]]

STATEMENT_SHOWN = 200
_TABLES = """
SELECT c.oid::bigint, c.relname,
  ARRAY(SELECT k.conrelid::bigint FROM pg_catalog.pg_constraint k
    WHERE k.confrelid = c.oid AND k.contype = 'f')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname NOT LIKE 'pg\\_%' AND NOT c.relispartition
"""
_NAMES = """
SELECT c.oid::bigint, c.relname, pg_catalog.format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%s::oid[])
"""
_WORD = re.compile(r"\w+")


Place = tuple[str, int]  # the migration's name and the statement's offset


class Found(Struct, frozen=True):
    """What a statement did to rows; ``on_rows`` says that they were all still there."""

    compared: Comparison
    on_rows: bool


class WitnessOptions(Struct, frozen=True):
    """How many rows each table is given, and how long a statement may take, in seconds."""

    awkward: int = 60
    small: int = 100
    large: int = 2000
    seed: int = 1
    timeout: float = 60.0


def observe(
    server: Server,
    base: Database,
    project: Project,
    migrations: Sequence[Migration],
    scripts: Mapping[str, Script],
    merged: Catalog,
    options: WitnessOptions | None = None,
) -> Witness:
    """What the new migrations do to the database that holds the merged ones.

    Nobody may be connected to ``base``. ``scripts`` are those of the new migrations, by name, and
    ``merged`` is the schema before them. Raises CannotWorkError where the server cannot
    go on.
    """
    options = options or WitnessOptions()
    if base.superuser is None:
        reason = "the role of --server-url is no superuser, so that nothing can be observed"
        return Witness("not_verified", reason=reason)
    began = time.perf_counter()
    plan = _plan(project, migrations, scripts)
    with connect(base.superuser) as superuser:
        wanted = _wanted(superuser, plan)
    with ExitStack() as stack, ThreadPoolExecutor(2) as workers:
        kinds: list[tuple[Style, int]] = [
            ("awkward", options.awkward), ("tame", options.small), ("tame", options.large),
        ]  # fmt: skip
        copies = [_Copy(stack, server, base) for _ in kinds]
        filled = list(workers.map(lambda c, k: c.fill(wanted, *k, options.seed), copies, kinds))
        awkward, small, large = copies
        rows = _Rows(awkward.database, wanted)
        with rows:
            first = trace(awkward.database, plan, rows, timeout=options.timeout)
        awkward.close()
        runs = []
        for copy in (small, large):
            runs.append(trace(copy.database, plan, _Tame(), timeout=options.timeout))
            copy.close()
    failures = dict(_explained(plan, rows.errors, merged, base.major))
    return Witness(
        "observed",
        tuple(_observations(first, *runs, rows.found(), failures)),
        fills=filled[0],
        seconds=round(time.perf_counter() - began, 3),
    )


def _explained(
    plan: Plan, errors: Mapping[Place, ServerError], merged: Catalog, major: int
) -> Iterator[tuple[Place, DataFailure]]:
    """What fails on rows, in words, with the schema as it stood before each statement."""
    if not errors:
        return
    catalog = merged.copy()
    catalog.begin_pull_request()
    for migration, transactions in plan:
        catalog.begin_migration()
        for transaction in transactions:
            for statement in transaction.statements:
                place = (migration.name, statement.start)
                if place in errors:
                    yield place, explain(errors[place], statement, catalog, major)
                for change in statement.changes:
                    catalog.apply(change)


class _Copy:
    """A copy of the database before the new migrations, until it is closed."""

    def __init__(self, stack: ExitStack, server: Server, base: Database) -> None:
        self._own = stack.enter_context(ExitStack())
        self._server = server
        self._base = base
        self.database = base

    def fill(self, tables: Collection[int], style: Style, rows: int, seed: int) -> tuple[Fill, ...]:
        self.database = self._own.enter_context(self._server.copy(self._base))
        with connect(self.database.superuser or {}) as superuser:
            fills = fill(superuser, tables, rows=rows, seed=seed, style=style)
            run(superuser, "ANALYZE")
        return fills

    def close(self) -> None:
        self._own.close()


def _plan(project: Project, migrations: Sequence[Migration], scripts: Mapping[str, Script]) -> Plan:
    cuts = cut_all([migration.sql or "" for migration in migrations], project.prisma)
    return [
        (
            migration,
            find_transactions(scripts[migration.name].statements, separately=cut is not None),
        )
        for migration, cut in zip(migrations, cuts, strict=True)
        if migration.name in scripts
    ]


def _wanted(superuser: Connection, plan: Plan) -> frozenset[int]:
    """The tables to fill: those that the scripts name anywhere, as names in code are read by
    nobody; and where rows go, those that reference them, from which rows may go as well.
    """
    words = {word for m, _ in plan for word in _WORD.findall(m.sql or "")}
    folded = {word.lower() for word in words}
    goes = any(
        isinstance(change, DeleteRows | TruncateTable | DropTable | RunCode)
        for _, transactions in plan
        for transaction in transactions
        for statement in transaction.statements
        for change in statement.changes
    )
    found: set[int] = set()
    for oid, name, referencing in superuser.execute(_TABLES.encode()):
        if set(_WORD.findall(name)) <= words or name in folded:
            found |= {oid, *referencing} if goes else {oid}
    return frozenset(found)


class _Tame:
    """Goes on where a statement fails: it is not measured then."""

    def before(self, *_: object) -> None: ...

    def after(self, *_: object) -> None: ...

    def failed(self, *_: object) -> Decision:
        return "skip"


class _Rows:
    """Watches rows go, and lets statements that fail on rows go on without them."""

    def __init__(self, database: Database, tables: Collection[int]) -> None:
        self._database = database
        self._tables = tables
        self._stack = ExitStack()
        self._start: Snapshot | None = None
        self._last: Snapshot | None = None
        self._attempts: dict[Place, int] = {}
        self._emptied: set[int] = set()
        self._compared: dict[Place, Comparison] = {}
        self.errors: dict[Place, ServerError] = {}
        self._bare: set[Place] = set()

    def __enter__(self) -> Self:
        superuser = self._stack.enter_context(connect(self._database.superuser or {}))
        self._reader = self._stack.enter_context(RowReader.installed(superuser))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def found(self) -> Mapping[Place, Found]:
        """What was seen of each statement."""
        whole = compare(self._start, self._last) if self._start and self._last else Comparison()
        return {
            place: Found(confirm(compared, whole), place not in self._bare)
            for place, compared in self._compared.items()
        }

    def before(self, _: Migration, __: Statement, inside: Inside) -> None:
        if self._last is None:
            self._last = self._look(inside)
            self._start = self._start or self._last

    def after(self, migration: Migration, traced: Traced, inside: Inside) -> None:
        place = (migration.name, traced.statement.start)
        assert self._last is not None
        now = self._look(inside)
        self._compared[place] = compare(self._last, now, self._start)
        self._last = now
        if self._emptied:
            self._bare.add(place)

    def failed(
        self, migration: Migration, statement: Statement, error: ServerError, inside: Inside
    ) -> Decision:
        """Without the rows of the tables that it names the statement may succeed."""
        place = (migration.name, statement.start)
        attempt = self._attempts[place] = self._attempts.get(place, 0) + 1
        self.errors.setdefault(place, error)
        if attempt > 2:  # it is not the rows
            del self.errors[place]
            return "skip"
        self._last = None
        return "retry" if self._empty(statement if attempt == 1 else None, inside) else "skip"

    def _empty(self, statement: Statement | None, inside: Inside) -> bool:
        """Takes the rows out of the tables that a statement names, or out of all."""
        try:
            with inside.mending() as connection:
                tables = connection.execute(_NAMES.encode(), (list(self._tables),)).fetchall()
                chosen = {
                    oid: name
                    for oid, word, name in tables
                    if statement is None or word.lower() in statement.text.lower()
                }
                if chosen:
                    run(connection, f"TRUNCATE {', '.join(chosen.values())} CASCADE")
        except psycopg.Error:  # a trigger of the migrations', or events that are still pending
            return False
        self._emptied |= chosen.keys()
        return True

    def _look(self, inside: Inside) -> Snapshot:
        with inside.looking() as connection:
            return self._reader.snapshot(connection, self._tables)


def _observations(
    awkward: Sequence[Traced],
    small: Sequence[Traced],
    large: Sequence[Traced],
    found: Mapping[Place, Found],
    failures: Mapping[Place, DataFailure],
) -> Iterator[Observation]:
    """One for each statement that ran on any of the copies, in their order."""
    few = {_place(traced): traced for traced in small}
    many = {_place(traced): traced for traced in large}
    for traced in awkward:
        place = _place(traced)
        tame = few.get(place)
        best = tame if tame is not None and tame.ran else traced
        seen = found.get(place, Found(Comparison(), on_rows=False))
        yield replace(
            observation(best, many.get(place) if best is tame else None),
            losses=seen.compared.losses,
            spared=seen.compared.spared,
            failure=failures.get(place),
            on_rows=seen.on_rows and traced.ran,
            statement=traced.statement.text[:STATEMENT_SHOWN],
        )


def _place(traced: Traced) -> Place:
    return (traced.migration, traced.statement.start)
