"""Scripts for MySQL, SQLite and SQL Server, read with sqlglot statement by statement.

A statement that sqlglot does not understand is ``Opaque``; it never hides its neighbours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from sqlglot import Dialect, Token, exp
from sqlglot.errors import TokenError

from checker.model import Provider, Script, Statement, SyntaxProblem
from checker.model.changes import Change, Opaque
from checker.sql.dialects.alter import alter_by_pieces, alter_table
from checker.sql.dialects.commands import read_command
from checker.sql.dialects.rows import read_rows
from checker.sql.dialects.split import parse, split, tokenize
from checker.sql.dialects.tables import read_definition
from checker.sql.dialects.terms import Reading, SqlSource, word
from checker.sql.text import conflict_marker, unsendable

_DIALECTS = {"mysql": "mysql", "sqlite": "sqlite", "sqlserver": "tsql"}
_OPENING = re.compile(r"from (\d+):")

# sqlglot logs each statement that it keeps as a mere command; here that is an Opaque change.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def read_generic(sql: str, provider: Provider) -> Script:
    """The statements of a script; a problem only where it cannot be split into statements."""
    problem = unsendable(sql)
    if problem is not None:
        return Script(problem=problem)
    dialect = Dialect.get_or_raise(_DIALECTS[provider])
    # A byte order mark is no part of the first word.
    text = sql.replace("\ufeff", " ", 1) if sql.startswith("\ufeff") else sql
    try:
        tokens = tokenize(text, dialect)
    except TokenError as error:
        return Script(problem=conflict_marker(sql) or _unterminated(error))
    statements: list[Statement] = []
    byte, line, counted = 0, 1, 0
    for group in split(tokens, dialect):
        start, end = group[0].start, group[-1].end + 1
        byte += len(sql[counted:start].encode())
        line += sql.count("\n", counted, start)
        counted = start
        kind, changes = _read_statement(group, text, dialect)
        if isinstance(changes[0], Opaque):
            problem = conflict_marker(sql, start, end)
            if problem is not None:
                return Script(problem=problem)
        own = sql[start:end]
        size, height = len(own.encode()), own.count("\n")
        statements.append(Statement(own, kind, byte, byte + size, line, line + height, changes))
    return Script(tuple(statements))


def _unterminated(error: TokenError) -> SyntaxProblem:
    opening = _OPENING.search(str(error.__cause__))
    line = int(opening.group(1)) if opening else 1
    return SyntaxProblem("has a string, a quoted name or a comment without an end", line)


def _read_statement(tokens: Sequence[Token], sql: str, dialect: Dialect) -> Reading:
    """The kind and the changes of the statement that these tokens of ``sql`` form."""
    source = SqlSource(tokens, sql, dialect, lambda text: _changes_in(text, dialect))
    try:
        reading = read_command(source) or _read_tree(source)
    except RecursionError:
        reading = None
    if reading is not None and reading[1]:
        return reading
    first, second = word(tokens[0]), source.word(1)
    kind = f"{first} {second}" if first in ("ALTER", "CREATE", "DROP") else first
    return kind, (Opaque(kind),)


def _read_tree(source: SqlSource) -> Reading | None:
    tree = _parse(source)
    if source.word(0) == "ALTER" and source.word(1) == "TABLE":
        if isinstance(tree, exp.Alter) and not tree.find(exp.Command):
            return "ALTER TABLE", alter_table(tree, source.dialect)
        return "ALTER TABLE", alter_by_pieces(source)
    if tree is None:
        return None
    return read_definition(tree, source.dialect) or read_rows(tree, source.dialect)


def _parse(source: SqlSource) -> exp.Expr | None:
    """The tree of one statement; None where sqlglot has none."""
    try:
        trees = parse(list(source.tokens), source.sql, source.dialect)
    except Exception:  # noqa: BLE001 - on broken text sqlglot raises more than its own errors
        return None
    return trees[0] if len(trees) == 1 else None


def _changes_in(sql: str, dialect: Dialect) -> tuple[Change, ...]:
    """The changes of a script inside another; none where it cannot be split."""
    try:
        tokens = tokenize(sql, dialect)
    except TokenError:
        return ()
    groups = split(tokens, dialect)
    return tuple(change for group in groups for change in _read_statement(group, sql, dialect)[1])
