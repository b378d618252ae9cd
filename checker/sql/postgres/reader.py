"""PostgreSQL scripts, read with PostgreSQL's own grammar (libpg_query through postgast)."""

from __future__ import annotations

import re
import threading
from typing import Any

from google.protobuf.internal import api_implementation  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from postgast import PgQueryError, parse, scan
from postgast import pg_query_pb2 as pb

from checker.bounds import SQL_SECONDS
from checker.model import Script, Statement, SyntaxProblem
from checker.sql.postgres import (  # noqa: F401 - each enters its readers into the table
    alter,
    alter_objects,
    cluster,
    code,
    objects,
    rename,
    rows,
    session,
    tables,
)
from checker.sql.postgres.registry import read_node
from checker.sql.text import conflict_marker, line_at, unsendable

_BLANK = re.compile(rb"(?:[ \t\n\r\f\v]+|--[^\n\r]*)*")
_COMMENT_EDGE = re.compile(rb"/\*|\*/")
_TOO_LONG = f"takes longer than {SQL_SECONDS:g} seconds to be read"
_TOO_DEEP = "is nested too deeply to be read"

# libpg_query walks its tree by recursion in C, and a chain such as 1+1+1… is one level for every
# two bytes. Measured on x86-64: up to 950 bytes of stack for every byte of script, so 8 MB, the
# usual size, may not be enough for scripts over 8 kB.
_SHORT = 4_000
_STACK_PER_BYTE = 2_000
_LARGEST_STACK = 1 << 30


def _lift_depth_limit() -> None:
    """Let protobuf decode more than 100 levels, which 50 concatenated strings reach.

    Only its C implementation has the switch; without it such a script is "nested too deeply".
    """
    module: Any = getattr(api_implementation, "_c_module", None)
    if hasattr(module, "SetAllowOversizeProtos"):
        module.SetAllowOversizeProtos(True)  # noqa: FBT003 - it takes no keyword


_lift_depth_limit()


def read_postgres(sql: str) -> Script:
    """The statements of a script, or PostgreSQL's own words on why it rejects it."""
    if len(sql) <= _SHORT:
        return _read(sql)
    scripts: list[Script] = []
    previous = threading.stack_size(min(_LARGEST_STACK, len(sql) * _STACK_PER_BYTE))
    try:
        reader = threading.Thread(target=lambda: scripts.append(_read(sql)), daemon=True)
        reader.start()
    finally:
        threading.stack_size(previous)
    reader.join(SQL_SECONDS)
    return scripts[0] if scripts else Script(problem=SyntaxProblem(_TOO_LONG, 1, of_ours=True))


def _read(sql: str) -> Script:
    problem = unsendable(sql) or _byte_order_mark(sql)
    if problem is not None:
        return Script(problem=problem)
    try:
        return Script(_statements(sql.encode(), parse(sql).stmts))
    except PgQueryError as error:
        return Script(problem=_problem(sql, error))
    except (DecodeError, RecursionError):
        return Script(problem=SyntaxProblem(_TOO_DEEP, 1, of_ours=True))


def _byte_order_mark(sql: str) -> SyntaxProblem | None:
    if not sql.startswith("\ufeff"):
        return None
    return SyntaxProblem("begins with a byte order mark, which PostgreSQL rejects", 1)


def _problem(sql: str, error: PgQueryError) -> SyntaxProblem:
    """``cursorpos`` counts characters from 1, whatever their width in bytes; 0 is nowhere."""
    offset = max(error.cursorpos - 1, 0)
    end_of_line = sql.find("\n", offset)
    marker = conflict_marker(sql, end=len(sql) if end_of_line < 0 else end_of_line)
    return marker or SyntaxProblem(error.message, line_at(sql, offset))


def _statements(data: bytes, parsed: list[pb.RawStmt]) -> tuple[Statement, ...]:
    statements = []
    counted, line = 0, 1
    for raw in parsed:
        start, end = _span(data, raw)
        line += data.count(b"\n", counted, start)
        counted = start
        text = data[start:end].decode()
        kind, changes = read_node(raw.stmt)
        end_line = line + text.count("\n")
        statements.append(Statement(text, kind, start, end, line, end_line, changes))
    return tuple(statements)


def _span(data: bytes, raw: pb.RawStmt) -> tuple[int, int]:
    """From the first token of a statement to its last; PostgreSQL counts comments in."""
    end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(data)
    start = _skip_blank(data, raw.stmt_location)
    piece = data[start:end].rstrip(b" \t\n\r\f\v")
    if b"--" in piece or piece.endswith(b"*/"):
        tokens = scan(piece.decode()).tokens
        comments = (pb.SQL_COMMENT, pb.C_COMMENT)
        last = max(token.end for token in tokens if token.token not in comments)
        return start, start + last
    return start, start + len(piece)


def _skip_blank(data: bytes, position: int) -> int:
    """Past white space and comments; comments in ``/* */`` nest (PostgreSQL 4.1.5)."""
    while True:
        blank = _BLANK.match(data, position)
        position = blank.end() if blank else position
        if not data.startswith(b"/*", position):
            return position
        depth = 0
        for edge in _COMMENT_EDGE.finditer(data, position):
            depth += 1 if edge.group() == b"/*" else -1
            position = edge.end()
            if depth == 0:
                break
