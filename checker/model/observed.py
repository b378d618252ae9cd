"""What PostgreSQL saw: the replay of a history, and each statement of its new migrations."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Failure(Struct, frozen=True):
    """Where and why a replay failed, in PostgreSQL's own words. ``line`` counts from 1.

    ``statement`` is the text of the statement at that line, ``prisma_code`` the error that
    Prisma itself would report (P3018, P3015 …). ``committed`` says that statements before it in
    the same migration had already been committed.
    """

    migration: str
    line: int | None
    sqlstate: str | None
    message: str
    detail: str | None = None
    hint: str | None = None
    statement: str | None = None
    prisma_code: str | None = None
    committed: bool = False


class Replay(Struct, frozen=True):
    """What happened when the history ran. ``applied`` of ``total`` migrations took ``seconds``.

    ``not_verified`` and ``skipped`` come with a ``reason``; ``missing`` names the extensions and
    features that the server lacks, ``stand_ins`` those for which a stand-in of ours was used.
    """

    status: Literal["passed", "failed", "not_verified", "skipped"]
    server: str | None = None
    applied: int = 0
    total: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
    reason: str | None = None
    missing: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


LockMode = Literal[
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
"""From weak to strong (PostgreSQL docs 13.3.1, Table-Level Locks)."""
Cost = Literal["constant", "scan", "index", "rewrite"]
"""What grows with the table's rows: nothing; what is read; the building of an index; all of it."""


class TableLock(Struct, frozen=True):
    """The strongest lock on a table that was there before the pull request.

    ``table`` is its name then, ``schema.name`` outside of public. ``held`` says that an earlier
    statement of the same transaction took it and it is still held.
    """

    table: str
    mode: LockMode
    held: bool = False


class Work(Struct, frozen=True):
    """What a statement did to a table that was there before, beyond a constant amount.

    ``pages`` are those touched beyond what the same statement touches of a small table, and
    ``table_pages`` by how many pages the table is larger: of 8 kB each. ``reason`` is PostgreSQL's
    own for a rewrite (docs 9.30.3, pg_event_trigger_table_rewrite_reason) in words; ``indexes``
    are those built or rebuilt.
    """

    table: str
    cost: Cost
    pages: int = 0
    table_pages: int = 0
    reason: str | None = None
    indexes: tuple[str, ...] = ()


class Drop(Struct, frozen=True):
    """An object that a statement dropped, as the event trigger sql_drop names it.

    ``kind`` is PostgreSQL's (``table``, ``table column``, ``index``, ``table constraint``,
    ``view``, ``trigger`` …), ``name`` the object's, ``table`` that of which it was a part.
    ``cascaded`` says that the statement did not name it.
    """

    kind: str
    name: str
    table: str | None = None
    cascaded: bool = False


class Command(Struct, frozen=True):
    """A command that ran inside a statement, also in a DO block or a function (docs 38.1,
    ddl_command_end): its tag and what it was about, as PostgreSQL writes it.
    """

    tag: str
    kind: str
    identity: str


class Loss(Struct, frozen=True):
    """Rows or values that were there before a statement and not after it.

    ``kind`` ``rows``: rows of the table are gone; ``column``: the column is gone with its values;
    ``values``: values of the column are gone or others. ``lost`` of ``total`` were affected;
    ``total`` counts what was there (rows; values that are not NULL). ``moved_to`` names the
    columns in which all of the values were found again afterwards (``Table.column``). ``alike``
    says that values which differed are one value now, or NULL: they cannot be told from it.
    """

    table: str
    kind: Literal["rows", "column", "values"]
    lost: int
    total: int
    column: str | None = None
    moved_to: tuple[str, ...] = ()
    alike: bool = False


class Spared(Struct, frozen=True):
    """What a statement took away without a loss, and why it is none: ``all values were NULL``."""

    table: str
    reason: str
    column: str | None = None


class DataFailure(Struct, frozen=True):
    """A statement that succeeds on empty tables and fails on rows.

    ``rows`` says in plain words which kind of row, ``query`` is the read-only SQL that finds them
    in production, where there is one.
    """

    sqlstate: str
    message: str
    rows: str
    query: str | None = None
    detail: str | None = None


