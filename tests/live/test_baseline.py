"""The first migration of a project that lived on ``db push``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import main
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from tests.live.deployment import POST, POST_MODEL, USER, USER_MODEL, Deployment
from tests.live.states import without_migrations
from tests.live.test_remedy import VERSIONS

SCRIPT = "prisma/migrations/0_init/migration.sql"
LOCK = "prisma/migrations/migration_lock.toml"


@pytest.fixture
def at(tmp_path: Path, server: EphemeralServer) -> Iterator[Deployment]:
    with server.database() as database:
        made = Deployment(tmp_path / "project", server, database, VERSIONS[7])
        without_migrations(made)
        made.write({"package.json": '{"devDependencies": {"prisma": "7.10.0"}}'})
        yield made


def baseline(at: Deployment, *options: str, fails: int = 0) -> str:
    done = CliRunner().invoke(main, ["baseline", str(at.root), *options])
    assert done.exit_code == fails, done.output
    return done.output


@pytest.mark.parametrize("from_database", [False, True])
def test_a_database_made_with_db_push_is_in_step_afterwards(
    at: Deployment, *, from_database: bool
) -> None:
    said = baseline(at, *(["--database-url", at.url] if from_database else []))
    command = "npx prisma migrate resolve --applied 0_init"
    assert SCRIPT in said
    assert LOCK in said
    assert command in said
    at.run(command)
    assert at.diagnose() == ()


def test_an_empty_database_becomes_the_same(at: Deployment) -> None:
    baseline(at)
    at.sql('DROP TABLE "User", "Post"')
    at.prisma("deploy")
    assert at.diagnose() == ()


def test_what_prisma_does_not_model_is_listed(at: Deployment) -> None:
    at.sql('CREATE VIEW names AS SELECT email FROM "User"')
    at.sql("ALTER TABLE \"User\" ADD CONSTRAINT filled CHECK (email <> '')")
    said = baseline(at, "--database-url", at.url)
    assert "view names" in said
    assert "CHECK filled of User" in said
    assert "VIEW" not in (at.root / SCRIPT).read_text()


def test_what_the_schema_says_otherwise_is_listed(at: Deployment) -> None:
    at.write_schema(USER_MODEL)
    assert "`Post`" in baseline(at, "--database-url", at.url)
    assert 'CREATE TABLE "Post"' in (at.root / SCRIPT).read_text()


def test_an_extension_that_the_schema_does_not_name_stays_out(at: Deployment) -> None:
    baseline(at, "--database-url", at.url)
    assert "EXTENSION" not in (at.root / SCRIPT).read_text()


def test_migrations_are_never_overwritten(at: Deployment) -> None:
    at.migration("0_init", "SELECT 1;\n")
    assert "already holds 0_init" in baseline(at, fails=2)
    assert (at.root / SCRIPT).read_text() == "SELECT 1;\n"
    assert not (at.root / LOCK).exists()


def test_a_lock_file_stays_as_it_is(at: Deployment) -> None:
    at.write({LOCK: '# ours\nprovider = "postgresql"\n'})
    assert LOCK not in baseline(at)
    assert (at.root / LOCK).read_text() == '# ours\nprovider = "postgresql"\n'


def test_a_lock_file_of_another_database_is_refused(at: Deployment) -> None:
    at.write({LOCK: 'provider = "sqlite"\n'})
    assert "P3019" in baseline(at, fails=2)
    assert not (at.root / SCRIPT).exists()


@pytest.mark.parametrize("name", ["../out", "a/b", "", "-x", "a b", "x" * 201])
def test_a_name_that_is_none_is_refused(at: Deployment, name: str) -> None:
    assert "is not a migration name" in baseline(at, f"--name={name}", fails=2)
    assert not (at.root / "prisma/migrations").exists()


def test_another_name(at: Deployment) -> None:
    assert "--applied 20260101000000_start" in baseline(at, "--name", "20260101000000_start")


def test_a_link_out_of_the_repository_is_refused(at: Deployment, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (at.root / "prisma/migrations").symlink_to(tmp_path / "outside")
    baseline(at, fails=2)
    assert list((tmp_path / "outside").iterdir()) == []


def test_an_empty_database_is_no_baseline(at: Deployment) -> None:
    at.sql('DROP TABLE "User", "Post"')
    assert "nothing to make a baseline of" in baseline(at, "--database-url", at.url, fails=2)


def test_the_url_is_never_shown(at: Deployment) -> None:
    url = "postgresql://me:s3cret@/gone?host=/nowhere"
    assert "s3cret" not in baseline(at, "--database-url", url, fails=3)
    assert not (at.root / SCRIPT).exists()


def test_from_the_schema_it_makes_what_the_schema_says(at: Deployment) -> None:
    baseline(at)
    text = (at.root / SCRIPT).read_text()
    assert USER in text
    assert POST in text
    assert POST_MODEL in (at.root / "prisma/schema.prisma").read_text()
