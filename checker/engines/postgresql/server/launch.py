"""Starts PostgreSQL's programs in a run directory, as another user where we are root."""

from __future__ import annotations

import errno
import os
import pwd
import secrets
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

import psycopg
from msgspec import Struct

from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.extensions import build_installation
from checker.engines.postgresql.server.guarding import Bounds
from checker.engines.postgresql.server.rundirs import RunDirectory
from checker.errors import CannotWorkError
from checker.pg.connection import connect, local_parameters

LOG = "log"
FULL = "No space left on device"
SUPERUSER = "migration_checker"
SOCKET_LIMIT = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS (sys/un.h)
START_SECONDS = 30.0
# A process of the server may take so many kB beside what all share; macOS knows no such bound.
_MEMORY = 1 << 20
_BOUNDED = ("/bin/sh", "-c", f'ulimit -d {_MEMORY} 2>/dev/null; exec /usr/bin/env -i "$0" "$@"')

# Its shared memory is not in /dev/shm, which containers lack or keep small.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 24
shared_buffers = 64MB
dynamic_shared_memory_type = mmap
huge_pages = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 1GB
checkpoint_timeout = 1d
bgwriter_lru_maxpages = 0
autovacuum = off
max_worker_processes = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
max_logical_replication_workers = 0
jit = off
update_process_title = off
log_min_messages = fatal
log_min_error_statement = panic
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
default_text_search_config = 'pg_catalog.english'
"""
HBA = f"local all {SUPERUSER} scram-sha-256\nlocal all all trust\n"


class ServerSettings(Struct, frozen=True):
    """What a caller may choose. ``trusted_extensions`` are names of installed extensions that
    migrations may create although they need a superuser; ``temp_file_limit`` is PostgreSQL's, per
    process, and ends queries that would fill the disk. For ``bounds`` see ``guarding``.
    """

    trusted_extensions: tuple[str, ...] = ()
    temp_file_limit: str = "2GB"
    bounds: Bounds = Bounds(disk=8 * 2**30, seconds=1800)


class User(Struct, frozen=True):
    """The user that the server runs as."""

    uid: int
    gid: int


class Launched(Struct, frozen=True):
    """A running server: libpq parameters of its superuser, and its stand-in extensions."""

    parameters: dict[str, str]
    stand_ins: frozenset[str]


def make_directory() -> tuple[RunDirectory, User | None]:
    """A run directory, and the user to run as where we are root, which PostgreSQL refuses.

    Raises CannotWorkError where no temporary directory will do.
    """
    user = _server_user() if os.geteuid() == 0 else None
    for base in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108
        longest = os.fsencode(base) + b"/migration-checker-12345678/s/.s.PGSQL.5432"
        if len(longest) <= SOCKET_LIMIT and _reachable(Path(base).resolve(), user):
            try:
                directory = RunDirectory(Path(base))
            except OSError as error:
                reason = error
                continue
            if user:
                os.chown(directory.path, -1, user.gid)
                directory.path.chmod(0o710)
            return directory, user
    because = f": {explain(reason)}" if "reason" in locals() else ""
    raise CannotWorkError(
        f"No temporary directory can hold PostgreSQL's files{because}; set TMPDIR to a directory "
        "with a short path that every user may pass through"
    )


def launch(
    binaries: Binaries, directory: RunDirectory, user: User | None, settings: ServerSettings
) -> Launched:
    """Starts a server in the directory. Raises CannotWorkError."""
    try:
        programs, stand_ins = _installation(binaries, directory, user, settings)
        password = secrets.token_hex(16)
        sockets = directory.path / "s"
        for path in (directory.data, sockets):
            path.mkdir(mode=0o700)
            _give(path, user)
        _initialise(programs, directory, user, password)
        (directory.data / "postgresql.conf").write_text(_configuration(binaries, sockets, settings))
        (directory.data / "pg_hba.conf").write_text(HBA)
        log = directory.path / LOG
        with log.open("wb") as output:
            postgres: list[str | Path] = [programs / "postgres", "-D", directory.data]
            process = _spawn([*_BOUNDED, *postgres], user, output)
        directory.processes.append(process)
        parameters = local_parameters(
            host=str(sockets), port="5432", user=SUPERUSER, password=password, dbname="postgres"
        )
        _await(process, parameters, log)
    except OSError as error:
        raise CannotWorkError(f"PostgreSQL could not be started: {explain(error)}") from error
    return Launched(parameters, stand_ins)


def disk_is_full(directory: RunDirectory) -> bool:
    """Whether the server stopped because the disk is full."""
    log = directory.path / LOG
    return log.exists() and FULL in log.read_text(errors="replace")


def explain(error: OSError) -> str:
    """The reason in a few words, and what to do about a full disk."""
    reason = error.strerror or type(error).__name__
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason} (free some, or set TMPDIR to a directory that has it)"
    return f"{reason} ({error.filename})" if error.filename else reason


def _server_user() -> User:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return User(entry.pw_uid, entry.pw_gid)
    return User(65534, 65534)


def _reachable(path: Path, user: User | None) -> bool:
    """Whether the user may pass through a directory and all above it."""
    if user is None:
        return path.is_dir()
    for directory in (path, *path.parents):
        try:
            about = directory.stat()
        except OSError:
            return False
        mine = 0o100 if about.st_uid == user.uid else 0o010 if about.st_gid == user.gid else 0o001
        if not about.st_mode & mine:
            return False
    return True


def _installation(
    binaries: Binaries, directory: RunDirectory, user: User | None, settings: ServerSettings
) -> tuple[Path, frozenset[str]]:
    """The directory of programs to start, and the stand-ins that come with it."""
    reachable = _reachable(binaries.directory, user)
    target = directory.path / "pg"
    target.mkdir(mode=0o755)
    built = build_installation(
        binaries, target, trusted=settings.trusted_extensions, copy=not reachable
    )
    if built is not None:
        return built
    if not reachable:
        raise CannotWorkError(
            f"PostgreSQL does not run as root, and no other user can reach {binaries.directory}; "
            "run the checker as another user or install PostgreSQL for all users"
        )
    return binaries.directory, frozenset()


def _give(path: Path, user: User | None) -> None:
    if user:
        os.chown(path, user.uid, user.gid)


def _spawn(
    command: list[str | Path], user: User | None, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Starts a program that knows nothing of us: no environment, no descriptors, no terminal."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={},
        cwd="/",
        start_new_session=True,
        umask=0o077,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def _initialise(programs: Path, directory: RunDirectory, user: User | None, password: str) -> None:
    secret = directory.path / "password"
    secret.touch(0o600)
    secret.write_text(password)
    _give(secret, user)
    command: list[str | Path] = [
        programs / "initdb", "-D", directory.data, f"--username={SUPERUSER}",
        f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
        "--no-sync", "--wal-segsize=1",
    ]  # fmt: skip
    log = directory.path / "initdb.log"
    with log.open("wb") as output:
        code = _spawn(command, user, output).wait()
    secret.unlink()
    if code != 0:
        raise CannotWorkError(f"PostgreSQL's initdb failed: {_reason(log)}")


def _configuration(binaries: Binaries, sockets: Path, settings: ServerSettings) -> str:
    directory = str(sockets).replace("'", "''")
    text = CONFIGURATION + f"unix_socket_directories = '{directory}'\n"
    text += f"temp_file_limit = '{settings.temp_file_limit}'\n"
    if binaries.major >= 16:  # a role's creator may use it, as before
        text += "createrole_self_grant = 'set, inherit'\n"
    return text


def _await(process: subprocess.Popen[bytes], parameters: dict[str, str], log: Path) -> None:
    """Waits until the server takes connections."""
    deadline = time.monotonic() + START_SECONDS
    refusal = ""
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connect(parameters).close()
        except psycopg.OperationalError as error:
            refusal = str(error).strip().splitlines()[-1]
            time.sleep(0.01)
        else:
            return
    raise CannotWorkError(f"PostgreSQL did not start: {_reason(log) or refusal}")


def _reason(log: Path) -> str:
    """The one line of a program's output that says most."""
    lines = log.read_text(errors="replace").splitlines()
    if any(FULL in line for line in lines):
        return "no space is left on the disk; free some, or set TMPDIR to another"
    errors = [line for line in lines if "error:" in line or "FATAL:" in line or "PANIC:" in line]
    line = (errors or [line for line in lines if line.strip()] or [""])[0]
    return line.split("FATAL:")[-1].strip()[:300]