class Observation(Struct, frozen=True):
    """What PostgreSQL saw of one statement of a new migration.

    ``start`` is the statement's byte offset in its script, ``line`` counts from 1. Tables are those
    that were there before the pull request. ``measured`` says that cost was measured at two sizes,
    ``on_rows`` that the statement ran on tables with awkward rows, as far as they could be filled.
    ``statement`` is its text, cut off where it is long. ``ran`` says that it ran there at last, and
    ``error`` how it failed if not. ``touched`` are the tables that it read, changed, dropped or
    locked, and ``bare`` those among them that had no rows to meet.
    """

    migration: str
    start: int
    line: int
    end_line: int
    kind: str
    commands: tuple[Command, ...] = ()
    drops: tuple[Drop, ...] = ()
    locks: tuple[TableLock, ...] = ()
    work: tuple[Work, ...] = ()
    losses: tuple[Loss, ...] = ()
    spared: tuple[Spared, ...] = ()
    failure: DataFailure | None = None
    measured: bool = False
    on_rows: bool = False
    statement: str = ""
    ran: bool = True
    touched: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    error: str | None = None


PreventionCause = Literal["lost", "time", "slow", "unseen", "misread", "failed"]


class Prevention(Struct, frozen=True):
    """The statement of a migration that ended the watching before its end, or kept itself from it.

    ``cause``: the session was ``lost``; the ``time`` for all (``seconds``) was over, and most of it
    theirs, or not (``slow``); it could not be asked any more (``unseen``); a ``setting`` makes
    PostgreSQL read the next statements otherwise than they were read (``misread``); the statement
    ``failed`` though the migration runs where nobody watches. ``message`` is PostgreSQL's own.
    """

    migration: str
    start: int
    line: int
    cause: PreventionCause
    sqlstate: str | None = None
    message: str | None = None
    setting: str | None = None
    seconds: float | None = None


UnwatchedCause = Literal["prevented", "failed", "set_aside", "not_filled", "not_reached"]


class Unwatched(Struct, frozen=True):
    """A statement of a new migration whose effect on rows was not seen, and why.

    ``cause``: it or an earlier one ``prevented`` the watching; it ``failed`` on rows and nothing
    made it succeed; rows of ``tables`` had been ``set_aside``, as this or an earlier statement
    failed on them; ``tables`` had no rows at all (``not_filled``); nothing of it was run
    (``not_reached``). ``by_migration`` and ``by_line`` name the earlier statement, ``detail`` says
    in PostgreSQL's words, or ours for a table, what was in the way.
    """

    migration: str
    start: int
    line: int
    cause: UnwatchedCause
    tables: tuple[str, ...] = ()
    by_migration: str | None = None
    by_line: int | None = None
    detail: str | None = None


class Coverage(Struct, frozen=True):
    """How many statements of the new migrations were ``watched`` on rows and how many need no
    watching (``needless``), as they work on no table that was there before; and all others.
    """

    watched: int
    needless: int
    unwatched: tuple[Unwatched, ...] = ()


class SetAside(Struct, frozen=True):
    """All rows of a table were taken out, as the statement at ``line`` fails on any of them."""

    table: str
    migration: str
    line: int


class Fill(Struct, frozen=True):
    """How many synthetic rows a table was given, or why it could not be given any."""

    table: str
    rows: int = 0
    problem: str | None = None


class Witness(Struct, frozen=True):
    """What was seen of the new migrations, statement by statement, in their order.

    ``not_verified`` and ``skipped`` come with a ``reason``. ``seconds`` is the time it took.
    ``prevention`` is what of the migrations' own doing ended the watching early, ``set_aside`` the
    tables that had no rows left from some statement on.
    """

    status: Literal["observed", "not_verified", "skipped"]
    observations: tuple[Observation, ...] = ()
    fills: tuple[Fill, ...] = ()
    prevention: Prevention | None = None
    set_aside: tuple[SetAside, ...] = ()
    reason: str | None = None
    seconds: float = 0.0

    def of(self, migration: str, start: int) -> Observation | None:
        """What was seen of the statement at a byte offset of a migration's script."""
        return next(
            (o for o in self.observations if (o.migration, o.start) == (migration, start)), None
        )
