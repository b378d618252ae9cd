"""The facts of a deployed database: plain values, not judged yet.

Trouble    why it could not be read
Ledger     its table ``_prisma_migrations``, as it is
Diagnosis  what the project's version of Prisma makes of ledger and directory
Standing   how one migration stands in both
LiveDrift  how the live tables differ from the migrations and from schema.prisma
Step       what ``prisma migrate deploy`` would do next
Facts      all of it
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from checker.model import Difference, PrismaVersion
from checker.pg.trouble import Trouble, TroubleKind

__all__ = [
    "LEDGER",
    "LOCK_KEY",
    "DeployStep",
    "Diagnosis",
    "Facts",
    "Ledger",
    "LedgerRow",
    "LiveDatabase",
    "LiveDrift",
    "LiveGap",
    "LockHolder",
    "Standing",
    "Trouble",
    "TroubleKind",
]

LEDGER = "_prisma_migrations"
LOCK_KEY = 72707369
"""The number on which Prisma takes an advisory lock (its source: sql-schema-connector,
postgres.rs).
"""


class LedgerRow(Struct, frozen=True):
    """A row of ``_prisma_migrations``. Several of one name are normal; ``id`` is a UUID.

    ``logs`` is the error message of a script that failed. ``steps`` counts the scripts that ended:
    0 also where ``migrate resolve --applied`` wrote the row.
    """

    id: str
    name: str
    checksum: str
    started_at: datetime | None
    finished_at: datetime | None = None
    rolled_back_at: datetime | None = None
    steps: int = 0
    logs: str | None = None

    @property
    def state(self) -> Literal["applied", "failed", "rolled_back"]:
        """As Prisma reads it: rolled back wins over finished; neither means failed."""
        if self.rolled_back_at is not None:
            return "rolled_back"
        return "failed" if self.finished_at is None else "applied"


class Ledger(Struct, frozen=True):
    """The table ``_prisma_migrations`` of ``schema``. ``rows`` are in Prisma's order (started_at).

    ``state``: ``read`` with rows; ``empty`` without any; ``missing``: there is no such table;
    ``no_schema``: the schema itself does not exist; ``forbidden``: this user may not read it;
    ``damaged``: Prisma cannot read or write it, ``problems`` say why (a column is missing or of
    another type, it is no table). ``oddities`` are things that Prisma tolerates but never makes: an
    id twice, no primary key, two applied rows of one name. ``elsewhere`` names the other schemas
    that have such a table.
    """

    schema: str
    state: Literal["read", "empty", "missing", "no_schema", "forbidden", "damaged"]
    rows: tuple[LedgerRow, ...] = ()
    problems: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the table exists, in any state."""
        return self.state not in ("missing", "no_schema")


class Diagnosis(Struct, frozen=True):
    """What Prisma's engine answers to ``diagnoseMigrationHistory`` (its source: schema-commands,
    diagnose_migration_history.rs); ``error`` is the code where it answers with an error instead,
    and ``unreadable`` where it dies on the ledger.

    ``history``: ``behind``, the database lacks ``unapplied``; ``ahead``, the directory lacks
    ``unpersisted``; ``diverged``, both, ``last_common`` being the migration before the first that
    is not applied. ``failed`` and ``edited`` are names, one may be in both.
    """

    has_ledger: bool
    history: Literal["same", "behind", "ahead", "diverged"] = "same"
    failed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unapplied: tuple[str, ...] = ()
    unpersisted: tuple[str, ...] = ()
    last_common: str | None = None
    error: str | None = None

    @property
    def up_to_date(self) -> bool:
        """Whether ``prisma migrate status`` says "up to date" and exits with 0 (measured)."""
        return self.has_ledger and not self.failed and self.history in ("same", "ahead")


class Standing(Struct, frozen=True):
    """How one migration stands in the database and in the directory.

    ``state``: ``applied``; ``pending``, in the directory only; ``failed``, begun and not ended;
    ``missing``, applied and gone from the directory; ``rolled_back``, marked so and not applied
    again. ``edited``: the text is not the one that was applied, or failed. ``resolved``: it was
    marked as applied, not run. ``early``: pending, and sorts before one that is applied.
    ``no_script``: its directory has no migration.sql that can be read. ``row`` is the ledger's that
    decided, ``rolled_back`` how many of its rows are marked so.
    """

    name: str
    state: Literal["applied", "pending", "failed", "missing", "rolled_back"]
    edited: bool = False
    resolved: bool = False
    early: bool = False
    no_script: bool = False
    in_directory: bool = True
    row: LedgerRow | None = None
    rolled_back: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        if self.in_directory:
            return self.state == "applied" and not self.edited
        return self.state == "rolled_back"


