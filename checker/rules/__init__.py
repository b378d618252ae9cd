"""The registry of rules.

A rule is a module of this package. Its docstring is its published page: the first line the
title, then why it matters, then "Instead:". Its one function, marked with ``@rule``, subscribes
to the facts that it judges and yields findings:

    @rule(DropColumn)
    def check(change: DropColumn, at: Context) -> Iterator[Finding]:
        if not at.before.is_new_column(change.table, change.column):
            yield at.finding(f"…")

A fact is a Change, or a Script, Migration, History or Replay. The id is the name of the module
with hyphens. Adding a rule touches its module and its cases, nothing else.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, Self

from checker.changes import Change
from checker.errors import InputError
from checker.model import (
    Evidence,
    Finding,
    History,
    Migration,
    Project,
    Replay,
    Script,
    Severity,
    Statement,
)
from checker.sql.catalog import Catalog

_POSTGRESQL_ONLY = re.compile(r"::|ALTER (COLUMN|INDEX|TYPE)|CONSTRAINT|NOT VALID|TRUNCATE")

Fact = Change | Script | Migration | History | Replay
Check = Callable[[Any, "Context"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id, the severity that its findings have by default, and what it subscribes to."""

    id: str
    severity: Severity
    facts: tuple[type, ...]
    check: Check
    doc: str

    @property
    def title(self) -> str:
        return self.doc.split("\n", 1)[0].rstrip(".")

    @property
    def page(self) -> str:
        """The published page, in Markdown."""
        body = self.doc.split("\n", 1)[1].strip().replace("\nInstead: ", "\n**Instead:** ")
        return f"# {self.id}\n\n**{self.title}.** Severity: {self.severity}.\n\n{body}\n"


@dataclass(frozen=True, slots=True)
class Context:
    """Where a fact stands. ``before`` is the schema as it stood before the statement.

    ``earlier`` are the statements of this pull request that ran before this one. ``statement``
    and ``migration`` are None for facts that concern more than one.
    """

    rule: Rule
    project: Project
    history: History
    before: Catalog = field(default_factory=Catalog)
    earlier: Sequence[Statement] = ()
    statement: Statement | None = None
    migration: Migration | None = None

    def finding(
        self,
        message: str,
        *,
        why: str = "",
        advice: str = "",
        fix: str | None = None,
        severity: Severity | None = None,
        evidence: Evidence = "read",
        path: str | None = None,
        line: int | None = None,
        sql: str | None = None,
    ) -> Finding:
        """A finding of this rule at this place.

        ``fix`` is written for PostgreSQL where it concerns a statement. ``sql`` is the text that
        is shown where there is no statement; ``path`` and ``line`` overrule its place.
        """
        statement = self.statement
        if statement is not None and line is None:
            line = statement.line
        return Finding(
            rule=self.rule.id,
            severity=severity or self.rule.severity,
            message=message,
            migration=self.migration.name if self.migration else None,
            path=path or (self.migration.path if self.migration else None),
            line=line,
            end_line=statement.end_line if statement else line,
            evidence=evidence,
            why=why,
            advice=advice,
            fix=fix if statement is None else self._in_dialect(fix),
            statement=sql or (statement.text if statement else None),
        )

    def _in_dialect(self, text: str | None) -> str | None:
        """PostgreSQL's SQL in the project's dialect; None where it has no such statement."""
        provider = self.project.provider
        if text is None or provider in ("postgresql", "cockroachdb"):
            return text
        if provider == "sqlserver" or _POSTGRESQL_ONLY.search(text):
            return None
        return text.replace('"', "`") if provider == "mysql" else text

    @property
    def base(self) -> str:
        """The commit that the history was compared with, for commands that people run."""
        return self.history.base.commit[:12] if self.history.base else "HEAD"

    def at(self, migration: Migration) -> Self:
        """The same context, placed at a migration."""
        return type(self)(self.rule, self.project, self.history, migration=migration)


def rule(*facts: type, severity: Severity = "error") -> Callable[[Check], Check]:
    """Register a function as the check of the rule whose module it stands in."""

    def register(check: Check) -> Check:
        module = inspect.getmodule(check)
        assert module is not None
        name = check.__module__.rpartition(".")[2].replace("_", "-")
        _RULES[name] = Rule(name, severity, facts, check, inspect.cleandoc(module.__doc__ or ""))
        return check

    return register


_RULES: dict[str, Rule] = {}


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(_RULES[name] for name in sorted(_RULES))


@cache
def rules_by_fact() -> dict[type, tuple[Rule, ...]]:
    """The rules that subscribe to each kind of fact."""
    found: defaultdict[type, list[Rule]] = defaultdict(list)
    for each in all_rules():
        for fact in each.facts:
            found[fact].append(each)
    return {fact: tuple(rules) for fact, rules in found.items()}


def find_rule(name: str) -> Rule:
    """The rule of that id.

    Raises InputError, naming the nearest id, where there is none.
    """
    all_rules()
    if name in _RULES:
        return _RULES[name]
    near = get_close_matches(name, _RULES, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `migration-checker rules` lists them"
    raise InputError(f"There is no rule {name!r}{hint}")
