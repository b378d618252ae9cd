"""The witness: new migrations run on copies of the deployed database, on tables with rows.

The migrations that are merged make a database; three copies of it are filled with rows:

* awkward rows, the worst that the schema permits: what is lost there, and what fails;
* few tame rows and many tame rows: which locks are taken, and what grows with the tables.

Each copy starts from the same state of the cluster, and is dropped when its run is over.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from checker.model import (
    DataFailure,
    Migration,
    Observation,
    Prevention,
    Project,
    Script,
    SetAside,
    Statement,
    Witness,
)
from checker.model.changes import DeleteRows, DropTable, RunCode, TruncateTable
from checker.pg.connection import able, connect_superuser
from checker.pg.database import Database, Server
from checker.pg.names import OWN_SCHEMA
from checker.pg.session import ServerError
from checker.prisma.sending.splitting import cut_all
from checker.prisma.sending.transactions import find_transactions
from checker.rows import Style
from checker.sql.catalog.catalog import Catalog
from checker.witness.copying import Copy
from checker.witness.expected import hints_of
from checker.witness.failures.explain import explain
from checker.witness.losses.compare import LossComparison
from checker.witness.losses.watch import Found, Place, RowsWatch
from checker.witness.trace.ending import prevention_of
from checker.witness.trace.recording import qualified
from checker.witness.trace.run import Decision, Plan, Trace, trace
from checker.witness.trace.state import Traced, observation

STATEMENT_SHOWN = 200
FILLED = 500  # tables that are filled at most
_TABLES = f"""
SELECT c.oid::bigint, n.nspname, c.relname,
  array_prepend(c.relname::text, ARRAY(SELECT coalesce(e.typname, t.typname)::text
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.typarray = t.oid
    WHERE a.attrelid = c.oid AND a.attnum > 0
      AND (coalesce(e.typtype, t.typtype) IN ('c', 'd', 'e', 'r')))
    || ARRAY(SELECT x.relname::text FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid)),
  ARRAY(SELECT k.conrelid::bigint FROM pg_catalog.pg_constraint k
    WHERE k.confrelid = c.oid AND k.contype = 'f')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {OWN_SCHEMA} AND NOT c.relispartition
