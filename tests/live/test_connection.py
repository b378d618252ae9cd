"""Every way in which a connection fails, against real servers, told apart without reading words."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from checker.errors import InputError
from checker.live.connection import look_into, parse_url
from checker.pg import opening
from checker.pg.opening import open_connection
from checker.pg.trouble import Trouble, UnreachableError
from tests.live.clusters import PASSWORD, Cluster, free_port
from tests.live.conftest import answering

Urls = Callable[[Cluster], str]


def trouble_of(url: str) -> Trouble:
    """What there is to say; the password never is."""
    with pytest.raises(UnreachableError) as caught, look_into(parse_url(url)):
        pass
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    assert PASSWORD not in repr(parse_url(url))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("The database of --database-url cannot be used: ")
    return caught.value.trouble


def fill(stack: ExitStack, small_cluster: Cluster) -> psycopg.Connection:
    """Takes all places that an ordinary user may have, and returns the last of them."""
    held = stack.enter_context(psycopg.connect(small_cluster.url("app_user")))
    with suppress(psycopg.OperationalError):
        for _ in range(9):
            held = stack.enter_context(psycopg.connect(small_cluster.url("app_user")))
    return held


def trouble_while(cluster: Cluster, *statements: str) -> Trouble:
    """What goes wrong on a connection that is open."""

    def work() -> None:
        with look_into(parse_url(cluster.url())) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    with pytest.raises(UnreachableError) as caught:
        work()
    return caught.value.trouble


@pytest.mark.parametrize(
    ("kind", "sqlstate", "make"),
    [
        ("authentication", "28P01", lambda c: c.url().replace("s3cr3t", "wrong")),
        ("authentication", "28P01", lambda c: c.url("unheard_of")),
        ("not_admitted", "28000", lambda c: c.url("rejected")),
        ("no_role", "28000", lambda c: c.url("nobody")),
        ("no_role", "28000", lambda c: c.url("no_login")),
        ("no_database", "3D000", lambda c: c.url("app_user", "none")),
        ("no_rights", "42501", lambda c: c.url("app_user", "closed")),
        ("too_many_connections", "53300", lambda c: c.url("few")),
        ("tls_required", "28000", lambda c: c.url("tls_only", query="sslmode=disable")),
        ("tls_unverified", None, lambda c: c.url(query="sslmode=require&sslaccept=strict")),
        ("other", "55000", lambda c: c.url("boss", "template0")),
    ],
)
def test_the_server_refuses(cluster: Cluster, kind: str, sqlstate: str | None, make: Urls) -> None:
    found = trouble_of(make(cluster))
    assert (found.kind, found.sqlstate) == (kind, sqlstate)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "schema=public&connection_limit=1&pool_timeout=0&socket_timeout=3&statement_cache_size=0",
        "sslmode=require",
        "sslmode=require&sslaccept=accept_invalid_certs&sslcert=nowhere.pem",
        "sslmode=disable&pgbouncer=true",
        "connect_timeout=0",
        "options=-c%20search_path%3Dx",
    ],
)
def test_a_url_as_prisma_writes_it_connects(cluster: Cluster, query: str) -> None:
    with look_into(parse_url(cluster.url(query=query))) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.info.get_parameters()["application_name"] == opening.APPLICATION
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("30s",)
        assert connection.execute("SHOW lock_timeout").fetchone() == ("3s",)
        assert connection.pgconn.ssl_in_use != ("disable" in query)


def test_a_certificate_is_verified(cluster: Cluster) -> None:
    query = f"sslmode=require&sslaccept=strict&sslcert={cluster.data / 'server.crt'}"
    with look_into(parse_url(cluster.url(query=query))) as connection:
        assert connection.pgconn.ssl_in_use


def test_a_socket_is_a_host(cluster: Cluster) -> None:
    for name in ("host", "socket"):
        url = f"postgresql://boss@localhost:{cluster.port}/app?{name}={cluster.home}"
        with look_into(parse_url(url)) as connection:
            assert connection.info.host == str(cluster.home)
    assert trouble_of("postgresql://boss@localhost:1/app?socket=/nowhere").kind == "refused"


def test_tls_is_not_offered(small_cluster: Cluster) -> None:
    assert trouble_of(small_cluster.url(query="sslmode=require")).kind == "tls_not_offered"


def test_all_connections_are_in_use(small_cluster: Cluster) -> None:
    with ExitStack() as stack:
        fill(stack, small_cluster)
        found = trouble_of(small_cluster.url("app_user"))
    assert (found.kind, found.sqlstate, found.passing) == ("too_many_connections", "53300", True)


def test_nobody_answers() -> None:
    port = free_port()
    assert trouble_of(f"postgresql://u:p@127.0.0.1:{port}/d").kind == "refused"
    assert trouble_of("postgresql://u:p@no-such-host.invalid/d").kind == "unknown_host"


def test_somebody_else_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SECONDS", 0.3)
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert trouble_of(f"postgresql://u:p@127.0.0.1:{port}/d").kind == "not_postgresql"
    with answering(b"") as port:
        assert trouble_of(f"postgresql://u:p@127.0.0.1:{port}/d").kind == "closed"
    with answering(None) as port:
        found = trouble_of(f"postgresql://u:p@127.0.0.1:{port}/d")
        assert (found.kind, found.passing) == ("timeout", False)


def fatal(**fields: str) -> bytes:
    """A server's ErrorResponse (PostgreSQL docs 54.7, 54.8)."""
    body = "".join(f"{key}{value}\0" for key, value in fields.items()).encode() + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("authentication", fatal(S="FATAL", C="28P01", M="Passwort falsch", R="auth_failed")),
        ("no_role", fatal(S="FATAL", C="28000", M="Rolle", R="InitializeSessionUserId")),
        ("pooler", fatal(S="FATAL", C="XX000", M="Tenant or user not found")),
        ("pooler", fatal(S="FATAL", C="08P01", M="no such database: x")),
        ("other", fatal(S="FATAL", C="XX000", M="kaputt", R="somewhere")),
    ],
)
def test_codes_are_read_and_not_words(kind: str, answer: bytes) -> None:
    with answering(answer) as port:
        found = trouble_of(f"postgresql://u:s3cr3t@127.0.0.1:{port}/d?sslmode=disable")
    assert found.kind == kind
    assert ("it says" in found.text) == (kind in ("other", "pooler"))


