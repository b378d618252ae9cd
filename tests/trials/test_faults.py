"""Whatever is killed while a check runs, what it says is never greener for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from tests.trials.faults import HIDDEN, LOSS, Victim, put_fault, repository


@pytest.fixture(autouse=True)
def _needs_a_server(server: EphemeralServer) -> None:
    """Skips with the others where there is none."""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files with a short name that every user may pass through."""
    with TemporaryDirectory(prefix="f") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.mark.parametrize("change", [LOSS, HIDDEN])
def test_without_a_fault_the_loss_is_an_error(tmp_path: Path, temporary: Path, change: str) -> None:
    done = put_fault(repository(tmp_path / "r", change), temporary, "nobody", 0)
    assert (done.code, done.verdict, done.errors, done.left) == (1, "fail", "", ())


@pytest.mark.parametrize("victim", ["postmaster", "backend"])
@pytest.mark.parametrize("after", [0.3, 1.0, 1.8])
def test_a_server_that_is_killed_turns_nothing_green(
    tmp_path: Path, temporary: Path, victim: Victim, after: float
) -> None:
    done = put_fault(repository(tmp_path / "r", HIDDEN), temporary, victim, after)
    assert done.code in (1, 3)
    assert (done.verdict, len(done.errors.splitlines())) in (("fail", 0), (None, 1))
    assert done.left == ()


@pytest.mark.parametrize("after", [0.5, 1.5])
def test_a_checker_that_is_killed_leaves_nothing(
    tmp_path: Path, temporary: Path, after: float
) -> None:
    done = put_fault(repository(tmp_path / "r", HIDDEN), temporary, "checker", after)
    assert done.code == -9
    assert done.left == ()
