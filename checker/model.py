"""The vocabulary that every stage shares: plain frozen values, no I/O.

    Project    a Prisma schema with its migrations directory, provider and Prisma version
    History    its migrations in the order in which Prisma applies them
    Script     the statements of one migration, each with the changes it makes
    Replay     what happened when the history ran on an ephemeral PostgreSQL
    Witness    what each statement of the new migrations did there, on tables with rows
    Drift      how its outcome differs from schema.prisma
    Finding    what a rule has to say
    Report     all of it; the only thing that renderers and publishers see

What a statement changes has a vocabulary of its own, in ``changes``.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from checker.changes import Change

Provider = Literal["postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver", "mongodb"]
State = Literal["new", "unchanged", "edited", "removed", "renamed"]
Severity = Literal["error", "warning", "notice"]
Evidence = Literal["read", "observed", "proven"]
Verdict = Literal["pass", "warn", "fail", "not_verified"]

SEVERITIES: tuple[Severity, ...] = ("notice", "warning", "error")


class PrismaVersion(Struct, frozen=True, order=True):
    """A version of Prisma, and what of Prisma Migrate's behaviour depends on it.

    ``source`` says where it was read; ``assumed`` that nothing told it.
    """

    major: int
    minor: int = 0
    patch: int = 0
    source: str = ""
    assumed: bool = False

    @property
    def lists_by_locale(self) -> bool:
        """Since 6.6 directories are sorted by ``localeCompare``, before by bytes."""
        return (self.major, self.minor) >= (6, 6)

    @property
    def splits_scripts(self) -> bool:
        """Since 7.4 a script is sent statement by statement where sqlparser can split it."""
        return (self.major, self.minor) >= (7, 4)

    @property
    def keys_join_tables(self) -> bool:
        """Since 6.0 an implicit many-to-many table has a primary key, before a unique index."""
        return self.major >= 6

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class Project(Struct, frozen=True):
    """A Prisma project. Paths are relative to the root, with ``/``; ``.`` is the root.

    ``schema`` is a file, or a folder of several; ``migrations`` may not exist yet.
    ``layout`` is ``operations`` for Prisma 8's migration.json with ops.json.
    """

    schema: str
    migrations: str
    provider: Provider
    prisma: PrismaVersion
    layout: Literal["sql", "operations"] = "sql"


class Migration(Struct, frozen=True):
    """One directory of the history.

    ``path`` is that of its ``migration.sql``, relative to the root. ``sql`` is None where the
    file is missing or unreadable, and ``problem`` then says why. ``base_sql`` is the text that
    the base has, and ``previous`` the name that it has there, for an edited, a removed and a
    renamed migration.
    """

    name: str
    path: str
    sql: str | None
    state: State = "unchanged"
    problem: Literal["missing", "not_utf8"] | None = None
    base_sql: str | None = None
    previous: str | None = None

    @property
    def checksum(self) -> str | None:
        """SHA-256 of the script as Prisma stores it: the bytes as read, in lower-case hex."""
        return None if self.sql is None else hashlib.sha256(self.sql.encode()).hexdigest()


class Base(Struct, frozen=True):
    """What a history is compared with. ``how`` says in a few words where it came from."""

    ref: str
    commit: str
    how: str = ""


class History(Struct, frozen=True):
    """The migrations of a project.

    ``migrations`` are those in the directory, in the order in which this Prisma version
    applies them; ``removed`` those that only the base has. ``base`` is what they were compared
    with, if anything; ``base_names`` are the names that it has, in its order. ``lock_provider``
    is the provider of migration_lock.toml as Prisma reads it: None without the file, empty where
    Prisma finds none in it.
    """

    migrations: tuple[Migration, ...]
    removed: tuple[Migration, ...] = ()
    base: Base | None = None
    base_names: tuple[str, ...] = ()
    lock_provider: str | None = None

    @property
    def new(self) -> tuple[Migration, ...]:
        """The migrations that this pull request adds."""
        return tuple(m for m in self.migrations if m.state == "new")

    @property
    def merged(self) -> History:
        """The history as the base has it: its names, its texts, in its order.

        That is what a deployed database has run. Without a base it is all that is not new.
        """
        if self.base is None:
            kept = tuple(m for m in self.migrations if m.state != "new")
            return History(kept, lock_provider=self.lock_provider)
        known = {
            m.previous or m.name: replace(
                m,
                name=m.previous or m.name,
                sql=m.sql if m.base_sql is None else m.base_sql,
                state="unchanged",
            )
            for m in (*self.migrations, *self.removed)
            if m.state != "new"
        }
        names = [name for name in self.base_names if name in known]
        return History(tuple(known[n] for n in names), lock_provider=self.lock_provider)


class Statement(Struct, frozen=True):
    """One statement. ``start`` and ``end`` are byte offsets into the script's UTF-8 text, ``end``
    exclusive, without the semicolon and without comments before it; lines count from 1.
    ``kind`` is the command as PostgreSQL names it (``ALTER TABLE``).
    """

    text: str
    kind: str
    start: int
    end: int
    line: int
    end_line: int
    changes: tuple[Change, ...] = ()


class SyntaxProblem(Struct, frozen=True):
    """Why a script cannot be read; ``line`` counts from 1."""

    message: str
    line: int


class Script(Struct, frozen=True):
    """The statements of a script; none where it has a ``problem``."""

    statements: tuple[Statement, ...] = ()
    problem: SyntaxProblem | None = None


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
    columns in which all of the values were found again afterwards (``Table.column``).
    """

    table: str
    kind: Literal["rows", "column", "values"]
    lost: int
    total: int
    column: str | None = None
    moved_to: tuple[str, ...] = ()


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
    ``statement`` is its text, cut off where it is long.
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


