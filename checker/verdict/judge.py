"""Every fact of a project to the rules that subscribe to it: the stage ``judge``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from operator import attrgetter

from checker.model import (
    Drift,
    Finding,
    History,
    Lineage,
    Migration,
    Project,
    Replay,
    Rollout,
    Script,
    Statement,
)
from checker.model.changes import RowStatement
from checker.prisma.sending.splitting import cut_all
from checker.prisma.sending.transactions import Transaction, find_transactions
from checker.rules import Context, Fact, Spoken, rules_by_fact
from checker.sql import read_rows
from checker.sql.catalog.catalog import Catalog, fold_merged
from checker.sql.compound import CompoundStep, recognise


class Judge:
    """The rules, applied to one project's history.

    ``scripts`` holds what was read, by name of the migration. With ``each_alone`` every new
    migration is a pull request of its own: what an earlier one made is merged by then. ``asked``
    names rules that are off by default and wanted here. ``merged`` is the schema before the new
    migrations where a server has told it; else it is folded from the scripts.
    """

    def __init__(
        self,
        project: Project,
        history: History,
        scripts: Mapping[str, Script],
        *,
        each_alone: bool = False,
        asked: Collection[str] = (),
        merged: Catalog | None = None,
    ) -> None:
        self._project = project
        self._history = history
        self._scripts = scripts
        self._each_alone = each_alone
        self._asked = asked
        self._merged = merged
        self._rows = cache(read_rows)

    def findings(
        self, replay: Replay, *others: Drift | Rollout | Lineage | None
    ) -> tuple[Finding, ...]:
        """What the rules say: of the history, then of each migration in its order."""
        found = [*self._facts(self._history), *self._facts(replay)]
        for fact in others:
            found += self._facts(fact) if fact is not None else ()
        for migration in (*self._history.removed, *self._history.migrations):
            found += self._facts(migration, migration=migration)
        found += self._statements(replay)
        order = {m.name: i for i, m in enumerate(self._history.migrations)}
        found.sort(key=lambda f: (order.get(f.migration or "", -1), f.line or 0))
        return tuple(found)

    def _statements(self, replay: Replay) -> Iterator[Finding]:
        """The new migrations, statement by statement, after all merged ones.

        That is the order in which they reach a deployed database, where the rows are.
        """
        catalog = self._merged.copy() if self._merged else fold_merged(self._history, self._scripts)
        catalog.begin_pull_request()
        statements = [s for m in self._history.new for s in self._script(m).statements]
        begin = 0
        for migration in self._history.new:
            script = self._script(migration)
            if replay.failure is None or replay.failure.migration != migration.name:
                yield from self._facts(script, migration=migration)
            if self._each_alone:
                catalog.begin_pull_request()
                statements, begin = list(script.statements), 0
            catalog.begin_migration()
            yield from self._changes(migration, script, catalog, statements, begin)
            begin += len(script.statements)

    def _changes(
        self,
        migration: Migration,
        script: Script,
        catalog: Catalog,
        statements: Sequence[Statement],
        begin: int,
    ) -> Iterator[Finding]:
        positions = {id(statement): i for i, statement in enumerate(script.statements, begin)}

        @cache
        def transactions() -> Mapping[int, Transaction]:
            separately = migration.name in self._sent_separately
            found = find_transactions(script.statements, separately=separately)
            return {s.start: transaction for transaction in found for s in transaction.statements}

        spoken = []
        steps = recognise(script.statements, catalog)
        compounds = _compounds(steps)
        for step in steps:
            if step.judged is not None:
                findings = self._facts(
                    step.judged,
                    before=catalog,
                    statements=statements,
                    position=positions[id(step.statement)],
                    begin=begin,
                    end=begin + len(script.statements),
                    statement=step.statement,
                    migration=migration,
                    transactions=transactions,
                    compounds=compounds,
                )
                yield from findings
                rules = frozenset(finding.rule for finding in findings)
                spoken.append((step.statement, step.judged, rules))
            catalog.apply(step.change)
        yield from self._facts(Spoken(tuple(spoken)), before=catalog, migration=migration)

    @cached_property
    def _sent_separately(self) -> frozenset[str]:
        """The new migrations whose statements this version of Prisma sends one by one."""
        several = [m for m in self._history.new if len(self._script(m).statements) > 1]
        cuts = cut_all([m.sql or "" for m in several], self._project.prisma)
        return frozenset(m.name for m, cut in zip(several, cuts, strict=True) if cut is not None)

    def _rows_of(self, statement: Statement) -> RowStatement | None:
        return self._rows(statement.text, self._project.provider)

    def _script(self, migration: Migration) -> Script:
        return self._scripts.get(migration.name, Script())

    def _facts(self, fact: Fact, **place: object) -> list[Finding]:
        """What the rules say of one fact, by the id of the rule; who yields is not asked."""
        findings: list[Finding] = []
        spoken: set[str] = set()
        for rule in rules_by_fact().get(type(fact), ()):
            if not (rule.default or rule.id in self._asked):
                continue
            if not rule.knows(self._project.provider):
                continue
            if rule.yields_to & spoken:
                continue
            context = Context(
                rule,
                self._project,
                self._history,
                fact=fact,
                scripts=self._scripts,
                spoken=rule.after & spoken,
                rows_of=self._rows_of,
                **place,  # type: ignore[arg-type]
            )
            findings += rule.check(fact, context)
            spoken.update(finding.rule for finding in findings)
        return sorted(findings, key=attrgetter("rule"))


def _compounds(steps: Iterable[CompoundStep]) -> Mapping[int, tuple[int, ...]]:
    """The offsets of all statements of the changes that take several, by that of the first."""
    found: dict[int, set[int]] = {}
    for step in steps:
        if step.parts:
            starts = {part.start for part in step.parts}
            found.setdefault(step.statement.start, set()).update(starts)
    return {start: tuple(sorted(parts)) for start, parts in found.items()}
