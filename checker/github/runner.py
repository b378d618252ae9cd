"""What the runner of GitHub Actions takes and gives: outputs, summary, inputs, log commands.

Source: GitHub's documentation of workflow commands; actions/runner, FileCommandManager.cs.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from checker.errors import CannotWorkError, InputError

SUMMARY_LIMIT = 900 * 1024
"""Bytes of a step's summary; GitHub refuses one of more than 1 MiB as a whole."""

# The core schema of YAML 1.2, 10.3.2.
_BOOLEANS = {"true": True, "True": True, "TRUE": True} | {
    "false": False,
    "False": False,
    "FALSE": False,
}


def write_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Appends outputs to the file GITHUB_OUTPUT. Raises CannotWorkError."""
    parts: list[str] = []
    for name, value in outputs.items():
        # Nobody can guess the delimiter, so that no value can end itself and begin another.
        delimiter = f"ghadelimiter_{secrets.token_hex(16)}"
        parts.append(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    _append(path, "".join(parts))


def write_summary(path: Path, markdown: str) -> None:
    """Appends to the file GITHUB_STEP_SUMMARY. Raises CannotWorkError.

    Where the file would pass SUMMARY_LIMIT, which the caller should render for, it gets one
    sentence instead.
    """
    size = path.stat().st_size if path.exists() else 0
    if size + len(markdown.encode("utf-8", "replace")) > SUMMARY_LIMIT:
        markdown = "The migration report is too long for this summary: see the log of the step.\n"
    _append(path, markdown)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CannotWorkError(
            f"The runner's file {path} cannot be written ({error.strerror}): "
            "check that the job mounts it."
        ) from None


@contextmanager
def stop_commands(stream: TextIO) -> Iterator[None]:
    """Keeps the runner from obeying what is written to ``stream`` in between."""
    token = secrets.token_hex(16)
    stream.write(f"::stop-commands::{token}\n")
    try:
        yield
    finally:
        # The line end is for output that stopped in the middle of a line.
        stream.write(f"\n::{token}::\n")
        stream.flush()


def read_input(environ: Mapping[str, str], name: str) -> str | None:
    """An input of the action, None where it was not given. The runner keeps its hyphens."""
    return environ.get(f"INPUT_{name.upper().replace(' ', '_')}", "").strip() or None


def read_boolean(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """An input that is true or false as YAML 1.2 writes them. Raises InputError."""
    value = read_input(environ, name)
    if value is None:
        return default
    if value not in _BOOLEANS:
        raise InputError(f"The input {name} is {value!r}: write true or false.")
    return _BOOLEANS[value]