"""  # noqa: S608
_WORD = re.compile(r"\w+")


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
    with able("The migrations could not be watched"):
        return _observe(server, base, plan, merged, options)


def _observe(
    server: Server, base: Database, plan: Plan, merged: Catalog, options: WitnessOptions
) -> Witness:
    began = time.perf_counter()

    def left() -> float:
        return options.seconds - (time.perf_counter() - began)

    with connect_superuser(base.superuser) as superuser:
        tables = superuser.execute(_TABLES.encode()).fetchall()
        statements = [s for _, parts in plan for part in parts for s in part.statements]
        hints = hints_of(superuser, statements)
    labels = {oid: qualified(schema, name) for oid, schema, name, *_ in tables}
    wanted = _wanted(tables, plan)
    with ExitStack() as stack, ThreadPoolExecutor(2) as workers:
        kinds: list[tuple[Style, int]] = [
            ("awkward", options.awkward), ("tame", options.small), ("tame", options.large),
        ]  # fmt: skip
        copies = [Copy(stack, server, base) for _ in kinds]
        filled = list(
            workers.map(lambda c, k: c.fill(wanted, *k, options.seed, left(), hints), copies, kinds)
        )
        awkward, small, large = copies
        rows = RowsWatch(awkward.database, labels, _Explaining(plan, merged, base.major))
        with rows:
            first = trace(awkward.database, plan, rows, timeout=options.timeout, seconds=left())
        awkward.close()
        few, many = (_run(copy, plan, options, left()).statements for copy in (small, large))
        prevention = first.prevention
        if not prevention and any(not traced.ran for traced in first.statements) and left() > 0:
            empty = Copy(stack, server, base)
            empty.copy()
            prevention = _failure(_run(empty, plan, options, left()))
    failures = rows.failures
    if prevention:  # it is the watching, and not the rows, that this statement does not bear
        failures.pop((prevention.migration, prevention.start), None)
    return Witness(
        "observed",
        tuple(_observations(first.statements, few, many, rows.found(), failures)),
        fills=filled[0],
        prevention=prevention,
        set_aside=tuple(
            SetAside(table, migration, line) for table, (migration, line) in rows.set_aside.items()
        ),
        seconds=round(time.perf_counter() - began, 3),
    )


def _run(copy: Copy, plan: Plan, options: WitnessOptions, seconds: float) -> Trace:
    found = trace(copy.database, plan, _Skipping(), timeout=options.timeout, seconds=seconds)
    copy.close()
    return found


def _failure(found: Trace) -> Prevention | None:
    """The first statement that fails on a copy without rows of ours. As the migrations have run
    where nobody watched, it is the watching that it fails on.
    """
    for traced in found.statements:
        if not traced.ran:
            return prevention_of(traced.migration, traced.statement, "failed", traced.error)
    ended = found.prevention
    return ended if ended and ended.cause in ("lost", "unseen") else None


class _Explaining:
    """Says in words what fails on rows, with the schema as it stood before the statement."""

    def __init__(self, plan: Plan, merged: Catalog, major: int) -> None:
        self._plan, self._merged, self._major = plan, merged, major

    def __call__(self, place: Place, error: ServerError) -> DataFailure:
        catalog = self._merged.copy()
        catalog.begin_pull_request()
        for migration, statement in self._statements(catalog):
            if (migration.name, statement.start) == place:
                return explain(error, statement, catalog, self._major)
            for change in statement.changes:
                catalog.apply(change)
        raise LookupError(place)

    def _statements(self, catalog: Catalog) -> Iterator[tuple[Migration, Statement]]:
        for migration, transactions in self._plan:
            catalog.begin_migration()
            for transaction in transactions:
                yield from ((migration, statement) for statement in transaction.statements)


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


def _wanted(tables: Sequence[Any], plan: Plan) -> frozenset[int]:
    """The tables to fill: those that the scripts name anywhere, as names in code are read by
    nobody, or an index or the type of a column of which; and where rows go, those that reference
    them, from which rows may go as well. Where code runs, all: it may assemble any name.
    """
    words = {word for m, _ in plan for word in _WORD.findall(m.sql or "")}
    folded = {word.lower() for word in words}
    changes = {
        type(change)
        for _, transactions in plan
        for transaction in transactions
        for statement in transaction.statements
        for change in statement.changes
    }
    if RunCode in changes:
        return frozenset(oid for oid, *_ in tables[:FILLED])
    goes = bool(changes & {DeleteRows, TruncateTable, DropTable})
    found: set[int] = set()
    for oid, _, _, names, referencing in tables:
        if any(set(_WORD.findall(name)) <= words or name in folded for name in names):
            found |= {oid, *referencing} if goes else {oid}
    return frozenset(found)


class _Skipping:
    """Goes on where a statement fails: it is not measured then."""

    def before(self, *_: object) -> None: ...

    def after(self, *_: object) -> None: ...

    def committed(self, *_: object) -> None: ...

    def failed(self, *_: object) -> Decision:
        return "skip"


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
        seen = found.get(place, Found(LossComparison()))
        yield replace(
            observation(best, many.get(place) if best is tame else None),
            losses=seen.compared.losses,
            spared=seen.compared.spared,
            failure=failures.get(place),
            on_rows=traced.ran and place in found and not seen.bare,
            ran=traced.ran,
            touched=seen.touched,
            bare=seen.bare,
            error=traced.error.message if traced.error and not traced.ran else None,
            statement=traced.statement.text[:STATEMENT_SHOWN],
        )


def _place(traced: Traced) -> Place:
    return (traced.migration, traced.statement.start)
