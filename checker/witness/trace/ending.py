"""How a trace ends before its time: by the migrations' doing, or because the server fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg

from checker.errors import CannotWorkError
from checker.model import Prevention, PreventionCause, Statement
from checker.pg.connection import message_of
from checker.pg.session import ServerError

T = TypeVar("T")

UNABLE = "The migrations could not be watched: {}"


def prevention_of(
    migration: str,
    statement: Statement,
    cause: PreventionCause,
    error: ServerError | None,
    setting: str | None = None,
) -> Prevention:
    """What ended the watching at a statement."""
    return Prevention(
        migration,
        statement.start,
        statement.line,
        cause,
        sqlstate=error.sqlstate if error else None,
        message=error.message if error else None,
        setting=setting,
    )


def able_to(step: Callable[[], T]) -> T:
    """What a step of the preparation gives. Raises CannotWorkError where PostgreSQL refuses it."""
    try:
        return step()
    except psycopg.Error as error:
        raise CannotWorkError(UNABLE.format(message_of(error))) from None