def test_what_the_server_says_is_shown_without_the_password() -> None:
    with answering(fatal(S="FATAL", C="XX000", M=f"cannot parse {PASSWORD}")) as port:
        secret = PASSWORD.replace("#", "%23")
        found = trouble_of(f"postgresql://u:{secret}@127.0.0.1:{port}/d?sslmode=disable")
    assert found.text.endswith("give the direct URL of the database")


def test_without_codes_little_is_said(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_set_verbosity", lambda *_: None)
    assert trouble_of(cluster.url().replace("s3cr3t", "wrong")).kind == "other"


def test_the_server_is_starting(starting: Cluster) -> None:
    found = trouble_of(starting.url())
    assert (found.kind, found.sqlstate, found.passing) == ("starting", "57P03", True)


def test_a_replica_is_looked_into(replica: Cluster) -> None:
    with look_into(parse_url(replica.url())) as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)


def test_a_pooler_in_transaction_mode(cluster: Cluster, pooler: int) -> None:
    url = cluster.url(port=pooler, query="options=-c%20statement_timeout%3D1")
    with look_into(parse_url(url)) as connection:
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
        assert connection.execute("SELECT %s", ["x"]).fetchone() == ("x",)
    with psycopg.connect(cluster.url(port=pooler), autocommit=True) as other:
        assert other.execute("SHOW transaction_read_only").fetchone() == ("off",)
        assert other.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_a_pooler_refuses(cluster: Cluster, pooler: int) -> None:
    missing = trouble_of(cluster.url(database="none", port=pooler))
    assert missing.kind in ("pooler", "no_database")
    wrong = trouble_of(cluster.url(port=pooler).replace("s3cr3t", "wrong"))
    assert wrong.kind in ("authentication", "pooler")
    assert "pooler" in missing.text or "database does not exist" in missing.text


