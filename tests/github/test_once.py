"""What one run of the action finds once and never again: counted, not guessed."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from checker import project as project_module
from checker import workspace
from checker.engines.postgresql import engine as postgresql
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.sql.postgres import reader
from tests.engines.postgresql.test_given import url
from tests.github.acting import BAD, BASE, Run, github, repository
from tests.github.fake import FakeGitHub

__all__ = ["github"]


class Counted:
    """Counts the calls of functions by a key of their arguments, and who called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.calls: dict[str, Counter[object]] = {}
        self.callers: dict[str, list[str]] = {}

    def watch(self, home: Any, name: str, key: Callable[..., object]) -> None:
        function = getattr(home, name)
        self.calls[name], self.callers[name] = Counter(), []

        def counting(*args: Any, **options: Any) -> Any:
            self.calls[name][key(*args, **options)] += 1
            self.callers[name] += [frame.filename for frame in inspect.stack()]
            return function(*args, **options)

        self._monkeypatch.setattr(home, name, counting)

    def most(self, *names: str) -> dict[str, int]:
        return {name: max(self.calls[name].values(), default=0) for name in names}


def key_of(migrations: Iterable[Any]) -> object:
    return tuple((m.name, m.sql) for m in migrations)


@pytest.mark.parametrize("departs", [False, True])
def test_nothing_is_found_twice(
    tmp_path: Path,
    github: FakeGitHub,
    server: EphemeralServer,
    monkeypatch: pytest.MonkeyPatch,
    departs: bool,
) -> None:
    """With a pull request, a deployed database that has none of it, and fixes to suggest."""
    edited = {name: text + "SELECT 1;\n" for name, text in BASE.items()} if departs else {}
    root = repository(tmp_path / "r", BASE, {**BAD, **edited})
    counted = Counted(monkeypatch)
    counted.watch(workspace, "find_projects", lambda *_, **__: None)
    counted.watch(workspace, "choose_base", lambda *_, **__: None)
    counted.watch(project_module, "read_history", lambda *_, **__: None)
    counted.watch(project_module, "read_schema", lambda texts, *_: tuple(texts.values()))
    counted.watch(postgresql, "replay_into", lambda _, history, *__: key_of(history.migrations))
    counted.watch(reader, "read_postgres", lambda text: text)
    with server.database() as database:
        inputs: dict[str, Any] = {"database-url": url(database.superuser)}
        run = Run(root, github, suggestions="true", **inputs)
    assert run.code == 1
    assert run.report["deployed"]["in_step"] is False
    once = counted.most(
        "find_projects", "choose_base", "read_history", "read_schema", "replay_into"
    )
    assert once == dict.fromkeys(once, 1)
    assert len(counted.calls["replay_into"]) >= 2
    rules = [file for file in counted.callers["read_postgres"] if "/checker/rules/" in file]
    assert rules == []
