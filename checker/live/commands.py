"""Prisma's commands as a shell takes them, in the dialect of the project's Prisma version.

Source: the options that the command line of prisma 6.19.3 and 7.10.0 accepts. With 7 the URLs moved
from options and the schema to prisma.config, and ``--to-schema-datamodel`` became ``--to-schema``.
"""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from msgspec import Struct

from checker.live.facts import LEDGER
from checker.model import PrismaVersion
from checker.model.changes import quote, safe_literal
from checker.model.shell import command, option, printing

DEFAULT_SCHEMAS = ("schema.prisma", "prisma/schema.prisma")
"""Where Prisma looks by itself (docs, "Prisma schema location")."""
STATUS = 'migration-checker status --database-url "$DATABASE_URL"'
LOCK_LINE = 'provider = "postgresql"'
LOCK_NAME = "migration_lock.toml"
_CONFIG_SINCE = 7
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)

Side = Literal["empty", "schema", "migrations", "database"]


class PrismaCommands(Struct, frozen=True):
    """How a project calls Prisma. Paths are relative to the root, where the commands are run.

    ``config`` is the prisma.config file that Prisma does not find there by itself.
    """

    version: PrismaVersion
    schema: str
    migrations: str
    config: str | None = None

    @property
    def configured(self) -> bool:
        """Whether this version takes the URLs from prisma.config."""
        return self.version.major >= _CONFIG_SINCE

    def deploy(self) -> str:
        return self._prisma("migrate", "deploy")

    def status(self) -> str:
        return self._prisma("migrate", "status")

    def applied(self, name: str) -> str:
        """Records a migration as applied, without running it."""
        return self._prisma("migrate", "resolve", *option("--applied", name))

    def rolled_back(self, name: str) -> str:
        """Records a failed migration as rolled back, without undoing anything."""
        return self._prisma("migrate", "resolve", *option("--rolled-back", name))

    def reset(self) -> str:
        """Drops everything and applies all migrations. Without ``--force``: let it ask."""
        return self._prisma("migrate", "reset")

    def create(self, name: str) -> str:
        """Writes the migration that a change of the schema needs, without applying it."""
        return self._prisma("migrate", "dev", "--create-only", *option("--name", name))

    def pull(self) -> str:
        """Writes what the database has into the schema."""
        return self._prisma("db", "pull")

    def diff(self, start: Side, end: Side) -> str:
        """Prints the SQL that leads from one side to the other."""
        words = [*self._side("from", start), *self._side("to", end), "--script"]
        shadow = "migrations" in (start, end) and not self.configured
        text = command("npx", "prisma", "migrate", "diff", *words, *self._config())
        return f'{text} --shadow-database-url "$SHADOW_DATABASE_URL"' if shadow else text

    def execute(self, sql: str, *, as_owner: bool = False) -> str:
        """Runs SQL on the database, or as the owner of the objects concerned."""
        owner = 'DATABASE_URL="$OWNER_DATABASE_URL" ' if as_owner else ""
        return f"{printing(sql)} | {owner}{self._execute('--stdin')}"

    def execute_file(self, path: str) -> str:
        return self._execute(*option("--file", path))

    def _execute(self, *words: str) -> str:
        schema = () if self.configured else option("--schema", self.schema)
        return command("npx", "prisma", "db", "execute", *words, *schema, *self._config())

    def _prisma(self, *words: str) -> str:
        schema = () if self.schema in DEFAULT_SCHEMAS else option("--schema", self.schema)
        return command("npx", "prisma", *words, *schema, *self._config())

    def _config(self) -> tuple[str, ...]:
        return option("--config", self.config) if self.config else ()

    def _side(self, which: Literal["from", "to"], side: Side) -> tuple[str, ...]:
        match side:
            case "empty":
                return (f"--{which}-empty",)
            case "migrations":
                return option(f"--{which}-migrations", self.migrations)
            case "schema":
                flag = "schema" if self.configured else "schema-datamodel"
                return option(f"--{which}-{flag}", self.schema)
        if self.configured:
            return (f"--{which}-config-datasource",)
        return option(f"--{which}-schema-datasource", self.schema)

    def directory(self, name: str) -> str:
        return posixpath.normpath(f"{self.migrations}/{name}")

    def script(self, name: str) -> str:
        return posixpath.normpath(f"{self.migrations}/{name}/migration.sql")

    @property
    def lock(self) -> str:
        return posixpath.normpath(f"{self.migrations}/{LOCK_NAME}")


def write_lock(path: str) -> str:
    """The line that writes migration_lock.toml."""
    return f"{printing(LOCK_LINE)} > {command(path)}"


def restore(path: str, checksum: str) -> str:
    """The line that restores the text with this checksum from any commit that has it."""
    file = command(path)
    return (
        f"for c in $(git log --all --format=%h -- {file}); do "
        f'if git show "$c":./{file} 2>/dev/null | sha256sum | grep -q ^{command(checksum)}; '
        f'then git restore --source="$c" -- {file}; break; fi; done'
    )


def ledger(schema: str) -> str:
    """The ledger's name in SQL."""
    return f"{quote(schema)}.{quote(LEDGER)}"


def text_literal(text: str) -> str:
    """A text in SQL, whatever the server's settings. A plain one is dollar-quoted (PostgreSQL docs
    4.1.2.4), which stays readable within a shell's quotes.
    """
    if _PLAIN.fullmatch(text):
        return f"$${text}$$"
    return safe_literal(text)
