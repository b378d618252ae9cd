"""``init``: what it writes for which repository, and that it overwrites nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from checker.cli import main
from checker.commands.init import COMMENT_WORKFLOW, WORKFLOW, Wanted, initialise
from checker.config import parse_config
from checker.discover.projects import find_projects
from checker.errors import InputError
from tests.discover.conftest import LOCK, SCHEMA, git, write
from tests.projects import USER, files

ROOT = Path(__file__).parents[2]
INPUTS = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
PINNED = Wanted("acme/checker@0123456789012345678901234567890123456789")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return write(tmp_path, files({"20260101000000_user": USER}))


def job(root: Path, name: str = WORKFLOW) -> dict[str, Any]:
    """The only job of a workflow, and what its last step gives the action."""
    workflow = yaml.safe_load((root / name).read_text())
    (only,) = workflow["jobs"].values()
    return dict(only)


def given(root: Path, action: str = PINNED.action) -> dict[str, str]:
    (step,) = [each for each in job(root)["steps"] if each["uses"] == action]
    assert set(step.get("with", {})) <= set(INPUTS)
    return dict(step.get("with", {}))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["init", *map(str, arguments)])


def test_a_repository_with_one_project(root: Path) -> None:
    done = initialise(root, PINNED)
    assert [(file.path, file.written) for file in done.files] == [
        (WORKFLOW, True),
        (".migration-checker.yml", True),
    ]
    assert job(root)["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "services" not in job(root)
    assert given(root) == {}
    text = (root / ".migration-checker.yml").read_text()
    assert parse_config(text, "it").fail_on == "error"
    assert "prisma/schema.prisma with prisma/migrations, Prisma 6." in text


def test_the_settings_that_are_commented_out_are_settings(root: Path) -> None:
    initialise(root, PINNED)
    text = (root / ".migration-checker.yml").read_text().partition("\n\n")[2].replace("# ", "", 3)
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    assert len(lines) == 3
    assert parse_config("\n".join(lines), "it").large_tables == ("Order",)


def test_a_monorepo_below_the_root(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("billing", "it's here"):
        place = f"packages/{name}"
        write(
            tmp_path,
            {
                f"{place}/prisma/schema.prisma": SCHEMA,
                f"{place}/prisma/migrations/20260101000000_user/migration.sql": USER,
                f"{place}/prisma/migrations/migration_lock.toml": LOCK,
                f"{place}/package.json": '{"devDependencies": {"prisma": "7.4.1"}}',
            },
        )
    done = initialise(tmp_path / "packages/it's here", PINNED)
    assert done.root == tmp_path
    assert [project.schema for project in done.projects] == [
        "packages/it's here/prisma/schema.prisma"
    ]
    assert given(tmp_path) == {"path": "packages/it's here"}
    assert "Prisma 7.4.1" in (tmp_path / ".migration-checker.yml").read_text()
    assert len(initialise(tmp_path, PINNED).projects) == 2


@pytest.mark.parametrize(
    ("said", "image"),
    [("16.4", "postgres:16.4"), ("pgvector/pgvector:pg16", "pgvector/pgvector:pg16")],
)
def test_a_service_container(root: Path, said: str, image: str) -> None:
    initialise(root, Wanted(PINNED.action, postgres=said))
    assert job(root)["services"]["postgres"]["image"] == image
    assert "@postgres:5432/" in given(root)["server-url"]


def test_forks_take_two_workflows(root: Path) -> None:
    initialise(root, Wanted(PINNED.action, forks=True))
    first, second = job(root), job(root, COMMENT_WORKFLOW)
    assert first["permissions"] == {"contents": "read"}
    assert given(root)["comment"] == "false"
    upload = first["steps"][-1]["with"]
    assert f"--name {upload['name']} " in second["steps"][0]["run"] + " "
    rights = {"actions": "read", "contents": "read", "pull-requests": "write"}
    assert second["permissions"] == rights
    assert not [step for step in second["steps"] if "checkout" in step.get("uses", "")]
    assert set(second["steps"][1]["with"]) <= set(INPUTS)
    workflow = yaml.safe_load((root / COMMENT_WORKFLOW).read_text())
    named = yaml.safe_load((root / WORKFLOW).read_text())["name"]
    assert workflow[True]["workflow_run"]["workflows"] == [named]


def test_nothing_is_overwritten(root: Path) -> None:
    write(root, {WORKFLOW: "mine\n"})
    first, second = run(root), run(root)
    assert "kept  .github/workflows/migrations.yml" in first.output
    assert "wrote .migration-checker.yml" in first.output
    assert second.output.count("kept ") == 2
    assert "wrote" not in second.output
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (root / WORKFLOW).read_text() == "mine\n"


def test_it_says_what_remains_to_be_done(root: Path) -> None:
    assert "OWNER/prisma-migration-checker@v0" in run(root).output
    (root / WORKFLOW).unlink()
    assert "OWNER" not in run(root, "--action", "acme/checker@v1").output


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        (Wanted("checker"), "OWNER/REPOSITORY@REF"),
        (Wanted("acme/checker@v1\n        run: id"), "OWNER/REPOSITORY@REF"),
        (Wanted(PINNED.action, postgres="16 # x"), "not a PostgreSQL version"),
        (Wanted(PINNED.action, postgres="${{ secrets.X }}"), "not a PostgreSQL version"),
    ],
)
def test_names_that_are_none(root: Path, wanted: Wanted, part: str) -> None:
    with pytest.raises(InputError, match=part):
        initialise(root, wanted)
    assert not (root / ".github").exists()


def test_a_path_that_would_be_an_expression(root: Path) -> None:
    place = root / "${{ github.token }}"
    write(place, files({"20260101000000_user": USER}))
    with pytest.raises(InputError, match="expression"):
        initialise(place, PINNED)


def test_a_repository_without_prisma(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "No Prisma schema was found" in result.output
    assert list(tmp_path.iterdir()) == [tmp_path / ".git"]


def test_the_settings_find_the_same_projects(root: Path) -> None:
    before = find_projects(root)
    initialise(root, PINNED)
    assert find_projects(root) == before
