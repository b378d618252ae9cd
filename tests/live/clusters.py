"""Real servers on loopback, with TLS, with rules of admission, as a standby, behind a pooler."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from checker.engines.postgresql.server.launch import User, _server_user

PASSWORD = "s3cr3t-pässword#1"
SUPERUSER = "boss"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def user() -> User | None:
    return _server_user() if os.geteuid() == 0 else None


def give(path: Path) -> None:
    owner = user()
    if owner:
        for each in (path, *path.rglob("*")):
            os.chown(each, owner.uid, owner.gid)


def spawn(command: list[str | Path], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    owner = user()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd="/",
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
        )


def run(command: list[str | Path], log: Path, **environment: str) -> None:
    assert spawn(command, log, **environment).wait(60) == 0, log.read_text()


class Cluster:
    """A PostgreSQL on a port of its own. ``log`` is the server's."""

    def __init__(self, programs: Path, home: Path) -> None:
        self.programs = programs
        self.home = home
        self.data = home / "data"
        self.log = home / "log"
        self.log.touch()
        self.port = free_port()

    def initialise(self, hba: str, settings: Mapping[str, str], *, tls: bool) -> None:
        secret = self.home / "password"
        secret.write_text(PASSWORD)
        give(self.home)
        run(
            [self.programs / "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "scram-sha-256",
             f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"],
            self.log,
        )  # fmt: skip
        if tls:
            make_certificate(self.data)
            settings = {**settings, "ssl": "on"}
        (self.data / "pg_hba.conf").write_text(hba)
        self.configure(settings)

    def configure(self, settings: Mapping[str, str]) -> None:
        own = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.home),
            "fsync": "off",
            "shared_buffers": "16MB",
            "dynamic_shared_memory_type": "mmap",
        }
        lines = [f"{key} = '{value}'\n" for key, value in {**own, **settings}.items()]
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(lines)
        give(self.data)

    @contextmanager
    def running(self, *, ready: bool = True) -> Iterator[Cluster]:
        server = spawn([self.programs / "postgres", "-D", self.data], self.log)
        try:
            self._await(ready=ready)
            yield self
        finally:
            server.send_signal(signal.SIGINT if ready else signal.SIGQUIT)
            with suppress(subprocess.TimeoutExpired):
                server.wait(20)
            server.kill()

    def _await(self, *, ready: bool) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                if not ready and "database system is" in str(error):
                    return
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log.read_text())

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, password=PASSWORD, dbname=database,
            autocommit=True,
        )  # fmt: skip

    def url(
        self, name: str = SUPERUSER, database: str = "app", query: str = "", port: int = 0
    ) -> str:
        secret = PASSWORD.replace("#", "%23")
        place = f"127.0.0.1:{port or self.port}"
        return f"postgresql://{name}:{secret}@{place}/{database}{'?' if query else ''}{query}"


def make_certificate(data: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", data / "server.key", "-out", data / "server.crt"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    (data / "server.key").chmod(0o600)


@contextmanager
def standby(primary: Cluster, home: Path, *, hot: bool) -> Iterator[Cluster]:
    """A copy that follows; one that is not ``hot`` says for ever that it is starting up."""
    cluster = Cluster(primary.programs, home)
    give(home)
    run(
        [primary.programs / "pg_basebackup", "-D", cluster.data, "-R", "-X", "stream",
         "--no-sync", "-c", "fast", "-h", "127.0.0.1", "-p", str(primary.port), "-U", SUPERUSER],
        cluster.log,
        PGPASSWORD=PASSWORD,
    )  # fmt: skip
    cluster.configure({"hot_standby": "on" if hot else "off"})
    with cluster.running(ready=hot):
        yield cluster


@contextmanager
def pgbouncer(cluster: Cluster, home: Path) -> Iterator[int]:
    """A pooler in transaction mode in front of a cluster, by its port."""
    port = free_port()
    users = f'"{SUPERUSER}" "{PASSWORD}"\n"app_user" "{PASSWORD}"\n'
    (home / "users.txt").write_text(users)
    (home / "pgbouncer.ini").write_text(
        f"[databases]\napp = host=127.0.0.1 port={cluster.port} dbname=app\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = scram-sha-256\n"
        f"auth_file = {home / 'users.txt'}\npool_mode = transaction\nunix_socket_dir =\n"
        "server_tls_sslmode = prefer\n"
    )
    give(home)
    program = pgbouncer_program()
    assert program
    server = spawn([program, home / "pgbouncer.ini"], home / "log")
    try:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def pgbouncer_program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
