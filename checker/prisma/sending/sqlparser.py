"""Asks the Rust crate sqlparser, through ``sqloxide``, how many statements it sees in a script.

In a process of its own, which is this file run as a program: a long enough chain of operators
overflows the crate's stack and ends the process that asked.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def count_statements(scripts: Sequence[str]) -> list[int | None]:
    """The number of statements of each script; None where the crate cannot read it."""
    from checker.bounds import SQLPARSER_CRASHES  # noqa: PLC0415 - the program has only this file

    counts: list[int | None] = []
    crashes = 0
    while len(counts) < len(scripts) and crashes < SQLPARSER_CRASHES:
        counts += _ask(scripts[len(counts) :])
        if len(counts) < len(scripts):  # the next script is the one that crashed it
            counts.append(None)
            crashes += 1
    return counts + [None] * (len(scripts) - len(counts))


def _ask(scripts: Sequence[str]) -> list[int | None]:
    """The answers of one process, fewer than requested if it ended early."""
    from checker.bounds import SQLPARSER_SECONDS  # noqa: PLC0415 - the program has only this file

    spec = importlib.util.find_spec("sqloxide")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        text=True,
        encoding="ascii",
    )
    try:
        answers, _ = process.communicate(json.dumps(list(scripts)), timeout=SQLPARSER_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        answers, _ = process.communicate()
    return [json.loads(line) for line in answers.splitlines()]


def _answer(home: str) -> None:
    """Writes a line for each script as soon as it is read."""
    sys.path.append(home)
    import sqloxide  # noqa: PLC0415  only the process of its own loads it

    for script in json.load(sys.stdin):
        try:
            count = len(sqloxide.parse_sql(sql=script, dialect="postgres"))
        except ValueError:
            count = None
        sys.stdout.write(f"{json.dumps(count)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer(sys.argv[1])
