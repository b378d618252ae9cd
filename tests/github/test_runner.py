"""The runner's files and commands, read back as the runner reads them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import CannotWorkError, InputError
from checker.github.runner import (
    SUMMARY_LIMIT,
    read_boolean,
    read_input,
    stop_commands,
    write_outputs,
    write_summary,
)


def as_the_runner_reads(content: str) -> dict[str, str]:
    """``name<<delimiter``, lines of the value, ``delimiter``."""
    read: dict[str, str] = {}
    lines = iter(content.split("\n"))
    for line in lines:
        if not line:
            continue
        name, delimiter = line.split("<<", 1)
        value: list[str] = []
        while (following := next(lines)) != delimiter:
            value.append(following)
        read[name] = "\n".join(value)
    return read


@settings(deadline=None)
@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_outputs_survive_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    path = tmp_path_factory.mktemp("out") / "output"
    write_outputs(path, {"verdict": value})
    write_outputs(path, {"report": "x\nverdict<<EOF\npass\nEOF"})
    content = path.read_bytes().decode()
    read = as_the_runner_reads(content)
    assert read == {"verdict": value, "report": "x\nverdict<<EOF\npass\nEOF"}


def test_delimiters_are_fresh(tmp_path: Path) -> None:
    write_outputs(tmp_path / "o", {"a": "1", "b": "2"})
    found = re.findall(r"<<(\S+)", (tmp_path / "o").read_text())
    assert len(set(found)) == 2


def test_summary_is_appended_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    write_summary(path, "# é\n")
    write_summary(path, "x" * SUMMARY_LIMIT)
    content = path.read_bytes()
    assert content.startswith("# é\n".encode())
    assert b"too long" in content
    assert len(content) < 200


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError, match="cannot be written"):
        write_outputs(tmp_path / "none" / "o", {"a": "1"})


def test_commands_stop_and_go_on_again() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyError), stop_commands(stream):  # noqa: PT012
        stream.write("::set-output name=x::y")
        raise KeyError
    first, bulk, last = stream.getvalue().splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert (bulk, last) == ("::set-output name=x::y", f"::{token}::")


def test_inputs() -> None:
    environ = {"INPUT_GITHUB-TOKEN": " t ", "INPUT_PATH": "  ", "INPUT_FAIL_ON": "x"}
    assert read_input(environ, "github-token") == "t"
    assert read_input(environ, "path") is None
    assert read_input(environ, "fail on") == "x"
    assert read_input(environ, "missing") is None


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("FALSE", False), ("", True)])
def test_booleans(value: str, expected: bool) -> None:
    assert read_boolean({"INPUT_COMMENT": value}, "comment", default=True) is expected


@pytest.mark.parametrize("value", ["yes", "on", "1", "tRue"])
def test_other_booleans_are_refused(value: str) -> None:
    with pytest.raises(InputError, match="comment"):
        read_boolean({"INPUT_COMMENT": value}, "comment", default=True)
