"""The tests' own machinery."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.launch import ServerSettings
from tests.servers import shared_server


def test_the_shared_server_outlives_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ServerSettings] = []

    def start(_: Binaries, *, settings: ServerSettings) -> nullcontext[None]:
        started.append(settings)
        return nullcontext()

    monkeypatch.setattr(EphemeralServer, "start", start)
    with shared_server(Binaries(Path("bin"), "17.0", "system")):
        pass
    assert [settings.bounds.seconds > 3600 for settings in started] == [True]
    assert ServerSettings().bounds.seconds == 1800  # what users get stays


MARKED = """
import pytest
from checker.engines.postgresql.server.ephemeral import EphemeralServer

@pytest.fixture
def server():
    return None

@pytest.fixture(scope="module")
def started():
    return EphemeralServer(None, "")

def test_by_fixture(server):
    with pytest.raises(AttributeError):
        EphemeralServer(None, "")

@pytest.mark.server
def test_by_hand():
    with pytest.raises(AttributeError):
        EphemeralServer(None, "")

def test_unmarked():
    try:
        EphemeralServer(None, "")
    except Exception:
        pass

def test_unmarked_fixture(started):
    pass

def test_without():
    pass

@pytest.mark.container
def test_image():
    pass
"""


@pytest.mark.parametrize(
    ("expression", "outcomes"),
    [
        (
            None,
            {
                "by_fixture": "PASSED",
                "by_hand": "PASSED",
                "unmarked": "PASSED",
                "unmarked_fixture": "ERROR",
                "without": "PASSED",
            },
        ),
        (
            "not server",
            {"unmarked": "FAILED", "unmarked_fixture": "ERROR", "without": "PASSED"},
        ),
        ("container", {"image": "PASSED"}),
    ],
)
def test_who_may_start_a_server(
    expression: str | None, outcomes: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "test_marks.py").write_text(MARKED)
    chosen = [] if expression is None else ["-m", expression]
    plugins = ["-p", "tests.conftest", "-p", "no:randomly", "-p", "no:cacheprovider"]
    place = ["-c", os.devnull, "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, *place, *chosen, "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert dict(re.findall(r"::test_(\w+) ([A-Z]+)", done.stdout)) == outcomes
    assert ("needs pytest.mark.server" in done.stdout) == (expression == "not server")
