"""The remedies, each with the commands for one project in one state. Pure.

What Prisma's commands do to the ledger was measured: ``resolve --applied`` adds a finished row and
marks a failed one as rolled back, ``resolve --rolled-back`` only marks; neither runs any SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from checker.live.advice import RISKS, DataRisk, NewFile, Remedy
from checker.live.commands import STATUS, PrismaCommands, ledger, restore, text_literal, write_lock
from checker.live.facts import LEDGER, Facts, LedgerRow, Standing
from checker.model import History
from checker.model.changes import quote
from checker.model.checksums import matches
from checker.model.shell import command

BASELINE = "0_init"
_STAMP = re.compile(r"\d{14}")
_FORMAT = "%Y%m%d%H%M%S"
_EVERY = "the same on every database that has run it"


class Case(Struct, frozen=True):
    """One project in one state. ``at`` is now: new migrations are named after it."""

    facts: Facts
    history: History
    prisma: PrismaCommands
    at: datetime

    @property
    def check(self) -> tuple[str, ...]:
        """The commands that show whether a remedy worked; ours also sees edited and missing
        migrations.
        """
        return (STATUS, self.prisma.status())

    @property
    def ledger(self) -> str:
        return ledger(self.facts.database.schema)

    def standings(self, *states: str) -> tuple[Standing, ...]:
        return tuple(s for s in self.facts.standings if s.state in states)

    @property
    def pending(self) -> tuple[str, ...]:
        """The migrations that deploy would apply, in its order."""
        return tuple(s.name for s in self.standings("pending", "rolled_back") if s.in_directory)

    def renamed(self, row: LedgerRow | None) -> str | None:
        """The pending migration with the text of a row that the directory lacks."""
        return next(
            (
                m.name
                for m in self.history.migrations
                if row and m.sql is not None and m.name in self.pending
                if matches(m.sql.encode(), row.checksum)
            ),
            None,
        )

    def new_name(self, slug: str) -> str:
        """A name for a new migration that sorts after all others."""
        stamps = [_STAMP.match(m.name) for m in self.history.migrations]
        last = max((stamp[0] for stamp in stamps if stamp), default="")
        return f"{max(self.at.strftime(_FORMAT), _after(last))}_{slug}"

    def new_migration(self, slug: str, sql: str) -> tuple[str, NewFile]:
        name = self.new_name(slug)
        return name, NewFile(self.prisma.script(name), sql)


def _after(stamp: str) -> str:
    """The second after a stamp, if the stamp is a valid time."""
    try:
        return (datetime.strptime(stamp, _FORMAT) + timedelta(seconds=1)).strftime(_FORMAT)
    except (ValueError, OverflowError):
        return ""


def _risk(*, at_risk: bool) -> DataRisk:
    return "at_risk" if at_risk else "safe"


def deploy(case: Case, what: str) -> Remedy:
    cost = "the locks of the migrations; `migration-checker check` shows what each of them costs"
    return Remedy("deploy", what, (case.prisma.deploy(),), "safe", cost, case.check)


def mark_applied(
    case: Case, names: Sequence[str], what: str, *, then_deploy: bool = False
) -> Remedy:
    """``resolve --applied``, which runs nothing."""
    commands = [case.prisma.applied(name) for name in names]
    if then_deploy:
        commands.append(case.prisma.deploy())
    cost = "it runs no SQL: the database must already have what the migrations do"
    return Remedy("resolve-applied", what, tuple(commands), "safe", cost, case.check)


def mark_rolled_back(
    case: Case,
    name: str,
    what: str,
    *,
    first: str | None = None,
    undo: str = "",
    at_risk: bool = False,
) -> Remedy:
    """``resolve --rolled-back``, after undoing what the script left behind, then deploy."""
    files: tuple[NewFile, ...] = ()
    commands = [case.prisma.rolled_back(name), case.prisma.deploy()]
    if undo:
        path = "undo.sql"
        files = (NewFile(path, undo),)
        commands.insert(0, case.prisma.execute_file(path))
    cost = "nothing can be deployed until it is done"
    if not case.prisma.version.skips_rolled_back:
        cost += (
            "; up to Prisma 7.8 `migrate dev` counts the row of the first attempt, and calls a "
            "script that has changed since then modified"
        )
    return Remedy(
        "resolve-rolled-back",
        what,
        tuple(commands),
        _risk(at_risk=at_risk),
        cost,
        case.check,
        first=first,
        files=files,
    )


def restore_files(case: Case, rows: Iterable[tuple[str, str]], what: str) -> Remedy:
    """Brings back the texts of migrations, each by its name and checksum, from git."""
    lines = tuple(restore(case.prisma.script(name), checksum) for name, checksum in rows)
    cost = "no database is touched; a commit of this clone must still have the text"
    return Remedy("restore", what, lines, "safe", cost, case.check)


def rename_back(case: Case, old: str, new: str) -> Remedy:
    return Remedy(
        "rename-back",
        f"Give `{new}` its old name `{old}` again: right if any other database has run it "
        "under that name",
        (command("git", "mv", case.prisma.directory(new), case.prisma.directory(old)),),
        "safe",
        "no database is touched; one that has run it under the new name is then in this state",
        case.check,
    )


def edit_ledger(case: Case, what: str, statements: Sequence[str], cost: str = _EVERY) -> Remedy:
    """Changes the ledger itself; Prisma has no command for this."""
    sql = "\n".join(f"{statement};" for statement in statements)
    return Remedy("edit-ledger", what, (case.prisma.execute(sql),), "safe", cost, case.check)


def update_row(case: Case, row: LedgerRow, column: str, value: str) -> str:
    where = f'"id" = {text_literal(row.id)}'
    return f"UPDATE {case.ledger} SET {quote(column)} = {text_literal(value)} WHERE {where}"  # noqa: S608


def forget(case: Case, name: str, *, rolled_back_only: bool = False) -> str:
    also = ' AND "rolled_back_at" IS NOT NULL' if rolled_back_only else ""
    return f'DELETE FROM {case.ledger} WHERE "migration_name" = {text_literal(name)}{also}'  # noqa: S608


def remove_directory(case: Case, name: str, what: str) -> Remedy:
    lines = (command("rm", "-r", case.prisma.directory(name)),)
    return Remedy("remove", what, lines, "safe", "no database is touched", case.check)


def followed_by(remedy: Remedy, commands: Iterable[str]) -> Remedy:
    """The same remedy, with more commands at the end."""
    return replace(remedy, commands=(*remedy.commands, *commands))


def by_risk(remedy: Remedy) -> int:
    """The order of safety."""
    return RISKS.index(remedy.data)


def run_sql(
    case: Case,
    way: str,
    what: str,
    sql: str,
    after: Sequence[str] = (),
    *,
    at_risk: bool,
) -> Remedy:
    """Runs a script on this database alone, then other commands."""
    path = f"{way.replace('-', '_')}.sql"
    return Remedy(
        way,
        what,
        (case.prisma.execute_file(path), *after),
        _risk(at_risk=at_risk),
        "only this database is changed; the script takes its locks",
        case.check,
        first=f"Read {path}, above all what it drops",
        files=(NewFile(path, sql),),
    )


def take_over(case: Case, slug: str, sql: str, what: str, after: Sequence[str] = ()) -> Remedy:
    """A new migration with what this database already has; deploy brings it to others."""
    name, file = case.new_migration(slug, sql)
    cost = "a migration to review and merge; on this database it runs nothing"
    if case.pending:
        cost += "; elsewhere it runs after the pending ones; `migration-checker check` tries that"
    return Remedy(
        "new-migration",
        what,
        (case.prisma.applied(name), *after),
        "safe",
        cost,
        ("migration-checker check", *case.check),
        files=(file,),
    )


def new_migration(
    case: Case, slug: str, sql: str, what: str, before: Sequence[str] = (), *, at_risk: bool
) -> Remedy:
    """A new migration with what the database lacks, deployed."""
    _, file = case.new_migration(slug, sql)
    return Remedy(
        "new-migration",
        what,
        (*before, case.prisma.deploy()),
        _risk(at_risk=at_risk),
        "a migration to review and merge; it runs on every database",
        ("migration-checker check", *case.check),
        first=f"Read {file.path}, above all what it drops" if at_risk else None,
        files=(file,),
    )


def baseline(case: Case, what: str, *, move: bool = False) -> Remedy:
    """A first migration that makes what the database has, marked as applied there.

    ``move``: the existing migrations are moved aside first.
    """
    prisma = case.prisma
    aside = f"{prisma.migrations}_before"
    moving = [command("git", "mv", prisma.migrations, aside)] if move else []
    commands = (
        *moving,
        command("mkdir", "-p", prisma.directory(BASELINE)),
        write_lock(prisma.lock),
        f"{prisma.diff('empty', 'database')} > {command(prisma.script(BASELINE))}",
        prisma.applied(BASELINE),
    )
    cost = (
        "Prisma writes no views, triggers, functions, CHECKs or partial indexes into it: add those "
        "that the database has (`migration-checker baseline` writes the same file without "
        "Node, and lists them)"
    )
    if move:
        cost += "; it has to be marked on every other database too"
    return Remedy("baseline", what, commands, "safe", cost, case.check)


def set_ledger_aside(case: Case, names: Sequence[str], what: str) -> Remedy:
    """Keeps a broken ledger in a schema of its own, where Prisma does not look, and makes anew."""
    kept = f"{LEDGER}_{case.at.strftime(_FORMAT)}"
    sql = (
        'CREATE SCHEMA IF NOT EXISTS "migration_checker";\n'
        f"ALTER TABLE {case.ledger} RENAME TO {quote(kept)};\n"
        f"ALTER TABLE {quote(case.facts.database.schema)}.{quote(kept)} "
        'SET SCHEMA "migration_checker";'
    )
    return Remedy(
        "rebuild-ledger",
        what,
        (case.prisma.execute(sql), *map(case.prisma.applied, names)),
        "safe",
        f'the old table stays as "migration_checker".{quote(kept)}; times and logs are only there',
        case.check,
        first="Remove from the commands the migrations that this database has not run",
    )


def as_owner(case: Case, way: str, what: str, sql: str) -> Remedy:
    """SQL that takes more rights than the user of DATABASE_URL has."""
    return Remedy(
        way,
        what,
        (case.prisma.execute(sql, as_owner=True),),
        "safe",
        "OWNER_DATABASE_URL must be that of the owner or a superuser",
        case.check,
    )


def by_person(case: Case, way: str, what: str, cost: str = "nothing else") -> Remedy:
    """A remedy that only a person can carry out."""
    return Remedy(way, what, (), "safe", cost, case.check)


def reset(case: Case) -> Remedy:
    return Remedy(
        "reset",
        "LAST RESORT, never if anybody needs the data: drop everything and apply all migrations "
        "to the empty database",
        (case.prisma.reset(),),
        "lost",
        "ALL DATA OF THIS DATABASE IS DELETED",
        case.check,
    )