class Fill(Struct, frozen=True):
    """How many synthetic rows a table was given, or why it could not be given any."""

    table: str
    rows: int = 0
    problem: str | None = None


class Witness(Struct, frozen=True):
    """What was seen of the new migrations, statement by statement, in their order.

    ``not_verified`` and ``skipped`` come with a ``reason``. ``seconds`` is the time it took.
    """

    status: Literal["observed", "not_verified", "skipped"]
    observations: tuple[Observation, ...] = ()
    fills: tuple[Fill, ...] = ()
    reason: str | None = None
    seconds: float = 0.0

    def of(self, migration: str, start: int) -> Observation | None:
        """What was seen of the statement at a byte offset of a migration's script."""
        return next(
            (o for o in self.observations if (o.migration, o.start) == (migration, start)), None
        )


class Difference(Struct, frozen=True):
    """One thing in which the history's outcome and schema.prisma differ.

    ``ahead`` is the side that has more: the schema (a migration is missing), the history (the
    schema lacks what the migrations make), or ``both`` where each says something else of the same
    thing. ``inherited`` differences were there before this pull request.
    """

    ahead: Literal["schema", "history", "both"]
    text: str
    inherited: bool = False


class Drift(Struct, frozen=True):
    """The history's outcome compared with schema.prisma, in Prisma's eyes.

    ``changes`` are the differences, ``script`` is the migration that closes the gap and ``name``
    what to call it (without the time). ``renames`` is SQL to consider instead, where something
    dropped looks like something added. ``unmodelled`` lists what the database holds and Prisma does
    not look at. ``not_verified`` and ``skipped`` come with a ``reason``.
    """

    status: Literal["in_sync", "drift", "not_verified", "skipped"]
    changes: tuple[Difference, ...] = ()
    script: str = ""
    name: str | None = None
    renames: str | None = None
    unmodelled: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def fresh(self) -> tuple[Difference, ...]:
        """The differences that this pull request brings."""
        return tuple(change for change in self.changes if not change.inherited)


Mark = Literal["", "added", "removed", "changed"]


class PictureColumn(Struct, frozen=True):
    """A column of a picture. ``keys`` are ``PK``, ``FK`` and ``UK``, as far as it is one."""

    name: str
    type: str
    mark: Mark = ""
    keys: tuple[str, ...] = ()


class PictureTable(Struct, frozen=True):
    """A table of a picture with the columns worth showing; ``more`` are left out."""

    name: str
    columns: tuple[PictureColumn, ...] = ()
    mark: Mark = ""
    more: int = 0


class PictureLink(Struct, frozen=True):
    """A foreign key from one table to another, by what it is over."""

    table: str
    references: str
    label: str
    mark: Mark = ""