def test_what_is_locked_is_not_waited_for(cluster: Cluster) -> None:
    with cluster.connect("app") as other, other.transaction():
        other.execute("LOCK TABLE _prisma_migrations")
        short = "SET LOCAL lock_timeout = '50ms'"
        found = trouble_while(cluster, short, "TABLE public._prisma_migrations")
    assert found.kind == "lock_timeout"


def test_what_takes_too_long_is_ended(cluster: Cluster) -> None:
    found = trouble_while(cluster, "SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(10)")
    assert found.kind == "statement_timeout"


def test_a_connection_that_is_lost(cluster: Cluster) -> None:
    found = trouble_while(cluster, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1")
    assert found.kind in ("starting", "closed")


def test_nothing_can_be_written(cluster: Cluster) -> None:
    assert trouble_while(cluster, "CREATE TABLE public.t ()").sqlstate == "25006"


def test_only_what_may_pass_is_tried_again(cluster: Cluster) -> None:
    waited: list[float] = []
    nobody = parse_url(f"postgresql://u:p@127.0.0.1:{free_port()}/d")
    wrong = parse_url(cluster.url().replace("s3cr3t", "wrong"))
    for target in (nobody, wrong):
        with pytest.raises(UnreachableError):
            open_connection(target, pauses=(1, 2, 4), sleep=waited.append)
        assert waited == [1, 2, 4]


def test_what_has_passed_is_found_out(small_cluster: Cluster) -> None:
    """A place is freed while there is a pause; the server counts who has left for a moment."""
    with ExitStack() as stack:
        held = fill(stack, small_cluster)

        def leave(seconds: float) -> None:
            held.close()
            time.sleep(seconds)

        target = parse_url(small_cluster.url("app_user"))
        with open_connection(target, pauses=(0.1,) * 50, sleep=leave) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("prisma://accelerate.example/?api_key=s3cr3t", "Prisma's own service"),
        ("prisma+postgres://localhost:51213/?api_key=s3cr3t", "Prisma's own service"),
        ("mysql://u:s3cr3t@h/d", "not a PostgreSQL URL"),
        ('"postgresql://u:s3cr3t@h/d"', "quotation mark"),
        ("postgresql://u:s3cr3t#1@h/d", "percent-encode"),
        ("postgresql://u:a/s3cr3t@h/d", "percent-encode"),
        ("postgresql://u:%s3cr3t@h/d", "percent-encode"),
        ("postgresql://u:s3cr3t@h:port/d", "percent-encode"),
        ("postgresql://u:s3cr3t@h/d?sslidentity=c.p12&sslpassword=s3cr3t", "PKCS 12"),
        ("postgresql://u:s3cr3t@h/d?sslaccept=strict&sslcert=s3cr3t.pem", "does not exist"),
        ("", "not a PostgreSQL URL"),
    ],
)
def test_a_url_that_is_none(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_url(url, "SHOP_URL")
    told = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("SHOP_URL ")
    assert "s3cr3t" not in told


def test_an_argument_that_libpq_refuses(cluster: Cluster) -> None:
    with pytest.raises(InputError, match="argument") as caught:
        open_connection(parse_url(cluster.url(query="sslmode=s3cr3t")))
    assert "s3cr3t" not in str(caught.value)


def test_what_only_prisma_knows_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "ca.pem"
    root.touch()
    target = parse_url(
        "postgres://u:p%40ss@h:6543/d?schema=shop&pgbouncer=TRUE&connection_limit=1&pool_timeout=2"
        f"&statement_cache_size=0&sslmode=require&sslaccept=strict&sslcert={root}"
    )
    assert target.schema == "shop"
    assert target.pooled
    assert target.parameters == {
        "user": "u", "password": "p@ss", "host": "h", "port": "6543", "dbname": "d",
        "sslmode": "verify-full", "sslrootcert": str(root),
    }  # fmt: skip
    assert parse_url("postgresql://h/").schema == "public"
    assert parse_url("postgresql://h/d?sslkey=k&sslcert=c").parameters["sslcert"] == "c"
