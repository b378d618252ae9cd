"""A statement that cannot run inside a transaction is sent in one.

CREATE, DROP and REINDEX … CONCURRENTLY, VACUUM, ALTER SYSTEM, CREATE DATABASE and their like fail
with SQLSTATE 25001 unless they reach the server alone and outside of a transaction, in a DO block
too. Up to Prisma 7.3 a file of several statements is one transaction. From 7.4 on, Prisma sends the
statements one by one, but still the whole file where its parser does not know one of them, such as
DO or DROP INDEX CONCURRENTLY. BEGIN holds them together in every version.

Instead: put the statement into a migration of its own, without BEGIN.
"""

from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import (
    AlterObject,
    AlterTable,
    Change,
    ControlTransaction,
    CreateIndex,
    CreateObject,
    DropIndex,
    DropObject,
    Maintain,
    SetParameter,
)
from checker.rules import Context, rule

_WHOLE = {"REINDEX DATABASE", "REINDEX SCHEMA", "REINDEX SYSTEM", "VACUUM", "VACUUM FULL"}
_CLUSTER_WIDE = {"DATABASE", "TABLESPACE", "SUBSCRIPTION"}


@rule(
    CreateIndex, DropIndex, Maintain, AlterTable, CreateObject, DropObject, AlterObject,
    SetParameter, ControlTransaction,
    providers=("postgresql",),
)  # fmt: skip
def check(change: Change, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or not _needs_to_be_alone(change, statement):
        return
    if statement.kind != "DO" and at.transaction.alone:
        return
    if next(c for c in statement.changes if _needs_to_be_alone(c, statement)) is not change:
        return
    what = _name(change, statement)
    yield at.finding(
        f"`{what}` cannot run inside a transaction: the migration fails{_if_reached(statement)}",
        why=_why(at, statement),
        advice="Put the statement into a migration of its own, without `BEGIN`.",
        fix=None if statement.kind == "DO" else f"-- in a migration of its own:\n{statement.text};",
        severity=None if statement.kind == "DO" or _is_begun(at) else at.by_version,
    )


def _needs_to_be_alone(change: Change, statement: Statement) -> bool:
    """Whether PostgreSQL calls PreventInTransactionBlock for it."""
    match change:
        case CreateIndex() | DropIndex() | AlterTable():
            return change.concurrently
        case Maintain(what, name, concurrently):
            if what.startswith("REFRESH"):
                return False
            return concurrently or what in _WHOLE or (what == "CLUSTER" and name is None)
        case CreateObject(kind) | DropObject(kind):
            # Dropping a database has a rule of its own.
            return kind in _CLUSTER_WIDE and statement.kind != "DROP DATABASE"
        case AlterObject(kind):
            return kind == "SYSTEM"
        case SetParameter():
            return statement.kind == "DISCARD ALL"
        case ControlTransaction(what):
            return what in ("COMMIT PREPARED", "ROLLBACK PREPARED")
    return False


def _name(change: Change, statement: Statement) -> str:
    match change:
        case CreateIndex():
            return "CREATE INDEX CONCURRENTLY"
        case DropIndex():
            return "DROP INDEX CONCURRENTLY"
        case AlterTable():
            return "DETACH PARTITION CONCURRENTLY"
        case Maintain(what, _, concurrently):
            return f"{what} CONCURRENTLY" if concurrently else what
    return statement.kind


def _if_reached(statement: Statement) -> str:
    return ", if the `DO` block reaches it" if statement.kind == "DO" else " with SQLSTATE 25001"


def _is_begun(at: Context) -> bool:
    return at.statement is not None and at.transaction.is_begun_before(at.statement)


def _why(at: Context, statement: Statement) -> str:
    prisma = at.project.prisma
    if statement.kind == "DO":
        return "A `DO` block always runs inside a transaction."
    if _is_begun(at):
        return "It stands after `BEGIN`."
    if prisma.splits_scripts:
        return (
            f"Prisma {prisma} sends statements one by one only where it can split the file; it "
            "cannot split this one, and sends it as one transaction."
        )
    if prisma.assumed:
        return (
            "Up to Prisma 7.3 a file of several statements is one transaction; nothing names the "
            "version used here."
        )
    return f"Prisma {prisma} sends a file of several statements as one transaction."
