"""Why a database cannot be read: told apart by the server's codes, in our words."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.errors import CannotWorkError

TroubleKind = Literal[
    "refused",
    "unreachable",
    "unknown_host",
    "timeout",
    "closed",
    "tls_required",
    "tls_not_offered",
    "tls_unverified",
    "tls",
    "not_admitted",
    "authentication",
    "no_role",
    "no_database",
    "no_rights",
    "too_many_connections",
    "starting",
    "pooler",
    "not_postgresql",
    "statement_timeout",
    "lock_timeout",
    "other",
]
PASSING: frozenset[TroubleKind] = frozenset(
    {"refused", "closed", "too_many_connections", "starting"}
)
"""Troubles that may pass within seconds. A time-out has already waited."""

_TEXTS: dict[TroubleKind, str] = {
    "refused": "the connection was refused: start the server, or correct host and port",
    "unreachable": "its host cannot be reached from here: check the network, the firewall and the "
    "allowed addresses",
    "unknown_host": "its host name is unknown: correct it, or check DNS",
    "timeout": "it does not answer: check host and port, the firewall and the allowed addresses",
    "closed": "the connection was closed half-way: try again, and see the server's log",
    "tls_required": "the server accepts only TLS: set sslmode=require in the URL",
    "tls_not_offered": "the URL asks for TLS but the server has none: turn it on there, or set "
    "sslmode=prefer",
    "tls_unverified": "the server's certificate cannot be verified: give the authority's "
    "certificate as sslcert, or set sslaccept=accept_invalid_certs",
    "tls": "there is no TLS connection: the two do not agree on a protocol or certificate",
    "not_admitted": "the server does not admit this user, database and address: add a line to its "
    "pg_hba.conf or its allowed addresses",
    "authentication": "the user or the password is wrong: correct them, percent-encoded where "
    "they hold reserved characters",
    "no_role": "the user does not exist or may not log in: create the role or grant it LOGIN",
    "no_database": "the database does not exist: correct the name, or create it",
    "no_rights": "the user has no right to this: grant CONNECT on the database, USAGE on the "
    "schema and SELECT on _prisma_migrations",
    "too_many_connections": "all its connections are in use: close some, or raise the limit",
    "starting": "the server is starting up or shutting down: try again in a moment",
    "pooler": "the pooler in front of it refused: correct user and database for the pooler, or "
    "give the direct URL of the database",
    "not_postgresql": "what answers there is not PostgreSQL: correct host and port",
    "statement_timeout": "it took too long to answer: try again when it is less busy",
    "lock_timeout": "somebody has locked the tables to be read: try again later",
    "other": "the server refuses",
}
_BY_STATE: dict[str, TroubleKind] = {
    "28P01": "authentication",
    "3D000": "no_database",
    "42501": "no_rights",
    "53300": "too_many_connections",
    "57P03": "starting",
    "57P01": "starting",
    "57P02": "closed",
    "57014": "statement_timeout",
    "55P03": "lock_timeout",
    "25P03": "closed",
    "25P04": "statement_timeout",
    "08006": "closed",
    "08P01": "pooler",
}
# PostgreSQL's own routine in the field R (docs 54.8) tells apart errors that share a code.
_BY_ROUTINE: dict[tuple[str, str], TroubleKind] = {
    ("28000", "ClientAuthentication"): "not_admitted",
    ("28000", "auth_failed"): "authentication",
    ("28000", "InitializeSessionUserId"): "no_role",
}


class Trouble(Struct, frozen=True):
    """Why a database could not be looked into: ``text`` is one sentence that says what is wrong and
    what to do. ``passing`` troubles may pass by themselves, and were retried. ``sqlstate``
    is the server's code (PostgreSQL docs, appendix A), where it answered with one.
    """

    kind: TroubleKind
    text: str
    passing: bool = False
    sqlstate: str | None = None


class UnreachableError(CannotWorkError):
    """A database cannot be read; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble


class Refusal(Struct, frozen=True):
    """What the server answered with: its code, its own routine, and its words."""

    sqlstate: str
    routine: str | None = None
    message: str = ""


def kind_of(refusal: Refusal) -> TroubleKind:
    """The kind of trouble that a server's answer shows. PostgreSQL always names its routine; a
    pooler does not.
    """
    if refusal.sqlstate == "28000" and refusal.routine is None:
        return "authentication"
    named = _BY_ROUTINE.get((refusal.sqlstate, refusal.routine or ""))
    unknown: TroubleKind = "other" if refusal.routine else "pooler"
    return named or _BY_STATE.get(refusal.sqlstate, unknown)


def trouble(
    kind: TroubleKind, source: str, refusal: Refusal | None = None, secret: str = ""
) -> Trouble:
    """A trouble of the database that ``source`` names, in one sentence. The server's own words are
    left out if they contain the ``secret``, even by chance.
    """
    text = f"The database of {source} cannot be used: {_TEXTS[kind]}"
    words = " ".join(refusal.message.split())[:200] if refusal is not None else ""
    if words and kind in ("other", "pooler", "no_rights") and not (secret and secret in words):
        text += f" (it says: {words})"
    return Trouble(kind, text, kind in PASSING, refusal.sqlstate if refusal else None)
