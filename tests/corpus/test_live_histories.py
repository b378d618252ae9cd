"""Real histories, deployed and looked into: in step after all of it, pending what is left out.

``python -m tests.corpus.test_live_histories`` prints the figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.registry import refuse
from checker.live.facts import Facts
from checker.live.status import Given, look
from checker.model import History, Project, Replay
from checker.pg.database import Database
from checker.pg.url import Target
from tests.corpus.test_ordering import histories
from tests.engines.postgresql.helpers import parses
from tests.projects import SHARED

LEFT_OUT = 2

pytestmark = pytest.mark.skipif(
    not (SHARED / "corpus").is_dir(), reason="the histories are not on this machine (../shared)"
)


def looked(
    server: EphemeralServer, found: Project, history: History, deployed: int
) -> Facts | None:
    """What is found where the first so many are deployed; None where they do not run here."""
    options = ReplayOptions(parses=parses)

    @contextmanager
    def replaying(given: History) -> Iterator[tuple[Replay, Database | None]]:
        if refused := refuse(given, found):
            yield refused, None
            return
        with server.database() as database:
            replayed = replay_into(database, given, found, options)
            yield replayed, database if replayed.status == "passed" else None

    with server.database() as live:
        first = History(history.migrations[:deployed])
        if refuse(first, found) or replay_into(live, first, found, options).status != "passed":
            return None
        scripts = {m.name: None if m.sql is None else m.sql.encode() for m in history.migrations}
        return look(Target(live.owner), Given(found, history, scripts, replaying=replaying))


def problems(facts: Facts, pending: int) -> list[str]:
    """What is said that is not so."""
    wrong = [f"edited {name}" for name in facts.edited]
    wrong += [f"missing {name}" for name in facts.names("missing")]
    if len(facts.names("pending")) != pending:
        wrong.append(f"{len(facts.names('pending'))} pending, not {pending}")
    if facts.drift.by_hand is None or facts.drift.by_hand.changes:
        wrong.append(f"by hand: {facts.drift.by_hand}")
    wrong += [f"foretold: {step.text}" for step in facts.deploy if step.code]
    return wrong


@pytest.mark.parametrize("name", histories())
@pytest.mark.parametrize("pending", [0, LEFT_OUT])
def test_only_what_is_left_out_is_pending(server: EphemeralServer, name: str, pending: int) -> None:
    found, history = histories()[name]
    facts = looked(server, found, history, len(history.migrations) - pending)
    if facts is None:
        pytest.skip("it does not run on this server")
    assert problems(facts, pending) == []


if __name__ == "__main__":
    with EphemeralServer.start(find_binaries()) as running:
        clean = tried = 0
        for each, (its, whole) in histories().items():
            for left in (0, LEFT_OUT):
                seen = looked(running, its, whole, len(whole.migrations) - left)
                wrong = ["does not run here"] if seen is None else problems(seen, left)
                tried += seen is not None
                clean += seen is not None and not wrong
                for line in wrong:
                    print(f"{each}, {left} left out: {line[:300]}")
    print(f"{clean} of {tried} as deployed")
