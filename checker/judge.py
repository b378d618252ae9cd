"""Every fact of a project to the rules that subscribe to it: the stage ``judge``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from checker.config import RuleSetting
from checker.model import Finding, History, Migration, Project, Replay, Script, Statement
from checker.rules import Context, Fact, rules_by_fact
from checker.sql.catalog import Catalog
from checker.sql.compound import recognise


class Judge:
    """The rules, applied to one project's history.

    ``scripts`` holds what was read, by name of the migration; ``settings`` turns rules off or
    gives them another severity. With ``each_alone`` every new migration is a pull request of its
    own: what an earlier one made is merged by then.
    """

    def __init__(
        self,
        project: Project,
        history: History,
        scripts: Mapping[str, Script],
        settings: Mapping[str, RuleSetting],
        *,
        each_alone: bool = False,
    ) -> None:
        self._project = project
        self._history = history
        self._scripts = scripts
        self._settings = settings
        self._each_alone = each_alone

    def findings(self, replay: Replay) -> tuple[Finding, ...]:
        """What the rules say: of the history, then of each migration in its order."""
        found = [*self._facts(self._history), *self._facts(replay)]
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
        catalog = Catalog()
        for migration in self._history.migrations:
            if migration.state != "new":
                catalog.begin_migration()
                for statement in self._script(migration).statements:
                    for change in statement.changes:
                        catalog.apply(change)
        catalog.begin_pull_request()
        earlier: list[Statement] = []
        for migration in self._history.new:
            script = self._script(migration)
            if replay.failure is None or replay.failure.migration != migration.name:
                yield from self._facts(script, migration=migration)
            if self._each_alone:
                catalog.begin_pull_request()
                earlier = []
            catalog.begin_migration()
            yield from self._changes(migration, script, catalog, earlier)

    def _changes(
        self, migration: Migration, script: Script, catalog: Catalog, earlier: list[Statement]
    ) -> Iterator[Finding]:
        for step in recognise(script.statements, catalog):
            if step.judged is not None:
                yield from self._facts(
                    step.judged,
                    before=catalog,
                    earlier=tuple(s for s in earlier if s is not step.statement),
                    statement=step.statement,
                    migration=migration,
                )
            catalog.apply(step.change)
            if not earlier or earlier[-1] is not step.statement:
                earlier.append(step.statement)

    def _script(self, migration: Migration) -> Script:
        return self._scripts.get(migration.name, Script())

    def _facts(self, fact: Fact, **place: object) -> Iterator[Finding]:
        for rule in rules_by_fact().get(type(fact), ()):
            setting = self._settings.get(rule.id)
            if setting == "off":
                continue
            context = Context(rule, self._project, self._history, **place)  # type: ignore[arg-type]
            for finding in rule.check(fact, context):
                yield finding if setting is None else replace(finding, severity=setting)
