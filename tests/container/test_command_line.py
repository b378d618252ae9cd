"""The image as a command line."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from checker import __version__
from tests.container.conftest import PLANTED, SHOP
from tests.container.containers import Container, Process, has_podman, run
from tests.container.harness import IMAGE, call

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
        "CREATE EXTENSION IF NOT EXISTS postgis; CREATE EXTENSION IF NOT EXISTS postgis_topology;"
        "CREATE TABLE shop (id int PRIMARY KEY, place geography(Point, 4326) NOT NULL);"
        "CREATE INDEX ON shop USING gist (place);"
        "DO $$ BEGIN ASSERT ST_Distance(ST_Transform('SRID=4326;POINT(13 52)'::geometry, 25833),"
        " 'SRID=25833;POINT(362700 5763400)'::geometry) < 1000; END $$;",
        "CREATE EXTENSION pg_trgm; CREATE EXTENSION citext; CREATE EXTENSION hstore;"
        'CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION pg_stat_statements;',
        # The image has no JIT compiler: one who asks for it must not notice.
        "SET jit = on; SET jit_above_cost = 0; SELECT sum(n) FROM generate_series(1, 9) AS n;",
    ],
    ids=["vector", "postgis", "contrib", "jit"],
)
def test_a_history_replays(tmp_path: Path, script: str) -> None:
    mounts = {project(tmp_path, script): "/work"}
    ran = run("check", "--all", "--format", "json", mounts=mounts, directory="/work")
    replay = json.loads(ran.output)["projects"][0]["replay"]
    assert replay["status"] == "passed", ran
    assert ran.left == []


def test_what_the_image_lacks_is_named_and_no_failure(tmp_path: Path) -> None:
    script = "CREATE EXTENSION IF NOT EXISTS postgis; CREATE EXTENSION postgis_raster;"
    mounts = {project(tmp_path, script): "/w"}
    ran = run("check", "--all", "--format", "json", mounts=mounts, directory="/w")
    replay = json.loads(ran.output)["projects"][0]["replay"]
    assert ran.code == 0, ran
    assert replay["status"] == "not_verified"
    assert "postgis_raster" in json.dumps(replay)


@pytest.mark.parametrize("extension", ["postgis", "postgis_topology"])
def test_no_extension_makes_a_migration_a_superuser(tmp_path: Path, extension: str) -> None:
    """The script of postgis_topology calls topology.addtosearchpath, which is not there yet."""
    script = (
        "CREATE SCHEMA IF NOT EXISTS topology; CREATE TABLE public.reached (who text);"
        "CREATE FUNCTION topology.addtosearchpath(a text) RETURNS text LANGUAGE plpgsql AS $f$ "
        "BEGIN INSERT INTO public.reached VALUES (current_user); RETURN 'x'; END $f$;"
        f"DO $$ BEGIN CREATE EXTENSION {extension} CASCADE; "
        "EXCEPTION WHEN OTHERS THEN NULL; END $$;"
        "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM public.reached); END $$;"
    )
    mounts = {project(tmp_path, script): "/work"}
    ran = run("check", "--all", "--format", "json", mounts=mounts, directory="/work")
    # The ASSERT fails where it was; what may not be made in the superuser's schema is not verified.
    assert json.loads(ran.output)["projects"][0]["replay"]["status"] != "failed", ran


def test_the_witness_sees_what_is_lost(tmp_path: Path) -> None:
    mounts = {
        project(
            tmp_path,
            'CREATE TABLE "Bill" (id int PRIMARY KEY, note text NOT NULL);',
            'ALTER TABLE "Bill" DROP COLUMN "note";',
        ): "/work"
    }
    arguments = ["check", "--last", "1", "--format", "json"]
    ran = run(*arguments, mounts=mounts, directory="/work")
    found = json.loads(ran.output)["projects"][0]["findings"]
    assert ran.code == 1, ran
    assert {each["evidence"] for each in found if each["rule"] == "ban-drop-column"} == {"proven"}


@pytest.mark.parametrize(("field", "code"), [("", 0), ("  phone String?\n", 2)])
def test_drift(tmp_path: Path, field: str, code: int) -> None:
    directory = project(tmp_path, 'CREATE TABLE "Bill" ("id" INTEGER NOT NULL PRIMARY KEY);')
    schema = directory / "schema.prisma"
    schema.write_text(f"{SCHEMA}\nmodel Bill {{\n  id Int @id\n{field}}}\n")
    ran = run("drift", mounts={directory: "/work"}, directory="/work")
    assert ran.code == code, ran
    assert ran.left == []


def test_the_image_says_what_it_is_made_of() -> None:
    bill = json.loads(read("/opt/migration-checker/sbom.cdx.json"))
    parts = {part["purl"].partition("@")[0]: part["version"] for part in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert parts["pkg:deb/debian/postgresql-17"].startswith("17.")
    assert parts["pkg:pypi/prisma-migration-checker"] == __version__
    assert {"pkg:deb/debian/postgresql-17-postgis-3", "pkg:pypi/psycopg"} <= set(parts)
    config = json.loads(call("buildah", "inspect", "--type", "image", IMAGE))["OCIv1"]
    labels = {name.rpartition(".")[2] for name in config["config"]["Labels"]}
    assert {"title", "licenses", "version", "revision", "source"} <= labels
    assert len(config["rootfs"]["diff_ids"]) == 3  # Debian, what we take from it, and ourselves


def read(path: str) -> str:
    """A file of the image."""
    name = call("buildah", "from", "--pull-never", IMAGE).strip()
    try:
        return Path(call("buildah", "mount", name).strip() + path).read_text()
    finally:
        call("buildah", "rm", name)


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


# The program, or what a process of it calls itself; not our own modules of that name.
_POSTGRES = re.compile(r"(\S*/)?postgres(:|\s|$)")


def wait_for_replay(container: Container) -> list[Process]:
    """The processes of PostgreSQL once they stay the same: in the migration that sleeps."""
    before: list[Process] = []
    while container.process.poll() is None:
        now = [each for each in container.processes() if _POSTGRES.match(each.command)]
        if now == before and any("[local]" in each.command for each in now):
            return now
        before = now
        time.sleep(0.25)
    raise AssertionError(f"The replay ended: {container.finish()}")