class LiveGap(Struct, frozen=True):
    """What differs between two sides, in Prisma's eyes; empty ``changes`` say that nothing does.

    ``forth`` is the SQL that leads from the first side to the second, ``back`` the other way; each
    of them may put rows at risk, as Prisma's warnings have it.
    """

    changes: tuple[Difference, ...] = ()
    forth: str = ""
    back: str = ""
    forth_at_risk: bool = False
    back_at_risk: bool = False


class LiveDrift(Struct, frozen=True):
    """How the live tables differ from what they should be. A comparison that could not be made is
    None; ``reason`` then says why.

    ``by_hand``: from what the applied migrations make, to the live database: what somebody did
    there by hand or with ``db push``. ``schema``: from the live database to schema.prisma: all
    differences, pending migrations included. ``unmigrated``: from what all migrations make, to
    schema.prisma: what no migration does yet. ``has_pending``: there are pending migrations and the
    live tables already are what they make.
    """

    by_hand: LiveGap | None = None
    schema: LiveGap | None = None
    unmigrated: LiveGap | None = None
    has_pending: bool = False
    reason: str | None = None


class LockHolder(Struct, frozen=True):
    """Who holds Prisma's advisory lock. ``seconds`` is since when that session has been in its
    present state; None where this user may not see it.
    """

    pid: int
    application: str | None = None
    user: str | None = None
    state: str | None = None
    seconds: float | None = None


class DeployStep(Struct, frozen=True):
    """One thing that ``prisma migrate deploy`` would do. ``stop`` ends it, with Prisma's ``code``.

    ``text`` is one sentence. An ``apply`` with a code was tried on an empty database and fails.
    """

    action: Literal["create_ledger", "apply", "stop", "nothing"]
    text: str
    migration: str | None = None
    code: str | None = None


class LiveDatabase(Struct, frozen=True):
    """The database that was read. ``standby``: a replica, which cannot be written to.
    ``read_only``: sessions of this user are read-only by setting. ``may_create``: this user may
    create tables in the schema. ``pooled``: it seems to be behind a pooler.
    """

    name: str
    schema: str
    server: str
    user: str
    standby: bool = False
    read_only: bool = False
    may_create: bool = True
    pooled: bool = False


class Facts(Struct, frozen=True):
    """All facts of one project and one database.

    ``schema_path`` and ``migrations_path`` are relative to the root. ``lock_provider`` is what
    migration_lock.toml names, as History has it; ``tables`` are the ordinary tables of the schema
    that keep Prisma from starting a ledger there (P3005).
    """

    schema_path: str
    migrations_path: str
    prisma: PrismaVersion
    database: LiveDatabase
    ledger: Ledger
    diagnosis: Diagnosis
    standings: tuple[Standing, ...] = ()
    tables: tuple[str, ...] = ()
    lock_provider: str | None = None
    lock: LockHolder | None = None
    drift: LiveDrift = LiveDrift()
    deploy: tuple[DeployStep, ...] = ()

    def names(self, state: str) -> tuple[str, ...]:
        """The migrations of one state, in their order."""
        return tuple(s.name for s in self.standings if s.state == state)

    @property
    def edited(self) -> tuple[str, ...]:
        """The migrations whose text differs from the one that was applied."""
        return tuple(s.name for s in self.standings if s.edited)

    @property
    def in_step(self) -> bool:
        """Whether ledger, directory, live tables and schema.prisma all say the same.

        What could not be compared does not count. A row that is marked as rolled back and has no
        directory any more is no difference.
        """
        gaps = (self.drift.by_hand, self.drift.schema)
        return (
            self.diagnosis.error is None
            and (self.ledger.exists or not (self.tables or self.standings))
            and not any(gap and gap.changes for gap in gaps)
            and all(s.is_settled for s in self.standings)
        )

    @property
    def not_empty(self) -> bool:
        """Prisma's P3005: tables, and no ledger beside them."""
        return bool(self.tables) and not self.ledger.exists
