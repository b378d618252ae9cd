"""DO blocks: the statements that their code certainly contains, read without running it.

A DO block is ``RunCode``, since only a replay shows which of its branches ran. Statements written
out in a PL/pgSQL block, or as one literal after EXECUTE, are read too, so that ``IF NOT EXISTS (…)
THEN ALTER TABLE …`` is not lost. A string built at run time remains code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from postgast import PgQueryError, parse, parse_plpgsql
from postgast import pg_query_pb2 as pb

from checker.model.changes import Change, ControlTransaction, ReadRows, RunCode
from checker.sql.postgres.registry import Reading, read_node, reads
from checker.sql.postgres.terms import options

# The SQL for PL/pgSQL statements that are SQL under another name.
_TRANSACTION = {"PLpgSQL_stmt_commit": "COMMIT", "PLpgSQL_stmt_rollback": "ROLLBACK"}
# Statements whose query runs as it stands, and those whose query is a string to be run.
_STATIC = {
    "PLpgSQL_stmt_execsql": "sqlstmt",
    "PLpgSQL_stmt_perform": "expr",
    "PLpgSQL_stmt_call": "expr",
    "PLpgSQL_stmt_fors": "query",
    "PLpgSQL_stmt_return_query": "query",
}
_BEGIN = re.compile(r"\bBEGIN\b", re.IGNORECASE)
_MARK = re.compile(
    r"""(?<!ARRAY)\[\s*\d*\s*\]  # an array
    | (?:"[^"]*"|\w+)\.(?=(?:"[^"]*"|\w+)(?![%."\w]))  # a schema before a type
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DYNAMIC = {"PLpgSQL_stmt_dynexecute": "query", "PLpgSQL_stmt_dynfors": "query"}


@reads("do_stmt")
def do(node: pb.DoStmt) -> Reading:
    written = options(node.args)
    language = written["language"].arg.string.sval if "language" in written else "plpgsql"
    inner = _changes_in_block(written["as"].arg.string.sval) if language == "plpgsql" else ()
    return "DO", (RunCode("DO"), *inner)


def _changes_in_block(body: str) -> tuple[Change, ...]:
    """The changes in a PL/pgSQL block; none where libpg_query cannot read it.

    Without a catalog it knows neither arrays of the user's types nor types in the user's
    schemas, so a block that it rejects is tried once more without those marks in DECLARE.
    """
    begin = _BEGIN.search(body)
    declared = begin.start() if begin else 0
    plain = _MARK.sub("", body[:declared]) + body[declared:]
    for text in dict.fromkeys((body, plain)):
        try:
            return tuple(_changes_of(parse_plpgsql(f"DO {_quoted(text)}")))
        except (PgQueryError, RecursionError):
            continue
    return ()


def _quoted(body: str) -> str:
    quote = "$_$"
    while quote in body:
        quote = f"$_{quote[1:]}"
    return quote + body + quote


def _changes_of(tree: Any) -> Iterator[Change]:
    """The changes of the statements in a block, in the order in which they are written."""
    if isinstance(tree, list):
        for item in tree:
            yield from _changes_of(item)
    if not isinstance(tree, dict):
        return
    for key, value in tree.items():
        if key in _STATIC:
            yield from _changes_in(_query(value, _STATIC[key]))
        elif key in _DYNAMIC:
            yield from _changes_in(_literal(_query(value, _DYNAMIC[key])))
        elif key in _TRANSACTION:
            yield ControlTransaction(_TRANSACTION[key])
        yield from _changes_of(value)


def _query(statement: dict[str, Any], field: str) -> str:
    """The text of an expression of a PL/pgSQL statement."""
    expression = statement.get(field, {}).get("PLpgSQL_expr", {})
    return str(expression.get("query", ""))


def _literal(expression: str) -> str:
    """The string that an expression always gives; empty where it is built at run time."""
    try:
        statements = parse(f"SELECT {expression}").stmts
    except (PgQueryError, DecodeError):
        return ""
    targets = statements[0].stmt.select_stmt.target_list
    return targets[0].res_target.val.a_const.sval.sval if len(targets) == 1 else ""


def _changes_in(sql: str) -> Iterator[Change]:
    try:
        statements = parse(sql).stmts
    except (PgQueryError, DecodeError):
        return
    for raw in statements:
        for change in read_node(raw.stmt)[1]:
            if not isinstance(change, ReadRows):
                yield change
