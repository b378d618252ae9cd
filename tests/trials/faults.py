"""Faults of the machine, put into a check that runs: what it says must never be greener for them.

``python -m tests.trials.faults [NUMBER [SEED]]`` puts that many in at random moments, each into a
run of its own, and prints what came of each.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tests.projects import POST, USER, make_repository

Victim = Literal["checker", "postmaster", "backend", "nobody"]
LOSS = 'ALTER TABLE "User" DROP COLUMN "age";\n'
"""What is an error when it has been watched, and one to be read."""
HIDDEN = "DO $$ BEGIN EXECUTE format('DELETE FROM %I', 'User'); END $$;\n"
"""What is an error only when it has been watched."""


class Outcome(Struct, frozen=True):
    """How a run ended. ``hit`` says whether there was anything to kill; ``left`` is what stayed
    behind, and ``seconds`` how long the run took after the fault.
    """

    code: int
    verdict: str | None
    errors: str
    hit: bool
    left: tuple[str, ...]
    seconds: float


def start(root: Path, temporary: Path, *arguments: str) -> subprocess.Popen[str]:
    """A check of a repository, whose files lie in a directory of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI"))}
    command = [sys.executable, "-m", "checker.cli", "check", str(root), "--format", "json"]
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def put_fault(
    root: Path, temporary: Path, victim: Victim, after: float, number: int = signal.SIGKILL
) -> Outcome:
    """Starts a check and kills something of it when a server has been there for some seconds."""
    process = start(root, temporary)
    while not servers(temporary) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(after)
    began = time.monotonic()
    hit = _kill(process, temporary, victim, number)
    output, errors = process.communicate(timeout=120)
    seconds = time.monotonic() - began
    try:
        verdict = json.loads(output)["verdict"]
    except ValueError:
        verdict = None
    return Outcome(process.returncode, verdict, errors, hit, _left(temporary), seconds)


def servers(temporary: Path) -> list[int]:
    """The processes that began the servers whose files lie in the directory."""
    found = []
    for file in temporary.glob("*/data/postmaster.pid"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found.append(int(file.read_text().splitlines()[0]))
    return found


def _kill(process: subprocess.Popen[str], temporary: Path, victim: Victim, number: int) -> bool:
    if victim == "nobody":
        return True
    if victim == "checker":
        process.send_signal(number)
        return True
    targets = servers(temporary)
    if victim == "backend":
        targets = [child for server in targets for child in _backends(server)]
    for target in targets[-1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, number)
            return True
    return False


def _backends(server: int) -> Iterator[int]:
    """The processes of a server that serve a connection."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server and b"[local]" in (path / "cmdline").read_bytes():
                yield int(path.name)


def _left(temporary: Path) -> tuple[str, ...]:
    """What is still there after the watchdogs had their time."""
    for _ in range(200):
        if not list(temporary.iterdir()):
            break
        time.sleep(0.05)
    return tuple(path.name for path in temporary.iterdir())


def repository(root: Path, change: str) -> Path:
    """A repository whose last migration loses data."""
    base = {"1_user": USER}
    return make_repository(root, base, {**base, "2_post": POST + change})


def main(number: int, seed: int) -> None:
    random.seed(seed)
    greener: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        root = repository(Path(directory) / "r", HIDDEN)
        for turn in range(number):
            with tempfile.TemporaryDirectory(prefix="f") as made:
                Path(made).chmod(0o711)
                victim: Victim = random.choice(["checker", "postmaster", "backend"])
                after = random.uniform(0, 4)
                signals = [signal.SIGKILL, signal.SIGTERM] if victim == "checker" else [9]
                done = put_fault(root, Path(made), victim, after, random.choice(signals))
                green = done.code == 0
                greener["greener" if green else "not greener"] += 1
                greener["left something"] += bool(done.left)
                line = done.errors.strip().splitlines()[-1:] or [""]
                print(turn, victim, f"{after:.2f}", done.code, done.verdict, done.left,
                      f"{done.seconds:.1f} s", line[0][:120], flush=True)  # fmt: skip
    print(dict(greener))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20, int(sys.argv[2]) if sys.argv[2:] else 1)