class Picture(Struct, frozen=True):
    """The tables that a change touches and their neighbours, as they were and as they will be.

    ``more`` changed tables are left out.
    """

    tables: tuple[PictureTable, ...]
    links: tuple[PictureLink, ...] = ()
    more: int = 0


class Break(Struct, frozen=True):
    """A call of Prisma Client that works on one database and fails on the other.

    ``always`` says that every such call fails; else it depends on the values.
    """

    model: str
    text: str
    field: str | None = None
    always: bool = True


class Rollout(Struct, frozen=True):
    """How code and database get on while the one is deployed and the other not yet.

    ``old`` is what code built from the base's schema.prisma fails on once the migrations have run,
    ``new`` what code of this change fails on before they have.
    """

    old: tuple[Break, ...] = ()
    new: tuple[Break, ...] = ()


class Finding(Struct, frozen=True):
    """What a rule has to say about one place.

    ``message`` says what happens, ``why`` why that hurts, ``advice`` what to do instead in words
    and ``fix`` as SQL or commands with the real names. ``path`` is relative to the root, lines
    count from 1. ``table`` is the one that the change names, where it names one. ``subject`` is the
    part of the message that names what it is about, where others may be named beside it, and
    ``seen`` what the replay saw of it, in words.
    """

    rule: str
    severity: Severity
    message: str
    migration: str | None = None
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    evidence: Evidence = "read"
    why: str = ""
    advice: str = ""
    fix: str | None = None
    statement: str | None = None
    table: str | None = None
    subject: str | None = None
    seen: str = ""


class Cleared(Struct, frozen=True):
    """A suspicion that the replay has refuted, and what it saw instead."""

    rule: str
    reason: str
    migration: str | None = None
    line: int | None = None
    message: str = ""


class Unread(Struct, frozen=True):
    """What the replay saw of a statement and reading it had not told: one of the three.

    ``lock`` comes with ``work``: the strongest lock on that table.
    """

    loss: Loss | None = None
    failure: DataFailure | None = None
    work: Work | None = None
    lock: LockMode | None = None


class Ignored(Struct, frozen=True):
    """A finding that a comment or the configuration file silences, and the reason given there."""

    rule: str
    reason: str
    migration: str | None = None
    path: str | None = None
    line: int | None = None


class IdleIgnore(Struct, frozen=True):
    """A wish to silence rules that silences nothing.

    ``text`` is what was written, ``problem`` why it has no effect in a few words, ``advice`` what
    to do about it. ``path`` and ``line`` are those of the comment or of the configuration file.
    """

    text: str
    problem: str
    advice: str
    path: str
    line: int | None = None


class MigrationSummary(Struct, frozen=True):
    """A migration as the report lists it; ``statements`` counts those that were read."""

    name: str
    state: State
    path: str
    statements: int = 0
    previous: str | None = None


class ProjectReport(Struct, frozen=True):
    """All that is known of one project. ``path`` is its schema's, relative to the root.

    ``changed`` says that the schema or the migrations differ from the base's. ``ignored`` is the
    trace of the findings that were silenced.
    """

    path: str
    provider: Provider
    prisma_version: str
    prisma_version_source: str
    migrations_path: str
    migrations: tuple[MigrationSummary, ...]
    replay: Replay
    findings: tuple[Finding, ...]
    changed: bool = False
    notes: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    witness: Witness | None = None
    cleared: tuple[Cleared, ...] = ()
    drift: Drift | None = None
    rollout: Rollout | None = None
    picture: Picture | None = None


class Tool(Struct, frozen=True):
    name: str
    version: str


class Report(Struct, frozen=True):
    """The whole result. ``head`` is the commit that was checked, where there is one.

    ``version`` is that of the JSON form, not of the tool. ``notes`` say what a reader should
    know of the run itself ("no base: nothing counts as new").
    """

    version: int
    verdict: Verdict
    tool: Tool
    projects: tuple[ProjectReport, ...]
    base: Base | None = None
    head: str | None = None
    fail_on: Severity = "error"
    notes: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(f.severity == severity for p in self.projects for f in p.findings)


def reaches(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity is at or above a threshold."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)
