"""What a user of the command line sees: output, exit codes, one clear sentence for bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from psycopg import pq

from checker.cli import main
from checker.pg.environment import without_libpq_variables
from tests.discover.conftest import SCHEMA, git, write
from tests.projects import DROP_AGE, POST, USER, make_project, make_repository

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop"
COMMAND = [sys.executable, "-m", "checker.cli"]
TWO = {"20260101000000_user": USER, "20260201000000_drop": DROP_AGE}


def with_model(root: Path, *fields: str) -> Path:
    """The project with the model whose table its migrations make."""
    lines = ("id Int @id @default(autoincrement())", "email String", *fields)
    model = "model User {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"
    return write(root, {"prisma/schema.prisma": SCHEMA + model})


def run(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {
        k: v for k, v in os.environ.items() if k != "CI" and not k.startswith(("GITHUB_", "INPUT_"))
    }
    repository = Path(__file__).parents[2]
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(repository), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def report(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = run("check", *arguments, "--format", "json")
    assert done.stderr == ""
    loaded = json.loads(done.stdout)
    assert isinstance(loaded, dict)
    return done.returncode, loaded


@pytest.mark.server
def test_the_example_shows_its_planted_loss() -> None:
    code, found = report(EXAMPLE, "--all")
    assert code == 1
    (project,) = found["projects"]
    (finding,) = project["findings"]
    assert finding["rule"] == "drop-add-looks-like-rename"
    assert finding["severity"] == "error"
    assert finding["migration"] == "20261109141500_customer_preferences"
    assert 'RENAME COLUMN "phone" TO "phoneNumber"' in finding["fix"]
    assert (project["replay"]["status"], project["replay"]["applied"]) == ("passed", 12)


@pytest.mark.server
def test_a_pull_request(tmp_path: Path) -> None:
    root = with_model(make_repository(tmp_path / "r", {"20260101000000_user": USER}, TWO))
    code, found = report(root)
    assert (code, found["verdict"]) == (1, "fail")
    (project,) = found["projects"]
    assert [m["state"] for m in project["migrations"]] == ["unchanged", "new"]
    assert [f["rule"] for f in project["findings"]] == ["ban-drop-column"]
    assert found["base"]["ref"] == "main"
    assert found["head"] == git(root, "rev-parse", "HEAD")


@pytest.mark.server
def test_paths_are_relative_to_the_repository(tmp_path: Path) -> None:
    root = with_model(make_repository(tmp_path / "r", {"20260101000000_user": USER}, TWO))
    _, found = report(root / "prisma")
    (finding,) = found["projects"][0]["findings"]
    assert finding["path"] == "prisma/migrations/20260201000000_drop/migration.sql"


@pytest.mark.server
def test_outside_git_nothing_is_new(tmp_path: Path) -> None:
    code, found = report(with_model(make_project(tmp_path, TWO)))
    assert (code, found["verdict"]) == (0, "pass")
    assert "--all" in found["notes"][0]


@pytest.mark.server
def test_fail_on_and_rule_settings(tmp_path: Path) -> None:
    root = with_model(make_repository(tmp_path / "r", {"20260101000000_user": USER}, TWO))
    write(root, {".migration-checker.yml": "rules: {ban-drop-column: warning}\n"})
    assert report(root)[0] == 0
    assert report(root, "--fail-on", "warning")[0] == 1
    write(root, {".migration-checker.yml": "rules: {ban-drop-column: off}\n"})
    assert report(root)[1]["projects"][0]["findings"] == []


def test_no_replay(tmp_path: Path) -> None:
    code, found = report(make_project(tmp_path, TWO), "--no-replay")
    assert code == 0
    assert found["projects"][0]["replay"]["status"] == "skipped"
    assert found["projects"][0]["replay"]["reason"] == "--no-replay was given"


def test_forms_and_output(tmp_path: Path) -> None:
    root = make_project(tmp_path, TWO)
    text = run("check", root, "--all", "--no-replay")
    assert "Column `User.age` is dropped" in text.stdout
    assert "\x1b" not in text.stdout
    page = run("check", root, "--all", "--no-replay", "--format", "markdown")
    assert page.stdout.startswith("### ❌ Migrations")
    file = tmp_path / "report.json"
    done = run("check", root, "--all", "--no-replay", "--format", "json", "-o", file)
    assert (done.stdout, done.returncode) == ("", 1)
    assert run("render", file).stdout == page.stdout
    assert run("render", file, "--format", "text").stdout == text.stdout


@pytest.mark.server
def test_a_replay_that_fails(tmp_path: Path) -> None:
    root = make_project(tmp_path, {"1_user": USER, "2_again": f"\n{USER}"})
    code, found = report(root)
    assert (code, found["verdict"]) == (1, "fail")
    failure = found["projects"][0]["replay"]["failure"]
    assert (failure["migration"], failure["line"], failure["sqlstate"]) == ("2_again", 2, "42P07")
    (finding,) = found["projects"][0]["findings"]
    assert finding["rule"] == "history-does-not-replay"


@pytest.mark.server
def test_an_unknown_prisma_version_is_no_failure(tmp_path: Path) -> None:
    # Up to Prisma 7.3 the file is one transaction, in which CONCURRENTLY is refused.
    script = USER + 'CREATE INDEX CONCURRENTLY "i" ON "User"("age");\n'
    root = with_model(
        make_project(tmp_path, {"1_user": script}), "age Int?", '@@index([age], map: "i")'
    )
    code, found = report(root)
    replayed = found["projects"][0]["replay"]
    assert (code, found["verdict"], replayed["status"]) == (0, "not_verified", "not_verified")
    assert "runs on 7.4.0 but fails on 6.19.0" in replayed["reason"]
    assert report(root, "--prisma-version", "6.19.3")[0] == 1
    _, newer = report(root, "--prisma-version", "7.4.0")
    assert newer["projects"][0]["replay"]["status"] == "passed"


@pytest.mark.server
def test_the_bases_setup_counts_and_not_the_pull_requests(tmp_path: Path) -> None:
    grant = {"1_grant": USER + 'GRANT SELECT ON "User" TO reader;\n'}
    setup = {".migration-checker.yml": "setup: setup.sql\n", "setup.sql": "CREATE ROLE reader;\n"}
    merged = make_repository(tmp_path / "merged", grant, {**grant, "2_post": POST}, **setup)
    assert report(merged)[1]["projects"][0]["replay"]["status"] == "passed"
    fresh = make_repository(tmp_path / "fresh", grant, {**grant, "2_post": POST})
    write(fresh, setup)
    found = report(fresh)[1]
    assert found["projects"][0]["replay"]["status"] == "failed"
    assert any("takes effect once it is in the base" in note for note in found["notes"])


def test_a_change_of_the_rules_is_told(tmp_path: Path) -> None:
    base = {"1_user": USER}
    settings = "rules: {ban-drop-column: off}\n"
    root = make_repository(tmp_path / "r", base, {**base, "2_drop": DROP_AGE})
    write(root, {".migration-checker.yml": settings})
    told = "This change also sets which rules apply, in .migration-checker.yml: review that too."
    assert told in report(root, "--no-replay")[1]["notes"]
    known = {".migration-checker.yml": settings}
    merged = make_repository(tmp_path / "m", base, {**base, "2_drop": DROP_AGE}, **known)
    write(merged, {".migration-checker.yml": f"fail_on: warning\n{settings}"})
    assert told not in report(merged, "--no-replay")[1]["notes"]


@pytest.mark.server
def test_a_platform_s_roles(tmp_path: Path) -> None:
    root = make_project(tmp_path, {"1_grant": USER + 'GRANT SELECT ON "User" TO anon;\n'})
    assert report(root)[1]["projects"][0]["replay"]["status"] == "failed"
    write(root, {".migration-checker.yml": "preset: supabase\n"})
    assert report(root)[1]["projects"][0]["replay"]["status"] == "passed"
    # In CI the files may be a stranger's, and without a base nothing vouches for them.
    done = run("check", root, env={"CI": "true"})
    assert done.returncode == 1
    assert "takes effect once it is in the base" in done.stdout


@pytest.mark.parametrize(
    ("files", "arguments", "code", "says"),
    [
        ({}, ["missing"], 2, "missing does not exist"),
        ({"a.txt": "x"}, ["."], 2, "no Prisma"),
        ({"prisma/schema.prisma": "model A {}\n"}, ["."], 2, "prisma/schema.prisma"),
        ({"prisma/schema.prisma": b"\xff\xfe"}, ["."], 2, "UTF-8"),
        ({".migration-checker.yml": "fial_on: error\n"}, ["."], 2, "did you mean fail_on?"),
        ({".migration-checker.yml": b"\xff"}, ["."], 2, "is not UTF-8"),
        ({}, [".", "--base", "main"], 2, "not in a git repository"),
        ({}, [".", "--config", "none.yml"], 2, "no configuration file none.yml"),
        ({}, [".", "--prisma-version", "six"], 2, "six"),
        ({}, [".", "--server-bin", "."], 2, "--server-bin"),
        ({}, [".", "--server-url", "postgresql://u:pw@127.0.0.1:1/x"], 3, "connection was refused"),
        ({}, [".", "--fail-on", "never"], 2, "never"),
    ],
)
def test_bad_input_gets_one_sentence(
    files: dict[str, str | bytes], arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    if "prisma/schema.prisma" not in files and "a.txt" not in files:
        make_project(tmp_path, TWO)
    write(tmp_path, files)
    done = run("check", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert "pw" not in done.stderr
    assert done.stdout == ""
    if "Usage:" not in done.stderr:
        assert len(done.stderr.splitlines()) == 1


def test_a_base_that_does_not_exist(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", TWO, TWO)
    done = run("check", root, "--base", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_no_postgresql_anywhere(tmp_path: Path) -> None:
    root = make_project(tmp_path, TWO)
    blind = (
        "import sys, runpy; import checker.engines.postgresql.server.binaries as b\n"
        "b._system_directories = lambda: iter(()); b._embedded_directory = lambda: None\n"
        "sys.argv = ['migration-checker', 'check', sys.argv[1]]; "
        "from checker.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", blind, str(root)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "[embedded]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"r.json": "{}"})
    done = run("render", tmp_path / "r.json")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert run("render", tmp_path / "none.json").returncode == 2


def test_a_project_without_migrations(tmp_path: Path) -> None:
    code, found = report(make_project(tmp_path, {}))
    assert (code, found["verdict"]) == (0, "pass")
    assert "no migration" in found["projects"][0]["replay"]["reason"]


@pytest.mark.server
def test_defects_of_the_history_are_findings(tmp_path: Path) -> None:
    root = make_project(tmp_path, {"1_user": USER})
    (root / "prisma/migrations/2_empty").mkdir()
    code, found = report(root)
    assert code == 1
    assert [f["rule"] for f in found["projects"][0]["findings"]] == ["migration-unreadable"]
    write(root, {"prisma/migrations/2_empty/migration.sql": b"SELECT '\xff';"})
    (finding,) = report(root)[1]["projects"][0]["findings"]
    assert "is not UTF-8" in finding["message"]
    write(root, {"prisma/migrations/2_empty/migration.sql": "<<<<<<< HEAD\nSELECT 1;\n"})
    code, found = report(root, "--all")
    assert code == 1
    assert len(found["projects"][0]["findings"]) == 1
    write(root, {"prisma/migrations/2_empty/migration.sql": "\ufeffSELECT 1;\n"})
    assert report(root, "--all")[0] == 1
    write(root, {"prisma/migrations/2_empty/migration.sql": "SELECT 1;\n"})
    write(root, {"prisma/migrations/migration_lock.toml": 'provider = "mysql"\n'})
    code, found = report(root)
    assert code == 1
    assert [f["rule"] for f in found["projects"][0]["findings"]] == ["lock-provider-mismatch"]


def test_lint_knows_the_history_beside_a_file(tmp_path: Path) -> None:
    root = make_project(tmp_path, TWO)
    file = "prisma/migrations/20260201000000_drop/migration.sql"
    done = run("lint", file, "--format", "json", cwd=root)
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["projects"][0]["findings"]
    assert (finding["rule"], finding["path"]) == ("ban-drop-column", file)
    both = run("lint", file, file.replace("20260201000000_drop", "20260101000000_user"), cwd=root)
    assert both.returncode == 0  # table and column are born in the same change
    assert run("lint", "none.sql", cwd=root).returncode == 2
    write(root, {"loose.sql": "TRUNCATE a;"})
    assert run("lint", "loose.sql", cwd=root).returncode == 1


def test_rules_and_explain() -> None:
    listed = run("rules").stdout.splitlines()
    assert any(line.startswith("ban-drop-column ") for line in listed)
    assert "Instead:" in run("explain", "ban-drop-column").stdout
    wrong = run("explain", "ban-drop-colum")
    assert (wrong.returncode, "ban-drop-column" in wrong.stderr) == (2, True)


@pytest.mark.server
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "p", {}, {"1_sleep": "SELECT pg_sleep(60);\n"})
    own = Path(tempfile.mkdtemp(prefix="mc"))  # short enough for a socket's path
    own.chmod(0o1777)
    repository = Path(__file__).parents[2]
    process = subprocess.Popen(
        [*COMMAND, "check", str(root)],
        cwd=repository,
        env={**os.environ, "TMPDIR": str(own)},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    started = False
    while not started and time.monotonic() < deadline:
        started = bool(list(own.glob("*/**/postmaster.pid")))
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode not in (0, 1)
    assert "Traceback" not in errors
    assert started
    while list(own.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)  # after a kill it is the watchdog that cleans up
    assert list(own.iterdir()) == []
    own.rmdir()


def test_prisma_8_is_answered_honestly(tmp_path: Path) -> None:
    root = make_project(tmp_path, {})
    write(root, {f"prisma/migrations/1_a/{n}": "{}" for n in ("migration.json", "ops.json")})
    code, found = report(root)
    assert (code, found["verdict"]) == (0, "not_verified")
    assert "Prisma 8" in found["projects"][0]["replay"]["reason"]


@pytest.mark.parametrize("arguments", [["check", EXAMPLE, "--no-replay"], ["--help"], ["rules"]])
def test_a_full_disk_is_told(arguments: list[str | Path]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 3
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1


def test_closed_outputs_leave_the_exit_code() -> None:
    closed = f"exec {' '.join(COMMAND)} check {EXAMPLE} --no-replay >&- 2>&-"
    assert subprocess.run(["sh", "-c", closed], check=False, timeout=120).returncode == 0


def test_a_defect_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a stranger's text")

    monkeypatch.setattr("checker.workspace.open_workspace", broken)
    done = CliRunner().invoke(main, ["check", "."])
    assert done.exit_code == 3
    assert re.fullmatch(
        r"migration-checker: A bug in the checker \(KeyError in checker/cli/check\.py line \d+\): "
        r"please report it; MIGRATION_CHECKER_DEBUG=1 shows the traceback\n",
        done.stderr,
    )


def test_the_environment_of_libpq_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "nowhere")
    with without_libpq_variables():
        assert "PGSERVICE" not in os.environ
    assert os.environ["PGSERVICE"] == "nowhere"


def test_every_variable_of_libpq_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar]
    for name in known:
        monkeypatch.setenv(name, "x")
    with without_libpq_variables():
        assert [name for name in known if name in os.environ] == []


@pytest.mark.server
def test_a_service_of_libpq_does_not_matter() -> None:
    done = run("check", EXAMPLE, "--quiet", env={"PGSERVICE": "nowhere", "PGOPTIONS": "-c x"})
    assert (done.returncode, done.stderr) == (0, "")
