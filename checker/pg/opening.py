"""Opens a connection to somebody else's database, or says why it failed.

libpq hides the server's code of a refused connection unless its messages are verbose (docs 32.11,
PQsetErrorVerbosity), so they are made verbose before the server can answer. Words are never read,
because the server writes them in its own language.
"""

from __future__ import annotations

import ctypes
import re
import selectors
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import pq

from checker.errors import InputError
from checker.pg.connection import message_of
from checker.pg.probe import find_trouble, offers_tls
from checker.pg.trouble import Refusal, Trouble, UnreachableError, kind_of, trouble
from checker.pg.url import Target

Connection = psycopg.Connection[Any]

APPLICATION = "prisma-migration-checker"
SECONDS, MOST_SECONDS = 15.0, 60.0
PAUSES = (1.0, 2.0, 4.0)
_DEFAULT, _VERBOSE = 1, 2
_ANSWER = re.compile(r":  ([0-9A-Z]{5}): (.*)")
_ROUTINE = re.compile(r"^LOCATION:  (\w+)", re.MULTILINE)
# Which of several answers tells most: libpq may try without TLS what was refused with it.
_TELLING = ("28P01", "3D000", "42501", "53300", "57P03", "28000")


class _Failed(Struct, frozen=True):
    """A connection that failed. ``answered``: the server said why, but not in a way that could be
    read.
    """

    host: str
    port: str
    refusals: tuple[Refusal, ...] = ()
    timed_out: bool = False
    at_once: bool = False
    answered: bool = False


def open_connection(
    target: Target,
    *,
    pauses: tuple[float, ...] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Connection:
    """A connection in autocommit that prepares nothing, so that a pooler may stand in between.

    Passing troubles are retried after each of the ``pauses`` (seconds, by default PAUSES). Raises
    UnreachableError, and InputError for arguments that libpq does not know.
    """
    known = {"application_name": APPLICATION, "client_encoding": "UTF8"}
    parameters = known | dict(target.parameters)
    for pause in (*(PAUSES if pauses is None else pauses), None):
        result = _attempt(parameters)
        if isinstance(result, psycopg.Connection):
            return result
        trouble = _explain(result, target, parameters)
        if pause is None or not trouble.passing:
            raise UnreachableError(trouble) from None
        sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def trouble_in(error: psycopg.Error, target: Target) -> Trouble:
    """What went wrong on a connection that was open."""
    if error.sqlstate is None:
        return trouble("closed", target.source)
    message = message_of(error, "")
    refusal = Refusal(error.sqlstate, error.diag.source_function, message)
    return trouble(kind_of(refusal), target.source, refusal, target.parameters.get("password", ""))


def _attempt(parameters: Mapping[str, str]) -> Connection | _Failed:
    conninfo = psycopg.conninfo.make_conninfo("", **parameters)
    raw = pq.PGconn.connect_start(conninfo.encode())
    _set_verbosity(raw, _VERBOSE)
    at_once = raw.status == pq.ConnStatus.BAD
    timed_out = not _await(raw, time.monotonic() + _seconds(parameters))
    if raw.status == pq.ConnStatus.OK:
        _set_verbosity(raw, _DEFAULT)
        raw.nonblocking = 1
        connection: Connection = psycopg.Connection(raw)
        connection.autocommit = True
        connection.prepare_threshold = None
        return connection
    text = raw.get_error_message()
    host, port = ((name or b"").decode() for name in (raw.host, raw.port))
    raw.finish()
    routines = [*_ROUTINE.findall(text)]
    answers = _ANSWER.findall(text)
    routines += [None] * (len(answers) - len(routines))
    refusals = tuple(
        Refusal(code, routine, message.strip())
        for (code, message), routine in zip(answers, routines, strict=False)
    )
    return _Failed(host, port, refusals, timed_out, at_once, "FATAL" in text)


def _seconds(parameters: Mapping[str, str]) -> float:
    with suppress(ValueError):
        seconds = float(parameters.get("connect_timeout", ""))
        return min(seconds, MOST_SECONDS) if seconds > 0 else MOST_SECONDS
    return SECONDS


def _await(raw: pq.abc.PGconn, until: float) -> bool:
    """Whether the connection was made or refused in time."""
    events = {
        pq.PollingStatus.READING: selectors.EVENT_READ,
        pq.PollingStatus.WRITING: selectors.EVENT_WRITE,
    }
    wanted = selectors.EVENT_WRITE
    if raw.status == pq.ConnStatus.BAD:
        return True
    while (left := until - time.monotonic()) > 0:
        with selectors.DefaultSelector() as selector:
            selector.register(raw.socket, wanted)
            if not selector.select(left):
                return False
        status = pq.PollingStatus(raw.connect_poll())
        if status not in events:
            return True
        wanted = events[status]
    return False


def _set_verbosity(raw: pq.abc.PGconn, verbosity: int) -> None:
    """psycopg lacks this function, but its loaded library has it. Without it, reports of refusals
    are less exact.
    """
    module = sys.modules[type(raw).__module__]
    pointer = getattr(raw, "pgconn_ptr", None)
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(module.__file__)
        library.PQsetErrorVerbosity(ctypes.c_void_p(pointer), verbosity)


def _explain(failed: _Failed, target: Target, parameters: Mapping[str, str]) -> Trouble:
    secret = parameters.get("password", "")
    if failed.timed_out:
        return trouble("timeout", target.source)
    if not failed.refusals:
        if failed.answered:
            return trouble("other", target.source)
        kind = find_trouble(failed.host, failed.port, parameters)
        if failed.at_once and kind == "closed":
            raise InputError(f"{target.source} has an argument that libpq refuses: correct it")
        return trouble(kind, target.source)
    refusal = min(
        failed.refusals,
        key=lambda r: _TELLING.index(r.sqlstate) if r.sqlstate in _TELLING else len(_TELLING),
    )
    kind = kind_of(refusal)
    if kind not in ("no_role", "no_database") and _needs_tls(failed, parameters):
        kind = "tls_required"
    return trouble(kind, target.source, refusal, secret)


def _needs_tls(failed: _Failed, parameters: Mapping[str, str]) -> bool:
    """Whether the same user gets another refusal, or none, with TLS."""
    if parameters.get("sslmode") not in ("disable", "allow"):
        return False
    if failed.refusals[0].sqlstate not in ("28000", "XX000", "08P01"):
        return False
    if not offers_tls(failed.host, failed.port):
        return False
    again = _attempt({**parameters, "sslmode": "require"})
    if isinstance(again, psycopg.Connection):
        again.close()
        return True
    return [r.sqlstate for r in again.refusals] not in ([], ["28000"])
