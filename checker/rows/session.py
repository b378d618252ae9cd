"""The session in which rows are made: nothing of the migrations' code runs in it as superuser.

An insert runs code of the schema: functions in CHECK constraints, domains, generated columns and
indexes, and what these leave behind for the commit (deferred triggers, cursors WITH HOLD). Whoever
logs in as superuser gives all of it his rights, COPY … PROGRAM among them, also from within a
function that runs as somebody else. So a role of no rights but those on the tables logs in to make
the rows. Triggers stay silent because a superuser has set ``session_replication_role`` for that
role (PostgreSQL docs 20.11.1, ALTER ROLE), which may not set it itself.

Code that runs as it could alter the function through which the rows are made, so each call asks
first that it is still the one that was made.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg import sql

from checker.errors import CannotWorkError, ServerFaultError
from checker.pg.connection import FAULTS, Connection, connect, message_of, parameters_of, run
from checker.pg.hanging import hang_up_after
from checker.pg.roles import passing_role

TIMEOUT = "20s"
# The settings on which all texts read and written here depend.
_SETTINGS = {
    "search_path": "pg_catalog, pg_temp",
    "statement_timeout": "0",
    "client_min_messages": "error",
    "standard_conforming_strings": "on",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "xmloption": "content",
    "extra_float_digits": "1",
    "timezone": "UTC",
    "check_function_bodies": "off",
}
_SCHEMA_PATH = "public"  # the search path that Prisma's own session has
_RIGHTS = {"TABLES": "ALL", "SEQUENCES": "ALL", "ROUTINES": "EXECUTE"}
_OURS = "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '{}'"
# Runs a query once, or once for every element of the data, and then goes on where one fails; of
# neighbours with the same slot only until one of them succeeds.
_RUN = """
CREATE FUNCTION pg_temp.{name}(query text, data json, each boolean, own oid) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
DECLARE
  one record; answer json; answers json[] := '{{}}'; said text; cause text; placed text;
BEGIN
  IF data IS NULL THEN
    EXECUTE query;
    RETURN NULL;
  ELSIF NOT each THEN
    EXECUTE query INTO answer USING data;
    RETURN answer;
  END IF;
  FOR one IN SELECT value FROM pg_catalog.json_array_elements(data) LOOP
    BEGIN
      IF placed OPERATOR(pg_catalog.=) (one.value OPERATOR(pg_catalog.->>) 'slot') THEN
        answers := pg_catalog.array_append(answers, NULL);
        CONTINUE;
      END IF;
      EXECUTE query INTO answer USING one.value;
      placed := one.value OPERATOR(pg_catalog.->>) 'slot';
      answers := pg_catalog.array_append(answers, pg_catalog.json_build_object('ok', answer));
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, cause = CONSTRAINT_NAME;
      answers := pg_catalog.array_append(
        answers, pg_catalog.json_build_object('error', said, 'cause', cause));
    END;
  END LOOP;
  RETURN pg_catalog.array_to_json(answers);
END $body$
"""
_TAMPERED = (
    "Code in the schema altered the function through which rows are made; "
    "look at the functions that its constraints call"
)


class Refused(Exception):  # noqa: N818
    """The server refused a statement because of the schema; the message is the server's."""


class FillSession:
    """Runs queries on the schema with rights on it alone, triggers off. Made by ``opened``."""

    def __init__(self, connection: Connection, role: str) -> None:
        self.connection = connection
        self._role = role
        _set(connection, {"search_path": _SCHEMA_PATH})
        self._send(_RUN.format(name=role))
        self._send(_OURS.format(TIMEOUT))
        function = connection.execute(
            "SELECT oid, ctid::text FROM pg_catalog.pg_proc WHERE proname = %s", (role,)
        ).fetchone()
        assert function is not None
        self._function = function
        self._call = (
            f"SELECT pg_temp.{role}(%s, %s, %s, p.oid) FROM pg_catalog.pg_proc p "  # noqa: S608
            "WHERE p.oid = %s AND p.ctid = %s::pg_catalog.tid"
        ).encode()

    @classmethod
    @contextmanager
    def opened(cls, superuser: Connection, seconds: float = 120.0) -> Iterator[FillSession]:
        """A session on the superuser's database. What it has done is committed at the end.

        Raises CannotWorkError where it cannot be opened, or loses its connection, as it does after
        so many seconds.
        """
        ends = time.monotonic() + seconds
        with ExitStack() as stack:
            password = secrets.token_hex(16)
            role = stack.enter_context(
                passing_role(superuser, f"LOGIN PASSWORD '{password}'", _RIGHTS)
            )
            run(superuser, f"ALTER ROLE {role} SET session_replication_role = replica")
            own = {**parameters_of(superuser), "user": role, "password": password}
            try:
                connection = stack.enter_context(connect(own))
                stack.enter_context(hang_up_after(connection, seconds))
                with connection.transaction():
                    _set(connection, _SETTINGS)
                    yield cls(connection, role)
            except psycopg.Error as error:
                message = message_of(error)
                if error.sqlstate in FAULTS:
                    raise ServerFaultError(f"No rows could be made: {message}") from None
                if time.monotonic() >= ends:
                    message = f"it took longer than {seconds:g} seconds"
                raise CannotWorkError(f"No rows could be made: {message}") from None

    def ask(self, query: str, data: object = None) -> Any:
        """The one JSON value that a query of JSON ``$1`` gives. Raises Refused."""
        return self._run(query, json.dumps(data), each=False)

    def each(self, query: str, data: list[Any]) -> list[dict[str, Any]]:
        """Runs a query once for each element: ``{"ok": value}``, or ``{"error", "cause"}``, where
        ``cause`` is the name of the constraint that was violated. Raises Refused.
        """
        answer: list[dict[str, Any]] = self._run(query, json.dumps(data), each=True) if data else []
        return answer

    def do(self, statement: str) -> None:
        """Runs a statement that gives nothing. Raises Refused."""
        self._run(statement, None, each=False)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undoes the statements inside if an exception leaves the block."""
        with self.connection.transaction():
            yield

    def _run(self, query: str, data: str | None, *, each: bool) -> Any:
        try:
            with self.connection.transaction():
                row = self.connection.execute(
                    self._call, (query, data, each, *self._function)
                ).fetchone()
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            message = message_of(error, str(error))
            if self._role in message:
                raise CannotWorkError(_TAMPERED) from None
            raise Refused(message) from None
        self._send(_OURS.format(TIMEOUT))  # code of the schema may have changed it
        if row is None:
            raise CannotWorkError(_TAMPERED)
        return row[0]

    def _send(self, text: str) -> None:
        self.connection.execute(text.encode())


def _set(connection: Connection, settings: dict[str, str]) -> None:
    call = sql.SQL("pg_catalog.set_config({}, {}, true)")
    calls = [call.format(*map(sql.Literal, setting)) for setting in settings.items()]
    connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(calls))
