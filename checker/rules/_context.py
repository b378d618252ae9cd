"""What a rule is, and what it is given: the facts, and the context in which one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from msgspec import structs

from checker.engines.dialects import DIALECTS, Dialect
from checker.model import (
    Drift,
    Evidence,
    Finding,
    History,
    IdleIgnore,
    Lineage,
    Migration,
    Place,
    Project,
    Provider,
    Replay,
    Rollout,
    Script,
    Severity,
    Sighting,
    Statement,
    Unread,
    Wording,
)
from checker.model.changes import Change, Name, RowStatement
from checker.model.words import message_of, subjects_of
from checker.prisma.sending.transactions import Transaction
from checker.rules._facts import columns_of, kind_of, table_of
from checker.sql.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Spoken:
    """Which rules have spoken of each change of a migration, by id, in the order of the script."""

    changes: tuple[tuple[Statement, Change, frozenset[str]], ...]


Fact = (
    Change
    | Script
    | Migration
    | History
    | Lineage
    | Replay
    | Drift
    | Rollout
    | IdleIgnore
    | Unread
    | Spoken
)
_BESIDE_SQL = {History, Migration, Lineage, Replay, Drift, Rollout, IdleIgnore, Unread}
Check = Callable[[Any, "Context"], Iterator[Finding]]
Claim = Literal["loss", "failure", "work", "lock"]
"""What a rule says will happen: data are lost, the statement fails on rows, it does work that grows
with the table under a lock that others feel, or it takes such a lock for an instant.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id, the severity that its findings have by default, and what it subscribes to.

    ``scales`` says that the cost of what it reports grows with the table, so that it is an error
    on one that the team calls large. ``default`` says whether it is on without being asked
    for, ``presets`` the names under which it is asked for together with others, and ``providers``
    which databases it knows; none means all. ``claims`` are what the replay can prove or refute.
    ``yields_to`` and ``after`` name the rules that are asked before it about the same fact.
    """

    id: str
    severity: Severity
    facts: tuple[type, ...]
    check: Check
    doc: str
    scales: bool = False
    default: bool = True
    providers: tuple[Provider, ...] = ()
    presets: tuple[str, ...] = ()
    claims: frozenset[Claim] = frozenset()
    yields_to: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return self.doc.split("\n", 1)[0].rstrip(".")

    def knows(self, provider: Provider) -> bool:
        """Whether it judges migrations of that provider."""
        return not self.providers or provider in self.providers

    @property
    def reads_sql(self) -> bool:
        """Whether it judges statements, and not the history or the replay of them."""
        return not set(self.facts) <= _BESIDE_SQL


@dataclass(frozen=True, slots=True)
class Context:
    """Where a fact stands. ``before`` is the schema as it stood before the statement.

    ``statements`` are those of this pull request, this one stands at ``position`` among them, and
    those of its migration from ``begin`` to ``end``.
    ``statement`` and ``migration`` are None for facts that concern more than one. ``fact`` is what
    is judged. ``transactions`` gives the migration's, by the offset of each statement, and
    ``compounds`` the offsets of all statements of a change that takes several, by the first's.
    ``scripts`` are all of the history that could be read, by name of the migration. ``spoken``
    names those of the rule's ``after`` that have spoken of this fact. ``rows_of`` tells what a
    statement assigns in which rows, where it can be told.
    """

    rule: Rule
    project: Project
    history: History
    before: Catalog = field(default_factory=Catalog)
    statements: Sequence[Statement] = ()
    position: int = 0
    begin: int = 0
    end: int = 0
    statement: Statement | None = None
    migration: Migration | None = None
    fact: Fact | None = None
    transactions: Callable[[], Mapping[int, Transaction]] = dict
    compounds: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    spoken: frozenset[str] = frozenset()
    rows_of: Callable[[Statement], RowStatement | None] = lambda _: None

    @property
    def dialect(self) -> Dialect:
        """What the project's database makes of a migration."""
        return DIALECTS[self.project.provider]

    @property
    def earlier(self) -> Sequence[Statement]:
        """The statements of this pull request that run before this one."""
        return self.statements[: self.position]

    @property
    def later(self) -> Sequence[Statement]:
        """The statements of this pull request that run after this one."""
        return self.statements[self.position + 1 :]

    @property
    def before_in_file(self) -> Sequence[Statement]:
        """The statements of this migration that run before this one."""
        return self.statements[self.begin : self.position]

    @property
    def after_in_file(self) -> Sequence[Statement]:
        """The statements of this migration that run after this one."""
        return self.statements[self.position + 1 : self.end]

    @property
    def place(self) -> Place | None:
        """The statement with all that its change takes."""
        if self.statement is None or self.migration is None:
            return None
        start = self.statement.start
        return Place(self.migration.name, start, self.compounds.get(start, ()))

    @property
    def transaction(self) -> Transaction:
        """What takes effect together with this statement, in this version of Prisma.

        Asked only where a rule needs it: from 7.4 on a process has to be started for the answer.
        """
        assert self.statement is not None
        transaction = self.transactions().get(self.statement.start)
        return transaction or Transaction((self.statement,), alone=True)

    def finding(  # noqa: PLR0913 - all but the first are named
        self,
        message: str | Wording,
        *,
        why: str = "",
        advice: str = "",
        fix: str | None = None,
        severity: Severity | None = None,
        evidence: Evidence = "read",
        path: str | None = None,
        line: int | None = None,
        sql: str | None = None,
        table: Name | None = None,
        columns: tuple[str, ...] | None = None,
        sightings: tuple[Sighting, ...] = (),
        of_rows: bool = True,
    ) -> Finding:
        """A finding of this rule at this place.

        ``fix`` is written for PostgreSQL where it concerns a statement. ``sql`` is the text that
        is shown where there is no statement; ``path`` and ``line`` overrule its place. ``table``
        and ``columns`` name those concerned where the fact itself does not, or names others.
        Findings on one table in one migration whose messages differ only in their subject are
        shown as one, and so are those whose subject is the migration (``Wording``).
        ``of_rows`` is False for one to which the rule's claims do not apply.
        """
        statement = self.statement
        if statement is not None and line is None:
            line = statement.line
        table = table or table_of(self.fact)
        wording = None
        if isinstance(message, Wording):
            subjects = tuple(structs.replace(each, line=line) for each in message.subjects)
            wording = structs.replace(message, subjects=subjects)
            message = message_of(wording)
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
            fix=fix if statement is None or fix is None else self.dialect.translated(fix),
            statement=sql or (statement.text if statement else None),
            table=None if table is None else str(table),
            subject=None if wording is None else subjects_of(wording),
            of_rows=of_rows,
            place=self.place,
            kind=kind_of(self.fact),
            columns=columns_of(self.fact) if columns is None else columns,
            wording=wording,
            sightings=sightings,
        )

    @property
    def base(self) -> str:
        """The commit that the history was compared with, for commands that people run."""
        return self.history.base.commit[:12] if self.history.base else "HEAD"

    @property
    def by_version(self) -> Severity:
        """The severity of a failure that depends on the version of Prisma: a warning where nothing
        names the version.
        """
        return "warning" if self.project.prisma.assumed else "error"

    def on(self, statement: Statement) -> Self:
        """The same context, placed at another statement of the migration."""
        return replace(self, statement=statement)

    def at(self, migration: Migration) -> Self:
        """The same context, placed at a migration."""
        return type(self)(
            self.rule, self.project, self.history, migration=migration, scripts=self.scripts
        )
