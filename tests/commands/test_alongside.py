"""The line on the deployed database in the report of a check."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import main
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Deployed, Report, Tool
from checker.pg.connection import connect
from checker.report.markdown import render_markdown
from checker.report.text import render_text
from tests.discover.conftest import SCHEMA
from tests.projects import USER, make_project

MODEL = "model User {\n  id Int @id @default(autoincrement())\n  email String\n  age Int?\n}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path, {"1_user": USER}, **{"prisma/schema.prisma": SCHEMA + MODEL})


def test_a_database_that_lacks_a_migration_is_told_and_stays_as_it_is(
    project: Path, server: EphemeralServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.database() as database:
        parameters = database.superuser or {}
        url = (
            f"postgresql://{parameters['user']}:{parameters['password']}@/{database.name}"
            f"?host={parameters['host']}&port={parameters.get('port', '5432')}"
        )
        monkeypatch.setenv("PRODUCTION", url)
        done = CliRunner().invoke(main, ["check", str(project), "--database-url-env", "PRODUCTION"])
        with connect(database.owner) as connection:
            left = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert left.fetchone() == (0,)
    assert done.exit_code == 0
    assert "Deployed database: 1 pending" in done.output
    assert parameters["password"] not in done.output


def test_a_database_that_cannot_be_reached_does_not_change_the_verdict(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTION", "postgresql://u:hunter2@127.0.0.1:1/x")
    done = CliRunner().invoke(
        main, ["check", str(project), "--no-replay", "--database-url-env", "PRODUCTION"]
    )
    assert done.exit_code == 0
    assert "Deployed database: not looked at:" in done.output
    assert "hunter2" not in done.output


def test_a_variable_without_a_url_is_wrong_usage(project: Path) -> None:
    done = CliRunner().invoke(main, ["check", str(project), "--database-url-env", "NOT_THERE"])
    assert done.exit_code == 2
    assert "NOT_THERE holds no database URL" in done.output


@pytest.mark.parametrize(
    ("deployed", "line"),
    [
        (Deployed(True, "in step"), "Deployed database: in step"),
        (
            Deployed(False, "1 failed", ("Migration `1_a` failed",)),
            "Deployed database: 1 failed: Migration `1_a` failed",
        ),
        (Deployed(None, "not looked at: refused"), "Deployed database: not looked at: refused"),
    ],
)
def test_one_line_in_every_form(deployed: Deployed, line: str) -> None:
    report = Report(1, "pass", Tool("t", "1"), (), deployed=deployed)
    assert line in render_text(report, color=False, width=100)
    assert line in render_markdown(report, marker=None, links=None)
