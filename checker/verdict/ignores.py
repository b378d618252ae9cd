"""What the comments of a migration say about rules: ``migration-checker: ignore``.

squawk's comments are understood as well, so that a team that moves here need not edit merged
files, which it must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from checker.errors import InputError
from checker.model import Finding, Provider, Script, Statement
from checker.rules import find_rule
from checker.sql.comments import SqlComment, read_comments

_MARKS = re.compile(r"migration-checker|squawk-ignore", re.IGNORECASE)
_OURS = re.compile(r"migration-checker\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_IGNORE = re.compile(r"ignore\b\s*([^:]*)(?::\s*(.*))?", re.IGNORECASE | re.DOTALL)
_SQUAWK = re.compile(r"squawk-ignore(-file)?(?![\w-])\s*((?:(?!--).)*)", re.DOTALL)
_FORM = "Write `-- migration-checker: ignore RULE: reason`."

# What squawk reports under one name and we under several, or under another.
FROM_SQUAWK = {
    "ban-drop-column": (
        "ban-drop-column",
        "drop-and-recreate-column",
        "drop-add-looks-like-rename",
    ),
    "adding-field-with-default": (
        "adding-field-with-default",
        "adding-generated-stored",
        "adding-constrained-domain-column",
    ),
    "adding-foreign-key-constraint": ("adding-foreign-key-constraint", "fk-locks-parent"),
    "ban-alter-domain-with-add-constraint": ("alter-domain-add-constraint",),
    "changing-column-type": (
        "changing-column-type",
        "type-change-rebuilds-index",
        "type-change-revalidates-check",
    ),
    "constraint-missing-not-valid": (
        "constraint-missing-not-valid",
        "adding-foreign-key-constraint",
        "not-valid-validate-same-transaction",
    ),
    "require-concurrent-index-creation": (
        "require-concurrent-index-creation",
        "partitioned-index",
    ),
    "ban-drop-table": ("ban-drop-table", "drop-add-looks-like-rename"),
    "require-timeout-settings": ("require-lock-timeout",),
    "prefer-timestamp-tz": ("prefer-timestamptz",),
    "prefer-bigint-over-int": ("prefer-bigint-over-int", "prefer-bigint-primary-key"),
    "prefer-bigint-over-smallint": ("prefer-bigint-over-int", "prefer-bigint-primary-key"),
}


class Directive(Struct, frozen=True):
    """A rule that a comment wants silent, or the ``problem`` with the comment.

    ``rule`` is None for every rule, and ``statement`` for the whole script. ``foreign`` is one
    written for squawk: what it does not silence may well be what squawk alone reports.
    """

    text: str
    line: int
    rule: str | None = None
    reason: str = ""
    statement: Statement | None = None
    foreign: bool = False
    problem: str | None = None
    advice: str = _FORM

    def silences(self, finding: Finding, script: Script) -> bool:
        """Whether it names this finding, which is one of its migration."""
        if self.problem is not None or self.rule not in (None, finding.rule):
            return False
        if not find_rule(finding.rule).reads_sql:
            return False
        if self.statement is None:
            return True
        if finding.place is not None:
            return finding.place.start == self.statement.start
        if finding.line is None:
            return self.statement == script.statements[0]
        return self.statement.line <= finding.line <= self.statement.end_line


def directives(sql: str, script: Script, provider: Provider) -> Iterator[Directive]:
    """What the comments of a script say, rule by rule; nothing where it cannot be read."""
    if _MARKS.search(sql) is None or not script.statements:
        return
    for comment in read_comments(sql, provider):
        ours, squawk = _OURS.match(comment.text), _SQUAWK.match(comment.text)
        if ours is not None:
            yield from _ours(comment, ours[1], _target(comment, sql, script))
        elif squawk is not None:
            whole = squawk[1] is not None
            target = None if whole else _target(comment, sql, script)
            if whole or target is not None:
                yield from _squawk(comment, squawk[2], target)


def _target(comment: SqlComment, sql: str, script: Script) -> Statement | None:
    """The statement that the comment is in, or behind on its last line, or above."""
    offset = len(sql[: comment.start].encode())
    before = [s for s in script.statements if s.start < offset]
    if before and (offset < before[-1].end or before[-1].end_line == comment.line):
        return before[-1]
    return next((s for s in script.statements if s.start > offset), None)


def _ours(comment: SqlComment, body: str, target: Statement | None) -> Iterator[Directive]:
    text, line = f"migration-checker: {body}", comment.line
    match = _IGNORE.match(body)
    names = _names(match[1]) if match else []
    if match is None:
        yield Directive(text, line, problem="it is not understood")
    elif not (match[2] or "").strip():
        yield Directive(text, line, problem="it gives no reason")
    elif not names:
        yield Directive(text, line, problem="it names no rule")
    elif target is None:
        advice = "Write it above the statement, or at the end of its line."
        yield Directive(text, line, problem="no statement follows", advice=advice)
    else:
        reason = " ".join(match[2].split())
        for name in names:
            problem, advice = _objection(name)
            yield Directive(
                text, line, name, reason, target, problem=problem, advice=advice or _FORM
            )


def _objection(name: str) -> tuple[str | None, str]:
    """Why a comment cannot silence a rule, and what to do."""
    try:
        rule = find_rule(name)
    except InputError as error:
        message = str(error)
        return message[:1].lower() + message[1:], "Correct the name of the rule."
    if rule.reads_sql:
        return None, ""
    return (
        f"`{name}` concerns the history, which no comment can excuse",
        "Write it under `ignore` in the configuration file.",
    )


def _squawk(comment: SqlComment, body: str, target: Statement | None) -> Iterator[Directive]:
    names: list[str | None] = [
        ours for name in _names(body) for ours in FROM_SQUAWK.get(name, (name,))
    ]
    for name in names or ([None] if target is None else []):
        yield Directive(comment.text, comment.line, name, "squawk-ignore", target, foreign=True)


def _names(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name]
