"""Servers to connect to; each is made once."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checker.engines.postgresql.ledger import _CREATE
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError
from tests.live.clusters import (
    PASSWORD,
    SUPERUSER,
    Cluster,
    give,
    pgbouncer,
    pgbouncer_program,
    standby,
)
from tests.live.world import World, made

HBA = f"""
local all all trust
hostssl all tls_only 127.0.0.1/32 scram-sha-256
hostnossl all tls_only 127.0.0.1/32 reject
host all rejected 127.0.0.1/32 reject
host all nobody,no_login 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
host replication {SUPERUSER} 127.0.0.1/32 scram-sha-256
"""
ROLES = ("tls_only", "rejected", "app_user", "no_login", "few", "stranger")


@pytest.fixture
def world(server: EphemeralServer, tmp_path: Path) -> Iterator[World]:
    """A project of Prisma 6 with two migrations, and an empty database."""
    with made(server, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def programs() -> Path:
    chosen = os.environ.get("SERVER_BIN")
    try:
        return find_binaries(Path(chosen) if chosen else None).directory
    except CannotWorkError as error:
        pytest.skip(str(error))


@contextmanager
def short_directory() -> Iterator[Path]:
    """Where a server can put its socket, and its own user can reach it."""
    with tempfile.TemporaryDirectory(prefix="mc-live-") as home:
        place = Path(home)
        place.chmod(0o755)
        yield place


@pytest.fixture(scope="session")
def homes() -> Iterator[Callable[[str], Path]]:
    with short_directory() as home:

        def make(name: str) -> Path:
            place = home / name
            place.mkdir()
            return place

        yield make
        give(home)


@pytest.fixture(scope="session")
def cluster(programs: Path, homes: Callable[[str], Path]) -> Iterator[Cluster]:
    """With TLS, a database ``app`` with a ledger, and users who are turned away."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing, which makes the server's certificate")
    made = Cluster(programs, homes("main"))
    made.initialise(HBA, {"log_statement": "all", "wal_level": "replica"}, tls=True)
    with made.running():
        with made.connect() as boss:
            for role in ROLES:
                boss.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'".encode())
            boss.execute("ALTER ROLE no_login NOLOGIN")
            boss.execute("ALTER ROLE few CONNECTION LIMIT 0")
            boss.execute("CREATE DATABASE app")
            boss.execute("CREATE DATABASE closed")
            boss.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        with made.connect("app") as boss:
            boss.execute(_CREATE.encode())
        yield made


@pytest.fixture(scope="session")
def small_cluster(programs: Path, homes: Callable[[str], Path]) -> Iterator[Cluster]:
    """Without TLS, and with two connections for those who are no superuser."""
    made = Cluster(programs, homes("small"))
    limits = {
        "max_connections": "5",
        "superuser_reserved_connections": "3",
        "max_wal_senders": "0",
        "wal_level": "minimal",
    }
    made.initialise("host all all 127.0.0.1/32 scram-sha-256\n", limits, tls=False)
    with made.running():
        with made.connect() as boss:
            boss.execute(f"CREATE ROLE app_user LOGIN PASSWORD '{PASSWORD}'".encode())
            boss.execute("CREATE DATABASE app")
        yield made


@pytest.fixture(scope="session")
def replica(cluster: Cluster, homes: Callable[[str], Path]) -> Iterator[Cluster]:
    with standby(cluster, homes("replica"), hot=True) as made:
        yield made


@pytest.fixture(scope="session")
def starting(cluster: Cluster, homes: Callable[[str], Path]) -> Iterator[Cluster]:
    with standby(cluster, homes("starting"), hot=False) as made:
        yield made


@pytest.fixture(scope="session")
def pooler(cluster: Cluster, homes: Callable[[str], Path]) -> Iterator[int]:
    if pgbouncer_program() is None:
        pytest.skip("pgbouncer is not installed")
    with pgbouncer(cluster, homes("pooler")) as port:
        yield port


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port that says something else to whoever comes, hangs up (empty), or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                kept.append(client)
                if answer is not None:
                    client.recv(4096)
                    client.sendall(answer)
                    client.close()

        threading.Thread(target=serve, daemon=True).start()
        port: int = listening.getsockname()[1]
        yield port
        listening.shutdown(socket.SHUT_RDWR)
        for client in kept:
            client.close()
