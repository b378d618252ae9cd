"""Wall times of `lint`, each run a process of its own, beside squawk where it is installed.

    python benchmarks/lint.py [--files N] [--runs N]

One file is what a commit hook gives; the thousand are one history, in which each migration is
judged after those before it. squawk (`pip install squawk-cli`) reads the same files without a
history. Runs of the two take turns, so that a drifting machine favours neither.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

OURS = [sys.executable, "-I", "-m", "checker.cli", "lint"]


class Run(NamedTuple):
    """Seconds and peak memory in MB of one process."""

    seconds: float
    memory: float


def migration(number: int) -> str:
    """A migration as Prisma writes it: a table, a foreign key, and now and then a drop."""
    table, parent = f"Model{number}", f"Model{max(number - 1, 0)}"
    sql = (
        f'-- CreateTable\nCREATE TABLE "{table}" (\n    "id" SERIAL NOT NULL,\n'
        '    "email" TEXT NOT NULL,\n    "parentId" INTEGER,\n'
        '    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,\n\n'
        f'    CONSTRAINT "{table}_pkey" PRIMARY KEY ("id")\n);\n\n'
        f'-- CreateIndex\nCREATE UNIQUE INDEX "{table}_email_key" ON "{table}"("email");\n\n'
        f'-- AddForeignKey\nALTER TABLE "{table}" ADD CONSTRAINT "{table}_parentId_fkey" '
        f'FOREIGN KEY ("parentId") REFERENCES "{parent}"("id") '
        "ON DELETE SET NULL ON UPDATE CASCADE;\n"
    )
    if number % 10 == 9:
        sql += f'\n-- AlterTable\nALTER TABLE "Model{number - 9}" DROP COLUMN "email";\n'
    return sql


def write_history(root: Path, count: int) -> list[Path]:
    """``count`` migrations of a PostgreSQL project below a directory."""
    directory = root / "prisma/migrations"
    files = []
    for number in range(count):
        file = directory / f"{20200101000000 + number}_step/migration.sql"
        file.parent.mkdir(parents=True)
        file.write_text(migration(number))
        files.append(file)
    (directory / "migration_lock.toml").write_text('provider = "postgresql"\n')
    (root / "package.json").write_text('{"dependencies": {"prisma": "6.19.3"}}')
    return files


def run(command: Sequence[str | Path]) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Run(time.perf_counter() - began, usage.ru_maxrss / 1024)


def squawk() -> str | None:
    """The program, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.exists() else shutil.which("squawk")


def row(name: str, values: Sequence[float], unit: str = "") -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name:<36}{low:>8.3f}{middle:>8.3f}{high:>8.3f}{unit}")


def compare(title: str, files: Sequence[Path], runs: int) -> None:
    other = squawk()
    ours, theirs = [], []
    for _ in range(runs + 1):  # the first warms up and is left out
        ours.append(run([*OURS, *files]))
        if other is not None:
            theirs.append(run([other, *files]))
    row(title, [r.seconds for r in ours[1:]], f"{max(r.memory for r in ours):>8.0f} MB")
    if other is None:
        print("  squawk is not installed")
        return
    row("  squawk", [r.seconds for r in theirs[1:]], f"{max(r.memory for r in theirs):>8.0f} MB")
    row("  ratio", [a.seconds / b.seconds for a, b in zip(ours[1:], theirs[1:], strict=True)])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--files", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=5)
    options = arguments.parse_args()
    print(f"{'seconds':<36}{'min':>8}{'median':>8}{'max':>8}{'memory':>11}")
    with tempfile.TemporaryDirectory() as place:
        files = write_history(Path(place), options.files)
        compare("lint, one file on its own history", files[:1], options.runs)
        compare(f"lint, last of {options.files} files", files[-1:], options.runs)
        compare(f"lint, {options.files} files", files, options.runs)


if __name__ == "__main__":
    main()
