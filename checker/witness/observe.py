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
from checker.errors import CannotWorkError
from checker.model import (
    DataFailure,
    Migration,
    Observation,
    Project,
    Script,
    Statement,
    Witness,
)
from checker.replay.database import (
    Connection,
    Database,
    Server,
    connect_superuser,
    run,
)
from checker.replay.session import ServerError
from checker.replay.splitting import cut_all
from checker.replay.transactions import Transaction, find_transactions
from checker.rows import Style
from checker.sql.catalog import Catalog
from checker.witness.copying import Copy
from checker.witness.failing import explain
from checker.witness.losses import Comparison, compare, confirm
from checker.witness.recording import qualified
from checker.witness.snapshot import RowReader, Snapshot
from checker.witness.trace import Decision, Inside, trace
from checker.witness.trace_state import Traced, observation

Plan = Sequence[tuple[Migration, tuple[Transaction, ...]]]

STATEMENT_SHOWN = 200
_TABLES = """
SELECT c.oid::bigint,
  array_prepend(c.relname::text, ARRAY(SELECT coalesce(e.typname, t.typname)::text
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.typarray = t.oid
    WHERE a.attrelid = c.oid AND a.attnum > 0
      AND (coalesce(e.typtype, t.typtype) IN ('c', 'd', 'e', 'r')))),
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
    """How many rows each table is given, and how long a statement and all of it may take, in
    seconds.
    """

    awkward: int = 60
    small: int = 100
    large: int = 2000
    seed: int = 1
    timeout: float = 60.0
    seconds: float = 300.0


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
    ``merged`` is the schema before them. Raises CannotWorkError where the server cannot go on, or
    the time is over.
    """
    options = options or WitnessOptions()
    if base.superuser is None:
        reason = "the role of --server-url is no superuser, so that nothing can be observed"
        return Witness("not_verified", reason=reason)
    plan = _plan(project, migrations, scripts)
    try:
        return _observe(server, base, plan, merged, options)
    except psycopg.Error as error:
        message = error.diag.message_primary or "the connection was lost"
        raise CannotWorkError(f"The migrations could not be watched: {message}") from None


def _observe(
    server: Server, base: Database, plan: Plan, merged: Catalog, options: WitnessOptions
) -> Witness:
    began = time.perf_counter()

    def left() -> float:
        return options.seconds - (time.perf_counter() - began)

    with connect_superuser(base.superuser) as superuser:
        wanted = _wanted(superuser, plan)
    with ExitStack() as stack, ThreadPoolExecutor(2) as workers:
        kinds: list[tuple[Style, int]] = [
            ("awkward", options.awkward), ("tame", options.small), ("tame", options.large),
        ]  # fmt: skip
        copies = [Copy(stack, server, base) for _ in kinds]
        filled = list(
            workers.map(lambda c, k: c.fill(wanted, *k, options.seed, left()), copies, kinds)
        )
        awkward, small, large = copies
        rows = _Rows(awkward.database, wanted)
        with rows:
            first = trace(awkward.database, plan, rows, timeout=options.timeout, seconds=left())
        awkward.close()
        few, many = (_tame_run(copy, plan, options, left()) for copy in (small, large))
    failures = dict(_explained(plan, rows.errors, merged, base.major))
    return Witness(
        "observed",
        tuple(_observations(first, few, many, rows.found(), failures)),
        fills=filled[0],
        seconds=round(time.perf_counter() - began, 3),
    )


def _tame_run(
    copy: Copy, plan: Plan, options: WitnessOptions, seconds: float
) -> tuple[Traced, ...]:
    found = trace(copy.database, plan, _Tame(), timeout=options.timeout, seconds=seconds)
    copy.close()
    return found


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
    nobody, or a type of whose columns; and where rows go, those that reference them, from which
    rows may go as well.
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
    for oid, names, referencing in superuser.execute(_TABLES.encode()):
        if any(set(_WORD.findall(name)) <= words or name in folded for name in names):
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
        self._emptied: set[str | None] = set()  # the names that these tables had at first
        self._compared: dict[Place, Comparison] = {}
        self.errors: dict[Place, ServerError] = {}
        self._bare: set[Place] = set()

    def __enter__(self) -> Self:
        superuser = self._stack.enter_context(connect_superuser(self._database.superuser))
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
        if self._emptied & {lock.table for lock in traced.locks}:
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
                empty = [oid for oid, _, name in tables if _is_empty(connection, name)]
        except psycopg.Error:  # a trigger of the migrations', or events that are still pending
            return False
        assert self._start is not None
        known = self._start.relations
        self._emptied |= {qualified(known[o].schema, known[o].name) for o in empty if o in known}
        return True

    def _look(self, inside: Inside) -> Snapshot:
        with inside.looking() as connection:
            return self._reader.snapshot(connection, self._tables)


def _is_empty(connection: Connection, table: str) -> bool:
    return connection.execute(f"SELECT FROM {table} LIMIT 1".encode()).fetchone() is None


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
