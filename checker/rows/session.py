"""The session in which rows are made: nothing of the migrations' code runs in it as superuser.

An insert runs code of the schema: functions in CHECK constraints, domains, generated columns and
indexes. Triggers stay silent (``session_replication_role``, PostgreSQL docs 20.11.1), but only a
superuser may ask for that, and a function that a superuser's insert calls has his rights, COPY …
PROGRAM among them. Whatever touches the schema is therefore sent through functions that run as a
role of no rights but those on the tables (``SECURITY DEFINER``; inside of one SET ROLE is refused).
That role owns the functions, so code that runs as it could alter them: each call asks first that
the function is still the one that was made. The role is gone before anybody else could see it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from checker.errors import CannotWorkError
from checker.replay.database import Connection, identifier

TIMEOUT = "20s"
# What every text that is read and written here depends on.
_SETTINGS = {
    "search_path": "pg_catalog, pg_temp",
    "session_replication_role": "replica",
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
_OURS = "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '{}'"
# Runs a query once, or once for every element of the data, and then goes on where one fails; of
# neighbours with the same slot only until one of them succeeds.
_RUN = """
CREATE FUNCTION pg_temp.{name}(query text, data json, each boolean, own oid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
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
    """The server refused a statement, for a reason that lies in the schema. In its own words."""


class Session:
    """Runs queries on the schema with the rights of the tables' owners, triggers off."""

    def __init__(self, connection: Connection, owners: Sequence[str], search_path: str) -> None:
        self._connection = connection
        self._role = f"filling_{secrets.token_hex(4)}"
        role = identifier(self._role)
        self._send(f"CREATE ROLE {role} NOLOGIN BYPASSRLS")
        if connection.info.server_version >= 140000:
            self._send(f"GRANT pg_read_all_data, pg_write_all_data TO {role}")
        for owner in owners:
            self._send(f"GRANT {identifier(owner)} TO {role}")
        _set(connection, {"search_path": search_path})  # the one that the code expects
        self._send(_RUN.format(name=self._role))
        function = f"pg_temp.{self._role}(text, json, boolean, oid)"
        self._send(f"ALTER FUNCTION {function} OWNER TO {role}")
        self._send(_OURS.format(TIMEOUT))
        found = connection.execute(
            "SELECT oid, ctid::text FROM pg_proc WHERE proname = %s", (self._role,)
        ).fetchone()
        assert found is not None
        self._function = found
        self._call = (
            f"SELECT pg_temp.{self._role}(%s, %s, %s, p.oid) FROM pg_catalog.pg_proc p "  # noqa: S608
            "WHERE p.oid = %s AND p.ctid = %s::pg_catalog.tid"
        ).encode()

    def close(self) -> None:
        """Removes the role, and whatever code of the schema has made as it."""
        self._send(f"DROP OWNED BY {identifier(self._role)}")
        self._send(f"DROP ROLE {identifier(self._role)}")

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
        """What is done inside is undone where an exception leaves it."""
        with self._connection.transaction():
            yield

    def _run(self, query: str, data: str | None, *, each: bool) -> Any:
        try:
            with self._connection.transaction():
                row = self._connection.execute(
                    self._call, (query, data, each, *self._function)
                ).fetchone()
        except psycopg.Error as error:
            if self._connection.closed:
                raise CannotWorkError(
                    "PostgreSQL ended the session in which rows were made"
                ) from None
            message = error.diag.message_primary or str(error)
            if self._role in message:
                raise CannotWorkError(_TAMPERED) from None
            raise Refused(message) from None
        self._send(_OURS.format(TIMEOUT))  # code of the schema may have changed it
        if row is None:
            raise CannotWorkError(_TAMPERED)
        return row[0]

    def _send(self, text: str) -> None:
        self._connection.execute(text.encode())


@contextmanager
def quiet(connection: Connection) -> Iterator[str]:
    """A transaction in which triggers stay silent and texts have one form; gives the search path
    of before, and all settings are as before at its end.

    Raises CannotWorkError where the role may not do this.
    """
    names = list(_SETTINGS)
    with connection.transaction():
        before = connection.execute(
            "SELECT pg_catalog.array_agg(pg_catalog.current_setting(n)) "
            "FROM pg_catalog.unnest(%s::text[]) n",
            (names,),
        ).fetchone()
        assert before is not None
        try:
            _set(connection, _SETTINGS)
        except psycopg.errors.InsufficientPrivilege:
            raise CannotWorkError("Only a superuser can fill tables with triggers off") from None
        earlier = dict(zip(names, before[0], strict=True))
        yield earlier["search_path"]
        _set(connection, earlier, local=False)


def _set(connection: Connection, settings: dict[str, str], *, local: bool = True) -> None:
    call = sql.SQL("pg_catalog.set_config({}, {}, {})")
    calls = [call.format(*map(sql.Literal, (n, v, local))) for n, v in settings.items()]
    connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(calls))
