"""The two databases of a check, and how they come to an end. Each run here is a process."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from tests.engines.postgresql.test_given import url
from tests.projects import POST, USER, make_repository
from tests.trials.faults import start

ROLE = "CREATE ROLE reader;\n"
GRANT = 'GRANT SELECT ON "User" TO reader;\n'


@pytest.fixture(autouse=True)
def _needs_a_server(server: EphemeralServer) -> None:
    """Skips with the others where there is none."""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files with a short name that every user may pass through."""
    path = Path(gettempdir()) / f"runs-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    path.mkdir(mode=0o711)
    yield path
    for _ in range(200):  # where a run was killed its watchdogs clean up
        if not list(path.iterdir()):
            break
        time.sleep(0.05)
    path.rmdir()


@pytest.mark.parametrize("where", ["setup", "merged", "new"])
def test_a_role_is_made_once_on_each_server(tmp_path: Path, temporary: Path, where: str) -> None:
    setup = {".migration-checker.yml": "setup: setup.sql\n", "setup.sql": ROLE}
    base = {"1_user": (ROLE if where == "merged" else "") + USER}
    change = (ROLE if where == "new" else "") + GRANT + 'ALTER TABLE "User" DROP COLUMN "age";\n'
    root = make_repository(
        tmp_path / "r", base, {**base, "2_grant": change}, **(setup if where == "setup" else {})
    )
    output, errors = start(root, temporary).communicate(timeout=120)
    assert errors == ""
    (project,) = json.loads(output)["projects"]
    assert project["replay"]["status"] == "passed"
    assert project["witness"]["status"] == "observed"
    assert project["rollout"] is not None


@pytest.mark.parametrize(
    ("where", "number", "after"),
    [
        ("merged", signal.SIGTERM, 0.5),
        ("merged", signal.SIGTERM, 4.0),
        ("new", signal.SIGINT, 1.0),
        ("new", signal.SIGTERM, 4.0),
        ("new", signal.SIGKILL, 4.0),
    ],
)
def test_a_signal_ends_both(
    tmp_path: Path, temporary: Path, where: str, number: int, after: float
) -> None:
    """Whatever the two are at: starting, making a database, running a statement."""
    endless = "SELECT pg_sleep(100);\n"
    base = {"1_user": USER + (endless if where == "merged" else "")}
    root = make_repository(tmp_path / "r", base, {**base, "2_post": POST + endless})
    process = start(root, temporary)
    while not list(temporary.glob("migration-checker-*")):
        time.sleep(0.01)
    time.sleep(after)
    process.send_signal(number)
    process.communicate(timeout=60)  # and not when the statements end
    assert process.returncode != 0


def test_a_given_server_is_the_only_one(
    tmp_path: Path, temporary: Path, server: EphemeralServer
) -> None:
    """What a setup makes of its roles is there when it runs again, and that is said."""
    setup = {".migration-checker.yml": "setup: setup.sql\n", "setup.sql": ROLE}
    root = make_repository(tmp_path / "r", {"1_user": USER}, {"1_user": USER, "2": POST}, **setup)
    with server.database() as admin:
        assert admin.superuser
        output, errors = start(root, temporary, "--server-url", url(admin.superuser)).communicate()
    assert errors == ""
    (project,) = json.loads(output)["projects"]
    assert project["replay"]["status"] == "passed"
    assert project["witness"]["status"] == "not_verified"
    assert 'role "reader" already exists' in project["witness"]["reason"]
    assert project["rollout"] is None
