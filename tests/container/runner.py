"""A job as GitHub's runner sets it up for a step that is a container action.

Source: actions/runner, ContainerActionHandler.cs; GitHub's documentation, "Dockerfile support for
GitHub Actions".
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.container.containers import Container, Ran
from tests.container.harness import ROOT

RUNNER_USER = 1001
REPOSITORY, PULL_REQUEST = "acme/shop", 7
TOKEN, RUNTIME_TOKEN = "ghs_0123456789secretsecret", "eyJsecretruntimesecret"
_OUTPUT = re.compile(r"([\w-]+)<<(\S+)\n(.*?)\n\2\n", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """What a step of the job did."""

    ran: Ran
    outputs: dict[str, str]
    summary: str


class Job:
    """The directories of a job below ``directory``; ``workspace`` is what was checked out."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
        self.workspace, self.home, self.commands, self.workflow = (
            directory / name for name in ("workspace", "home", "file_commands", "workflow")
        )
        for path in (self.workspace, self.home, self.commands, self.workflow):
            path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        author = ("-c", "user.name=Dev", "-c", "user.email=dev@shop.example")
        command = ("git", "-c", "safe.directory=*", *author, *arguments)
        done = subprocess.run(
            command, cwd=self.workspace, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        """Commits all there is, and gives the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Change")
        return self.git("rev-parse", "HEAD")

    def run(
        self, base: str, inputs: Mapping[str, str], *, api: str | None = None, network: str = "none"
    ) -> Step:
        """Runs the action on a pull request against the commit ``base``."""
        head = self.git("rev-parse", "HEAD")
        repository = {"full_name": REPOSITORY, "default_branch": "main"}
        sides = {
            name: {"sha": sha, "ref": ref, "repo": repository}
            for name, sha, ref in (("base", base, "main"), ("head", head, "phone"))
        }
        event = {"repository": repository, "pull_request": {"number": PULL_REQUEST, **sides}}
        (self.workflow / "event.json").write_text(json.dumps(event))
        files = {"GITHUB_OUTPUT": "set_output_1", "GITHUB_STEP_SUMMARY": "step_summary_1"}
        for name in files.values():
            (self.commands / name).write_text("")
        self._give_to_runner()
        environ = {
            **self._inputs(inputs),
            **_variables(head, api or "https://api.github.invalid"),
            **{name: f"/github/file_commands/{file}" for name, file in files.items()},
        }
        paths = (self.workspace, self.home, self.commands, self.workflow)
        mounts = {path: f"/github/{path.name}" for path in paths}
        arguments = self.action["runs"]["args"]
        with Container(arguments, mounts, "/github/workspace", environ, network) as container:
            ran = container.finish()
        written = (self.commands / files["GITHUB_OUTPUT"]).read_text()
        outputs = {name: value for name, _, value in _OUTPUT.findall(written)}
        return Step(ran, outputs, (self.commands / files["GITHUB_STEP_SUMMARY"]).read_text())

    def _give_to_runner(self) -> None:
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, RUNNER_USER, RUNNER_USER, follow_symlinks=False)

    def _inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        """All inputs, as the runner passes them: hyphens stay, and what has no value is empty."""
        assert set(given) <= set(self.action["inputs"])
        values = {
            name: str(about.get("default", "")).replace("${{ github.token }}", TOKEN)
            for name, about in self.action["inputs"].items()
        } | dict(given)
        return {f"INPUT_{name.upper()}": value for name, value in values.items()}


def _variables(head: str, url: str) -> dict[str, str]:
    return {
        "CI": "true",
        "HOME": "/github/home",
        "ACTIONS_RUNTIME_TOKEN": RUNTIME_TOKEN,
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": f"{url}/api/v3",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_GRAPHQL_URL": f"{url}/api/graphql",
        "GITHUB_REF": f"refs/pull/{PULL_REQUEST}/merge",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_SHA": head,
        "GITHUB_WORKSPACE": "/github/workspace",
        "RUNNER_OS": "Linux",
    }
