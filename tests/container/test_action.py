"""The image as the action, run as GitHub's runner runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.container.conftest import PLANTED, SHOP
from tests.container.harness import ROOT
from tests.container.runner import RUNTIME_TOKEN, TOKEN, Job
from tests.github.fake import FakeGitHub

REPORT = "migration-checker-report.json"


pytestmark = pytest.mark.container


def test_a_pull_request_without_a_network(pull_request: tuple[Job, str]) -> None:
    job, base = pull_request
    step = job.run(base, {"comment": "false"})
    assert step.ran.code == 1, step
    assert step.ran.left == []
    expected = {"verdict": "fail", "errors": "1", "warnings": "0", "report": REPORT}
    assert expected.items() <= step.outputs.items()
    assert set(step.outputs) == set(job.action["outputs"])
    assert PLANTED in step.summary
    file = f"file=prisma/migrations/{PLANTED}/migration.sql"
    annotations = [line for line in step.ran.output.splitlines() if line.startswith("::error ")]
    assert [file in line for line in annotations] == [True]
    report = json.loads((job.workspace / REPORT).read_text())
    project = report["projects"][0]
    new = [each["name"] for each in project["migrations"] if each["state"] == "new"]
    assert new == [PLANTED]  # git was asked, although the workspace is another user's
    assert project["replay"]["status"] == "passed"
    assert project["replay"]["server"].startswith("PostgreSQL 17.")


def test_inputs_with_hyphens_arrive_and_tokens_stay_inside(pull_request: tuple[Job, str]) -> None:
    job, base = pull_request
    step = job.run(base, {"fail-on": "never", "comment": "false"})
    assert step.ran.code == 2, step
    assert "fail-on" in step.ran.errors
    wrong = step.ran
    right = job.run(base, {"path": "prisma", "comment": "false"}).ran
    said = [wrong.output, wrong.errors, right.output, right.errors]
    said += [path.read_text(errors="replace") for path in written(job)]
    assert not [text for text in said if TOKEN in text or RUNTIME_TOKEN in text]


def written(job: Job) -> list[Path]:
    """Every file outside git's own that a step can have written."""
    files = [path for path in job.directory.rglob("*") if path.is_file()]
    return [path for path in files if ".git" not in path.parts]


def test_the_workspace_can_neither_replace_modules_nor_lead_the_report_away(
    pull_request: tuple[Job, str],
) -> None:
    job, base = pull_request
    for name in ("checker.py", "msgspec.py", "sitecustomize.py"):
        (job.workspace / name).write_text("raise SystemExit(99)\n")
    (job.workspace / REPORT).symlink_to("/github/home/elsewhere")
    step = job.run(base, {"comment": "false"})
    assert step.ran.code == 1, step
    assert list(job.home.iterdir()) == []
    assert (job.workspace / REPORT).is_file()
    assert not (job.workspace / REPORT).is_symlink()


def test_it_comments(pull_request: tuple[Job, str]) -> None:
    job, base = pull_request
    with FakeGitHub() as github:
        step = job.run(base, {"comment-id": "shop"}, api=github.url, network="host")
        assert step.ran.code == 1, step
        assert github.violations == []
        assert [PLANTED in body for body in github.bodies()] == [True]
        assert f"Bearer {TOKEN}" in {call.headers.get("Authorization") for call in github.calls}


def test_the_workflow_of_the_project_expects_what_happens(job: Job) -> None:
    """The step of CI that tries the action on the example, and what its next step expects."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = workflow["jobs"]["action"]["steps"]
    inputs = next(step["with"] for step in steps if step.get("uses") == "./")
    expected = next(step["run"] for step in steps if "FOUND" in step.get("env", {}))
    shutil.copytree(SHOP, job.workspace / inputs["path"])
    step = job.run(job.commit(), inputs)
    outcome = "failure" if step.ran.code else "success"
    found = f"{outcome} {step.outputs['verdict']} {step.outputs['errors']}"
    assert expected == f'test "$FOUND" = "{found}"', step
