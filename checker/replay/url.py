"""Databases that a caller names with a URL, of which nothing may reach a message."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import pq

from checker.errors import InputError

# What libpq says, told by its English words: its own text can repeat parts of the URL.
_REASONS = {
    "password": "the user or the password was refused",
    "no pg_hba.conf entry": "the server does not admit this user from here",
    "does not exist": "the user or the database does not exist",
    "translate host name": "the host name is unknown",
    "refused": "the connection was refused",
    "timeout": "it did not answer in time",
    "SSL": "it and this URL do not agree on SSL",
}


def url_parameters(url: str, option: str) -> dict[str, str]:
    """The libpq parameters of a URL, without the options that only Prisma knows.

    Raises InputError, with the name of the ``option`` that gave it, where it is no such URL.
    """
    wrong = InputError(f"{option} is no PostgreSQL URL; give postgresql://USER:PASSWORD@HOST/DB")
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    try:
        parts = urlsplit(url)
        options = [(key, value) for key, value in parse_qsl(parts.query) if key in known]
        parsed = psycopg.conninfo.conninfo_to_dict(
            urlunsplit(parts._replace(query=urlencode(options)))
        )
    except (ValueError, psycopg.Error):
        raise wrong from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise wrong
    found = {key: str(value) for key, value in parsed.items()}
    return {"dbname": "postgres"} | found


def connection_refused(error: psycopg.Error) -> str:
    """Why there was no connection, in our words."""
    text = str(error)
    told = (reason for sign, reason in _REASONS.items() if sign in text)
    return next(told, "no connection could be made")
