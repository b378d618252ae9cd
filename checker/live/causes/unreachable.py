"""Causes in the connection: why a database cannot be read at all. Pure.

The codes are those of Prisma's error reference.
"""

from __future__ import annotations

from checker.live.advice import Cause, Remedy
from checker.live.commands import STATUS, PrismaCommands
from checker.pg.trouble import Trouble, TroubleKind

_CODES: dict[TroubleKind, str] = {
    "authentication": "P1000: Authentication failed against database server",
    "no_role": "P1000: Authentication failed against database server",
    "not_admitted": "P1010: User was denied access on the database",
    "no_rights": "P1010: User was denied access on the database",
    "refused": "P1001: Can't reach database server",
    "unreachable": "P1001: Can't reach database server",
    "unknown_host": "P1001: Can't reach database server",
    "starting": "P1001: Can't reach database server",
    "timeout": "P1001: Can't reach database server, or P1002: it was reached but timed out",
    "no_database": "P1003: Database does not exist",
    "statement_timeout": "P1008: Operations timed out",
    "tls_required": "P1011: Error opening a TLS connection",
    "tls_not_offered": "P1011: Error opening a TLS connection",
    "tls_unverified": "P1011: Error opening a TLS connection",
    "tls": "P1011: Error opening a TLS connection",
    "closed": "P1017: Server has closed the connection",
    "too_many_connections": "P2037: Too many database connections opened",
}
_OTHER = "a database error, which Prisma passes on"


def unreachable(trouble: Trouble, prisma: PrismaCommands) -> Cause:
    """The cause why a database could not be read; Prisma fails for the same one."""
    return Cause(
        f"connection-{trouble.kind.replace('_', '-')}",
        trouble.text,
        _CODES.get(trouble.kind, _OTHER),
        "Prisma uses the same URL: `migrate dev` and `migrate deploy` fail before they do "
        "anything, or stop half-way if the connection is lost",
        "error",
        ("deploy", "dev", "status"),
        remedies=_remedies(trouble, prisma),
    )


def _remedies(trouble: Trouble, prisma: PrismaCommands) -> tuple[Remedy, ...]:
    check = (STATUS, prisma.status())
    again = Remedy(
        "try-again",
        "Fix that, and run status again" + (": it may pass by itself" if trouble.passing else ""),
        (),
        "safe",
        "no database is touched",
        check,
    )
    if trouble.kind != "no_database":
        return (again,)
    create = Remedy(
        "deploy",
        "Let Prisma create it and apply all migrations, if it is to be a new database",
        (prisma.deploy(),),
        "safe",
        "the user must have CREATEDB",
        check,
    )
    return (again, create)
