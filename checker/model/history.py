"""What is checked: projects, their migrations, and the statements in them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from checker.model.changes import Change
from checker.model.checksums import checksum

Provider = Literal["postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver", "mongodb"]
State = Literal["new", "unchanged", "edited", "removed", "renamed"]
LayoutName = Literal["sql", "operations"]


class PrismaVersion(Struct, frozen=True, order=True):
    """A version of Prisma, and what of Prisma Migrate's behaviour depends on it.

    ``source`` says where it was read; ``assumed`` that nothing named it.
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
    def skips_rolled_back(self) -> bool:
        """Since 7.9 ``migrate status`` leaves out rows that are marked as rolled back."""
        return (self.major, self.minor) >= (7, 9)

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
    layout: LayoutName = "sql"


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
        """The checksum of the script that Prisma stores."""
        return None if self.sql is None else checksum(self.sql.encode())


class Base(Struct, frozen=True):
    """What a history is compared with. ``how`` says in a few words where it came from.

    ``tip`` is the commit that ``ref`` has now, where it has moved on since the branch left it.
    """

    ref: str
    commit: str
    how: str = ""
    tip: str | None = None


class History(Struct, frozen=True):
    """The migrations of a project.

    ``migrations`` are those in the directory, in the order in which this Prisma version
    applies them; ``removed`` those that only the base has. ``base`` is what they were compared
    with, if anything; ``base_names`` are the names that it has, in its order. ``meanwhile`` are
    those that the base has gained since the branch left it. ``lock_provider`` is the provider
    of migration_lock.toml as Prisma reads it: None without the file, empty where Prisma finds none
    in it; ``base_lock_provider`` is the base's. ``strays`` are new scripts that look like
    migrations of this project and lie where Prisma does not see them.
    """

    migrations: tuple[Migration, ...]
    removed: tuple[Migration, ...] = ()
    base: Base | None = None
    base_names: tuple[str, ...] = ()
    lock_provider: str | None = None
    base_lock_provider: str | None = None
    meanwhile: tuple[Migration, ...] = ()
    strays: tuple[str, ...] = ()

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
    """Why a script cannot be read; ``line`` counts from 1.

    ``of_ours`` says that a limit of the checker was reached, and the database may take the script.
    """

    message: str
    line: int
    of_ours: bool = False


class Script(Struct, frozen=True):
    """The statements of a script; none where it has a ``problem``."""

    statements: tuple[Statement, ...] = ()
    problem: SyntaxProblem | None = None
