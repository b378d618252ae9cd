"""Which engine runs the histories of a provider, and which histories no engine runs."""

from __future__ import annotations

from functools import cache
from typing import Any

from checker.discover.layouts import LAYOUTS
from checker.engines.engine import Engine
from checker.model import Failure, History, Project, Provider, Replay

REPLAYED: tuple[Provider, ...] = ("postgresql",)
"""The providers whose histories are replayed; those of others are only read."""


def locked_elsewhere(lock_provider: str | None) -> bool:
    """Whether a lock file rules out a replay: it names another provider or, as the empty text,
    none. A missing file does not.
    """
    return lock_provider is not None and lock_provider not in REPLAYED


@cache
def find_engine(provider: Provider) -> Engine[Any] | None:
    """The engine of a provider; None for one whose histories are only read."""
    if provider not in REPLAYED:
        return None
    from checker.engines.postgresql.engine import PostgreSQL  # noqa: PLC0415 - loads psycopg

    return PostgreSQL()


def refuse(history: History, project: Project) -> Replay | None:
    """The result of a history that needs no server: another provider's, another layout's, or one
    that Prisma refuses before its first migration.
    """
    total = len(history.migrations)
    if project.provider not in REPLAYED:
        reason = f"only PostgreSQL is replayed, not {project.provider}"
        return Replay("skipped", total=total, reason=reason)
    if unreadable := LAYOUTS[project.layout].unreadable:
        return Replay("not_verified", total=total, reason=unreadable)
    lock = history.lock_provider
    if lock is None or lock == project.provider or not history.migrations:
        return None
    named = f"the provider {lock}" if lock else "no provider"
    message = (
        f"migration_lock.toml names {named}, the schema {project.provider}: "
        "Prisma refuses to run any migration"
    )
    failure = Failure(history.migrations[0].name, None, None, message, prisma_code="P3019")
    return Replay("failed", total=total, failure=failure)
