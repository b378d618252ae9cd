"""Causes that precede any migration: the lock file, rights, the lock, the ledger. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checker.engines.registry import locked_elsewhere
from checker.live import remedy
from checker.live.advice import Cause, Remedy
from checker.live.commands import write_lock
from checker.live.facts import LOCK_KEY
from checker.live.remedy import Case
from checker.model.changes import quote

PROVIDER = "postgresql"
# Providers that the lock file may name where the migrations are not PostgreSQL's.
_OTHERS = ("mysql", "sqlite", "sqlserver", "cockroachdb", "mongodb")


def causes(case: Case) -> Iterator[Cause]:
    facts = case.facts
    if locked_elsewhere(facts.lock_provider):
        yield _wrong_provider(case, facts.lock_provider or "")
    yield from _rights(case)
    if facts.lock is not None:
        yield _locked(case)
    if facts.ledger.state == "forbidden":
        yield _forbidden(case)
    elif facts.ledger.state == "damaged":
        yield _damaged(case)
    elif facts.ledger.state != "read":
        yield from _without_rows(case)


def _wrong_provider(case: Case, named: str) -> Cause:
    named_there = f"names `{named}`" if named else "names no provider that Prisma can read"
    write = Remedy(
        "write-lock-file",
        "Write the file as Prisma does: right if the migrations are PostgreSQL's",
        (write_lock(case.prisma.lock),),
        "safe",
        "no database is touched",
        case.check,
    )
    remedies = [write]
    if named in _OTHERS and not case.facts.ledger.rows:
        what = f"Begin a new history: right if the migrations were written for {named}"
        remedies.append(remedy.baseline(case, what, move=True))
    return Cause(
        "wrong-provider",
        f"`{case.prisma.lock}` {named_there}, but the schema is for {PROVIDER}",
        "P3019: The datasource provider `postgresql` specified in your schema does not match the "
        f"one specified in the migration_lock.toml, `{named or '<PROVIDER NOT FOUND>'}`",
        "The provider was changed, a merge went wrong, or the file was edited: Prisma takes only "
        'a line `provider = "postgresql"`, with no extra space or comment',
        "error",
        ("deploy", "dev", "status"),
        remedies=tuple(remedies),
    )


def _rights(case: Case) -> Iterator[Cause]:
    database = case.facts.database
    if database.standby:
        what = "Give Prisma the URL of the primary: changes there reach the replica"
        yield Cause(
            "replica",
            "This database is a read replica",
            "25006: cannot execute … in a read-only transaction",
            "DATABASE_URL points to a standby, which is read-only",
            "error",
            ("deploy", "dev"),
            remedies=(remedy.by_person(case, "other-url", what),),
        )
    elif database.read_only:
        who = f"{quote(database.user)} IN DATABASE {quote(database.name)}"
        sql = f"ALTER ROLE {who} SET default_transaction_read_only = off"
        what = "Let the role write: right if this role runs the migrations"
        other = "Give Prisma the URL of a user that may write"
        yield Cause(
            "read-only",
            f"Sessions of the user `{database.user}` are read-only",
            "25006: cannot execute … in a read-only transaction",
            "default_transaction_read_only is on for this user or this database",
            "error",
            ("deploy", "dev"),
            remedies=(
                remedy.by_person(case, "other-url", other),
                remedy.as_owner(case, "grant", what, sql),
            ),
        )
    if not database.may_create and not database.standby:
        schema, user = quote(database.schema), quote(database.user)
        sql = f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}"
        yield Cause(
            "no-create",
            f"The user `{database.user}` may not create tables in the schema `{database.schema}`",
            f"42501: permission denied for schema {database.schema}",
            "Since PostgreSQL 15 only the owner of a database may create objects in its schema "
            "public",
            "error",
            ("deploy", "dev"),
            remedies=(remedy.as_owner(case, "grant", "Grant it", sql),),
        )


def _locked(case: Case) -> Cause:
    lock = case.facts.lock
    assert lock is not None
    who = f", `{lock.application}`" if lock.application else ""
    wait = remedy.by_person(
        case, "wait", "Wait until the other process is done, then run deploy again"
    )
    end = Remedy(
        "end-session",
        f"End the session {lock.pid}: right if it has been idle for long",
        (case.prisma.execute(f"SELECT pg_terminate_backend({lock.pid})"),),
        "at_risk",
        "a migration that it is running is aborted and recorded as failed",
        case.check,
    )
    return Cause(
        "locked",
        f"Process {lock.pid}{who} holds the lock that Prisma takes to migrate ({LOCK_KEY})",
        "P1002: Timed out trying to acquire a postgres advisory lock",
        "Another deploy or `migrate dev` is running, or one died behind a pooler that keeps its "
        "session",
        "error",
        ("deploy", "dev"),
        remedies=(wait, end),
    )


def _forbidden(case: Case) -> Cause:
    user = case.facts.database.user
    sql = f"GRANT SELECT, INSERT, UPDATE ON {case.ledger} TO {quote(user)}"
    return Cause(
        "ledger-forbidden",
        f"The user `{user}` may not read `_prisma_migrations`",
        "42501: permission denied for table _prisma_migrations",
        "Another user ran the migrations and owns the table",
        "error",
        ("deploy", "dev", "status"),
        remedies=(
            remedy.by_person(case, "other-url", "Give Prisma the URL of the user that migrates"),
            remedy.as_owner(case, "grant", "Grant it", sql),
        ),
    )


def _damaged(case: Case) -> Cause:
    names = [m.name for m in case.history.migrations if m.sql is not None]
    return Cause(
        "ledger-damaged",
        f"`_prisma_migrations` is not as Prisma makes it: {'; '.join(case.facts.ledger.problems)}",
        "P1014 or a database error, in every command",
        "Somebody has changed the table, or restored part of it",
        "error",
        ("deploy", "dev", "status"),
        remedies=(
            remedy.set_ledger_aside(
                case,
                names,
                "Put the table aside and mark the migrations that have run as applied, in order",
            ),
            remedy.reset(case),
        ),
    )


def _without_rows(case: Case) -> Iterator[Cause]:
    """No ledger or an empty one: the cause depends on whether tables exist."""
    ledger = case.facts.ledger
    if ledger.elsewhere:
        yield _elsewhere(case)
    elif case.facts.tables and case.history.migrations:
        yield _not_empty(case)
    elif case.facts.tables:
        yield Cause(
            "no-history",
            "The database has tables, but the project has no migrations",
            "P3005: The database schema is not empty, once there is a first migration; until then "
            "`migrate dev` asks for a reset",
            "The database was made with `db push` or by hand",
            "error",
            ("dev",),
            remedies=(
                remedy.baseline(case, "Make the first migration from what is there: a baseline"),
                remedy.reset(case),
            ),
        )


def _elsewhere(case: Case) -> Cause:
    ledger = case.facts.ledger
    listed = ", ".join(f"`{name}`" for name in ledger.elsewhere)
    one = ledger.elsewhere[0]
    return Cause(
        "ledger-elsewhere",
        f"The schema `{ledger.schema}` has no migrations recorded, but there is a "
        f"`_prisma_migrations` in {listed}",
        "P3005: The database schema is not empty, or all migrations count as not applied",
        "The URL names a schema other than the one that was migrated (`?schema=`, by default "
        "public)",
        "error",
        ("deploy", "dev"),
        remedies=(
            remedy.by_person(
                case,
                "other-url",
                f"Add `schema={one}` to the parameters of DATABASE_URL: right if that schema holds "
                "this project",
                "no database is touched",
            ),
        ),
    )


def _not_empty(case: Case) -> Cause:
    exists = case.facts.ledger.exists
    return Cause(
        "ledger-empty" if exists else "schema-not-empty",
        "The database has tables, but `_prisma_migrations` is empty"
        if exists
        else "The database has tables but no `_prisma_migrations`",
        "P3018: … already exists, for the first migration"
        if exists
        else "P3005: The database schema is not empty",
        "It was made with `db push` or by hand, or the ledger was lost or not restored",
        "error",
        ("deploy", "dev"),
        case.pending,
        (*sorted(_for_tables_without_rows(case), key=remedy.by_risk), remedy.reset(case)),
    )


def _for_tables_without_rows(case: Case) -> Iterator[Remedy]:
    drift = case.facts.drift
    names = case.pending
    if drift.has_pending:
        yield remedy.mark_applied(
            case, names, "Mark all migrations as applied: the tables already match them"
        )
        return
    if drift.schema and drift.unmigrated and not drift.unmigrated.changes:
        yield remedy.run_sql(
            case,
            "catch-up",
            "Bring the tables in line with the migrations, then mark these as applied",
            drift.schema.forth,
            [case.prisma.applied(name) for name in names],
            at_risk=drift.schema.forth_at_risk,
        )
    yield remedy.baseline(
        case,
        "Begin a new history with what is there: right if the migrations were never meant for "
        "this database",
        move=True,
    )
