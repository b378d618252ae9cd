"""Every state that a database gets into is made, and every remedy for it is carried out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.live.advice import RISKS, Cause, Remedy
from checker.live.causes.unreachable import unreachable
from checker.live.commands import STATUS, PrismaCommands
from checker.live.diagnose import diagnose
from checker.model import PrismaVersion
from checker.pg.trouble import UnreachableError
from checker.report.status import make_status, render_status_text
from tests.live.deployment import AT, Deployment
from tests.live.states import STATES, State, mend, nothing

VERSIONS = {6: PrismaVersion(6, 19, 3), 7: PrismaVersion(7, 10, 0)}
# What a person has to do where no command does, and every state says how.
WITHOUT_COMMANDS = {"upgrade", "other-url"}


@contextmanager
def made(
    place: Path, server: EphemeralServer, state: State, version: PrismaVersion
) -> Iterator[Deployment]:
    place.mkdir()
    with server.database() as database:
        at = Deployment(place / "project", server, database, version)
        state.make(at)
        yield at


def report(at: Deployment) -> str:
    """The page that ``status`` shows, whose names stand without backticks."""
    facts, history = at.look()
    return render_status_text(make_status(facts, diagnose(facts, history, AT)))


def the_cause(at: Deployment, state: State) -> Cause:
    found = at.diagnose()
    assert state.cause in [cause.id for cause in found], [cause.what for cause in found]
    return next(cause for cause in found if cause.id == state.cause)


# What a remedy may leave for the next look, and its own first remedy ends.
FURTHER_ON = {"rolled-back-row", "pending", "no-migration"}


def finish(at: Deployment, state: State, remedy: Remedy) -> None:
    """The cause is gone. A migration that failed and was gone is failed still where it is back."""
    again = state.cause == "failed" and remedy.id == "restore"
    left = at.diagnose()
    assert state.cause not in [cause.id for cause in left] or again
    for _ in range(2):
        if not left:
            return
        allowed = FURTHER_ON | ({"failed"} if again else set())
        assert {cause.id for cause in left} <= allowed, [cause.what for cause in left]
        if again:
            mend(at)
        at.cure(left[0].remedies[0])
        left = at.diagnose()
    assert left == ()


# Where Prisma 6 behaves or is called otherwise; the commands themselves are in test_commands.
BOTH = ("failed", "failed and gone", "rolled-back row", "no migrations", "not empty, behind")
CASES = [
    pytest.param(state, version, id=f"{name.replace(' ', '-')}-{major}")
    for name, state in STATES.items()
    for major, version in VERSIONS.items()
    if (name in BOTH if major < 7 else state.cause != "rolled-back-row")
]


@pytest.mark.parametrize(("state", "version"), CASES)
def test_every_remedy_mends_the_state(
    tmp_path: Path, server: EphemeralServer, state: State, version: PrismaVersion
) -> None:
    with made(tmp_path / "first", server, state, version) as at:
        cause = the_cause(at, state)
        said = report(at)
    for each in state.words:
        assert each.replace("`", "") in said
    assert cause.remedies
    check_order(cause)
    for number, remedy in enumerate(cause.remedies):
        with made(tmp_path / str(number), server, state, version) as at:
            same = the_cause(at, state).remedies[number]
            assert same.id == remedy.id
            carry_out(at, state, same)


def carry_out(at: Deployment, state: State, remedy: Remedy) -> None:
    act = state.by_hand.get(remedy.id)
    if not remedy.commands and act is None:
        assert remedy.id in WITHOUT_COMMANDS, remedy
        return
    before = rows(at)
    (act or nothing)(at)
    at.cure(remedy)
    finish(at, state, remedy)
    at.ask_engine()
    if remedy.data == "lost":
        assert rows(at) == 0 < before
    else:
        assert rows(at) == before > 0


def rows(at: Deployment) -> int:
    schemas = [str(name) for (name,) in at.sql(
        "SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE relname = 'User'"
    )]  # fmt: skip
    counted = at.sql(f'SELECT count(*) FROM "{schemas[0]}"."User"') if schemas else [(0,)]
    return int(str(counted[0][0]))


def check_order(cause: Cause) -> None:
    """The safest first, and the reset last and marked."""
    risks = [RISKS.index(remedy.data) for remedy in cause.remedies]
    assert risks == sorted(risks)
    for remedy in cause.remedies:
        assert STATUS in remedy.check
        assert (remedy.id == "reset") == (remedy.data == "lost")
        assert ("LAST RESORT" in remedy.what) == (remedy.id == "reset")


def test_a_deployed_project_has_no_causes(tmp_path: Path, server: EphemeralServer) -> None:
    with server.database() as database:
        at = Deployment(tmp_path / "project", server, database, VERSIONS[7])
        at.prisma("deploy")
        assert at.diagnose() == ()


def test_a_database_that_does_not_exist_is_made_by_deploy(
    tmp_path: Path, server: EphemeralServer
) -> None:
    with server.database() as database:
        there = Deployment(tmp_path / "there", server, database, VERSIONS[7])
        gone = replace(database, owner={**database.owner, "dbname": "not_there"})
        at = Deployment(tmp_path / "project", server, gone, VERSIONS[7])
        with pytest.raises(UnreachableError) as refused:
            at.look()
        prisma = PrismaCommands(VERSIONS[7], "prisma/schema.prisma", "prisma/migrations")
        cause = unreachable(refused.value.trouble, prisma)
        assert cause.id == "connection-no-database"
        assert "P1003" in cause.symptom
        there.as_superuser('CREATE DATABASE not_there OWNER "postgres"')  # as deploy does first
        try:
            at.cure(cause.remedies[-1])
            assert at.diagnose() == ()
        finally:
            there.as_superuser("DROP DATABASE not_there WITH (FORCE)")
