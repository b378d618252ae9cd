"""The image as a command line."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from .conftest import PLANTED, SHOP
from .containers import Container, Process, has_podman, run

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("image")]

SCHEMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
"""


def project(directory: Path, *scripts: str) -> Path:
    """A Prisma project with a history of these scripts."""
    (directory / "schema.prisma").write_text(SCHEMA)
    for number, script in enumerate(scripts, 1):
        migration = directory / "migrations" / f"2026010100000{number}_step"
        migration.mkdir(parents=True)
        (migration / "migration.sql").write_text(script)
    (directory / "migrations/migration_lock.toml").write_text('provider = "postgresql"\n')
    return directory


def test_it_finds_what_is_planted_in_the_example() -> None:
    ran = run("check", "--all", ".", mounts={SHOP: "/work"}, directory="/work")
    assert ran.code == 1, ran
    assert PLANTED in ran.output
    assert "1 error" in ran.output
    assert "PostgreSQL 17." in ran.output
    assert "Traceback" not in ran.errors
    assert ran.left == []


@pytest.mark.parametrize(
    "script",
    [
        "CREATE EXTENSION vector; CREATE TABLE item (id int PRIMARY KEY, place vector(3) NOT NULL);"
        "CREATE INDEX ON item USING hnsw (place vector_l2_ops);",
        # The image has no JIT compiler: one who asks for it must not notice.
        "SET jit = on; SET jit_above_cost = 0; SELECT sum(n) FROM generate_series(1, 9) AS n;",
    ],
    ids=["vector", "jit"],
)
def test_a_history_replays(tmp_path: Path, script: str) -> None:
    mounts = {project(tmp_path, script): "/work"}
    ran = run("check", "--all", "--format", "json", mounts=mounts, directory="/work")
    replay = json.loads(ran.output)["projects"][0]["replay"]
    assert replay["status"] == "passed", ran
    assert ran.left == []


def test_the_server_is_no_root_opens_no_port_and_goes_with_the_container(tmp_path: Path) -> None:
    if not has_podman():
        pytest.skip("the processes of a container are told by podman, which does not run here")
    mounts = {project(tmp_path, "SELECT pg_sleep(100);"): "/work"}
    with Container(["check", "--all"], mounts, "/work") as container:
        server = wait_for_replay(container)
        assert {process.user for process in server} == {"postgres"}
        for table in ("tcp", "tcp6"):  # of the container's own network; the first line is a title
            text = Path(f"/proc/{server[0].pid}/net/{table}").read_text()
            assert len(text.splitlines()) == 1, text
        ran = container.stop()
    assert ran.code == 143, ran  # SIGTERM, obeyed
    assert ran.left == []


def wait_for_replay(container: Container) -> list[Process]:
    """The processes of PostgreSQL once they stay the same: in the migration that sleeps."""
    before: list[Process] = []
    while container.process.poll() is None:
        now = [each for each in container.processes() if "postgres" in each.command]
        if now == before and any("[local]" in each.command for each in now):
            return now
        before = now
        time.sleep(0.25)
    raise AssertionError(f"The replay ended: {container.finish()}")
