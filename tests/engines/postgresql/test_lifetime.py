"""Nothing stays behind, however a run ends. Each run here is a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.rundirs import LOCK, MARK, PREFIX, RunDirectory, sweep
from checker.errors import CannotWorkError


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory for temporary files with a short name that every user may pass through."""
    path = Path(gettempdir()) / f"life-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    path.mkdir(mode=0o711)
    yield path
    left = list(path.iterdir())
    shutil.rmtree(path)
    assert left == []


@pytest.fixture(autouse=True)
def _needs_a_server() -> None:
    try:
        find_binaries()
    except CannotWorkError as error:
        pytest.skip(str(error))


def begin(base: Path, work: str = "time.sleep(60)") -> subprocess.Popen[str]:
    """A run that has its server running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engines.postgresql.a_run", work],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(base), "PYTHONPATH": str(Path(__file__).parents[3])},
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def directories(base: Path) -> list[Path]:
    return list(base.glob(f"{PREFIX}*"))


def processes(directory: Path) -> dict[int, str]:
    """The processes of a run, which name its directory or work in it."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            about = (path / "cmdline").read_bytes() + bytes((path / "cwd").readlink())
        except OSError:
            continue
        if bytes(directory) in about:
            found[int(path.name)] = about.decode()
    return found


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(400):
        if true():
            return True
        time.sleep(0.05)
    return False


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.server
@pytest.mark.parametrize("work", ["time.sleep(60)", "connection.execute('SELECT pg_sleep(60)')"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1), (signal.SIGINT, -2)]
)
def test_signals_end_a_run_in_order(base: Path, number: int, code: int, work: str) -> None:
    process = begin(base, work)
    (directory,) = directories(base)
    assert processes(directory)
    time.sleep(0.1)
    process.send_signal(number)
    assert finish(process)[0] == code
    assert directories(base) == []
    assert processes(directory) == {}


@pytest.mark.server
def test_the_end_and_an_exception_leave_nothing(base: Path) -> None:
    for work, code in (("pass", 0), ("1 / 0", 1)):
        process = begin(base, work)
        assert finish(process)[0] == code
        assert directories(base) == []


@pytest.mark.server
@pytest.mark.parametrize("work", ["time.sleep(60)", "connection.execute('SELECT pg_sleep(60)')"])
def test_a_killed_run_is_cleaned_up_without_another(base: Path, work: str) -> None:
    process = begin(base, work)
    (directory,) = directories(base)
    process.kill()
    finish(process)
    assert eventually(lambda: not directories(base) and not processes(directory))


@pytest.mark.server
def test_what_the_watchdog_could_not_clean_the_next_run_does(base: Path) -> None:
    process = begin(base)
    (directory,) = directories(base)
    (watchdog,) = [pid for pid, about in processes(directory).items() if "rundirs" in about]
    os.kill(watchdog, signal.SIGKILL)
    process.kill()
    finish(process)
    assert eventually(lambda: len(processes(directory)) > 0)
    finish(begin(base, "pass"))
    assert directories(base) == []
    assert processes(directory) == {}


@pytest.mark.server
def test_runs_do_not_disturb_each_other(base: Path) -> None:
    first = begin(base)
    (directory,) = directories(base)
    assert finish(begin(base, "pass")) == (0, "")
    killed = begin(base)
    killed.kill()
    finish(killed)
    assert eventually(lambda: directories(base) == [directory])
    assert first.poll() is None
    assert processes(directory)
    first.terminate()
    finish(first)


# -- what a sweep leaves alone --------------------------------------------------------------


def pretend(base: Path, name: str, mark: bytes | None = MARK) -> Path:
    path = base / f"{PREFIX}{name}"
    path.mkdir()
    if mark is not None:
        (path / LOCK).write_bytes(mark)
    return path


def test_a_sweep_takes_only_what_is_surely_ours(tmp_path: Path) -> None:
    kept = [
        pretend(tmp_path, "no-lock-file", None),
        pretend(tmp_path, "not-yet-marked", b""),
        pretend(tmp_path, "another-mark", b"something else\n"),
        pretend(tmp_path, "more-than-the-mark", MARK + b"x"),
    ]
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / LOCK).write_bytes(MARK)
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(tmp_path / "elsewhere")
    linked = pretend(tmp_path, "linked-lock", None)
    (linked / LOCK).symlink_to(tmp_path / "elsewhere" / LOCK)
    file = tmp_path / f"{PREFIX}file"
    file.write_bytes(MARK)
    dead = pretend(tmp_path, "dead")
    (dead / "data").symlink_to(tmp_path / "elsewhere")
    sweep(tmp_path)
    assert not dead.exists()
    assert (tmp_path / "elsewhere" / LOCK).exists()
    assert all(path.exists() for path in (*kept, link, linked, file))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's directory")
def test_a_sweep_leaves_other_users_alone(tmp_path: Path) -> None:
    other = pretend(tmp_path, "other")
    os.chown(other, 65534, -1)
    sweep(tmp_path)
    assert other.exists()


def test_a_living_run_keeps_its_directory(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    try:
        sweep(tmp_path)
        assert directory.path.exists()
        assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    finally:
        directory.close()
    assert not directory.path.exists()


def test_a_sweep_of_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []
