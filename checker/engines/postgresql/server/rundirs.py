"""Directories that vanish with the run, however it ends.

A run directory holds everything that the server writes. It is removed, always through ``dispose``,
by one of three: the run itself; a watchdog process that notices when the run was killed; and the
next run, which sweeps what neither could. A directory belongs to a dead run when we own it, its
lock file says that it is one of ours, and the lock, which the living run holds, can be taken.

The watchdog is this file, run as a program without the rest of the package: standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PREFIX = "migration-checker-"
LOCK = "lock"
DATA = "data"
MARK = b"run directory of the Prisma Migration Checker\n"
STOP_SECONDS = 10.0  # PostgreSQL itself kills what does not stop within 5


class RunDirectory:
    """A directory of this run below ``base``; other users may pass through it but not list it."""

    def __init__(self, base: Path) -> None:
        """Creates it, after sweeping what dead runs have left in ``base``. Raises OSError."""
        sweep(base)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base)).resolve()
        self.data = self.path / DATA
        self.processes: list[subprocess.Popen[bytes]] = []  # those that close() must wait for
        try:
            self._lock = os.open(self.path / LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Written only now: a sweep that comes before sees no mark and leaves it alone.
            os.write(self._lock, MARK)
            self._watchdog = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def close(self) -> None:
        """Stops what runs in the directory and removes it."""
        try:
            dispose(self.path)
        finally:
            # If we were interrupted, the watchdog does the same at the end of its input.
            if self._watchdog.stdin:
                self._watchdog.stdin.close()
            for process in (self._watchdog, *self.processes):
                process.wait()
            os.close(self._lock)


def dispose(path: Path) -> None:
    """Stops the server of a run directory at once and removes the directory."""
    # Looked up again each time: a process may have started another.
    deadline = time.monotonic() + STOP_SECONDS
    while running := _processes_of(path / DATA):
        late = time.monotonic() > deadline
        for pid in running:
            # SIGQUIT is PostgreSQL's immediate shutdown (PostgreSQL docs 19.5).
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGQUIT)
        _wait_for(running, min(deadline, time.monotonic() + 1))
    for _ in range(3):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            break
        time.sleep(0.05)


def sweep(base: Path) -> None:
    """Disposes of the directories that dead runs of this user have left in ``base``."""
    try:
        names = [name for name in os.listdir(base) if name.startswith(PREFIX)]  # noqa: PTH208
    except OSError:
        return
    for name in names:
        path = base / name
        with contextlib.suppress(OSError):
            lock = _lock_of_dead_run(path)
            if lock is not None:
                try:
                    dispose(path)
                finally:
                    os.close(lock)


def _lock_of_dead_run(path: Path) -> int | None:
    """The lock file, now locked by us, if this is the directory of a dead run of this user."""
    about = path.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        return None
    lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(lock, len(MARK) + 1) == MARK:
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _processes_of(data: Path) -> list[int]:
    """The processes that were started for this data directory, which has a random name.

    Told by their command line: a process id that was written down may be another's by now, and
    the working directory of another user's process is hidden from root in many containers.
    """
    wanted = os.fsencode(data)
    if not Path("/proc/self/cmdline").exists():
        listing = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, check=False)
        lines = (line.split(None, 1) for line in listing.stdout.splitlines())
        return [int(p) for p, *args in lines if args and b"-D " + wanted in args[0]]
    processes = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                arguments = Path(entry.path, "cmdline").read_bytes().split(b"\0")
                if any(a == b"-D" and b == wanted for a, b in zip(arguments, arguments[1:])):  # noqa: B905, RUF007
                    processes.append(int(entry.name))
    return processes


def _wait_for(pids: list[int], until: float) -> None:
    """Waits until none of the processes runs, reaping those that are our children."""
    for pid in pids:
        while time.monotonic() < until:
            try:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                os.kill(pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.005)


def _watch(path: Path) -> None:
    """Waits until the run has gone, told by the end of our input, and cleans up after it."""
    while os.read(0, 1):
        pass
    if path.exists():
        dispose(path)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
