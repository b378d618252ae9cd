"""The sizes of tables: read from a server, kept in a file, put into words."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from checker.cli import main
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError, InputError
from checker.live.sizes import read_sizes
from checker.model import Cost
from checker.model.sizes import PAGE, STATS_FILE, Scale, Size, Sizes, duration
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.report.told import scale_words
from checker.workspace import Request, open_workspace, table_sizes
from tests.projects import make_project

DAY = datetime.date(2026, 3, 1)
ORDERS = Size(41_000_000, 1_110_000, 1_110_000 * PAGE, 3 * 10**9, 10**6)


@pytest.fixture(scope="module")
def database(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as made:
        with connect(made.owner) as owner:
            run(
                owner,
                """
                CREATE TABLE "Order" (id int PRIMARY KEY, note text);
                INSERT INTO "Order" SELECT g, 'secret' || g FROM generate_series(1, 5000) g;
                CREATE SCHEMA auth;
                CREATE TABLE auth.users (id int);
                CREATE TABLE big (v text);
                ALTER TABLE big ALTER v SET STORAGE EXTERNAL;
                INSERT INTO big VALUES (repeat('x', 100000));
                CREATE TABLE event (day int) PARTITION BY RANGE (day);
                CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (100);
                CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (100) TO (200);
                INSERT INTO event SELECT g FROM generate_series(0, 149) g;
                CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM "Order";
                CREATE VIEW seen AS SELECT 1;
                """,
            )
            run(owner, "VACUUM ANALYZE")
        yield made


def url(database: Database) -> str:
    """A URL as Prisma has it, with an option that only Prisma knows."""
    owner = database.owner
    query = f"host={quote(owner['host'], safe='')}&port={owner['port']}&sslmode=disable"
    return f"postgresql://{owner['user']}@/{owner['dbname']}?{query}&connection_limit=1"


def test_the_server_tells_rows_and_bytes(database: Database) -> None:
    sizes = read_sizes(url(database))
    orders = sizes.tables["Order"]
    assert orders.rows == 5000
    assert orders.table_bytes == orders.pages * PAGE > 0
    assert orders.index_bytes > 0
    assert sizes.tables["auth.users"] == Size(0, 0, 0)
    assert sizes.tables["big"].toast_bytes > 100_000 > sizes.tables["big"].table_bytes
    assert "seen" not in sizes.tables
    assert sizes.server == f"PostgreSQL {sizes.server.split()[1]}"
    assert sizes.tables["event_1"].rows == 100


def test_a_partitioned_table_is_the_sum_of_its_partitions(database: Database) -> None:
    tables = read_sizes(url(database)).tables
    assert tables["event"].rows == 150
    assert tables["event"].pages == tables["event_1"].pages + tables["event_2"].pages


def test_the_command_writes_a_file_without_data(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    done = CliRunner().invoke(main, ["stats", "-o", str(file)], env={"DATABASE_URL": url(database)})
    assert (done.exit_code, "tables" in done.output) == (0, True)
    text = file.read_text()
    assert "secret" not in text
    assert database.owner["host"] not in text
    assert Sizes.parse(file.read_bytes(), "f").tables == read_sizes(url(database)).tables
    assert sum('"Order"' in line for line in text.splitlines()) == 1


def test_the_command_writes_to_its_own_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["stats", "--database-url", url(database)]).exit_code == 0
    assert Sizes.parse((tmp_path / STATS_FILE).read_bytes(), "f").of("public.Order") is not None


SECRET = "hunter2"
WRONG_URLS = [
    f"postgresql://u:{SECRET}@127.0.0.1:1/d",
    f"postgresql://u:{SECRET}@no-such-host.invalid/d",
    f"mysql://u:{SECRET}@host/d",
    f"postgresql://u:{SECRET}@host:port/d",
    f"prisma://host/?api_key={SECRET}",
    f"{SECRET} is no URL",
]


@pytest.mark.parametrize("wrong", WRONG_URLS)
@pytest.mark.parametrize("by", ["option", "environment", "argument"])
def test_a_url_is_never_shown(wrong: str, by: str) -> None:
    arguments = {"option": ["--database-url", wrong], "argument": [wrong]}.get(by, [])
    environment = {"DATABASE_URL": wrong} if by == "environment" else {"DATABASE_URL": None}
    done = CliRunner().invoke(main, ["stats", *arguments], env=environment)
    assert done.exit_code in (2, 3)
    assert SECRET not in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_a_missing_url_is_said() -> None:
    done = CliRunner().invoke(main, ["stats"], env={"DATABASE_URL": None})
    assert done.exit_code == 2
    assert "DATABASE_URL" in done.output


def test_a_locked_table_ends_it_in_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(database.owner) as other:
        run(other, 'BEGIN; LOCK TABLE "Order"')
        with pytest.raises(CannotWorkError, match="has locked"):
            read_sizes(url(database))
        run(other, "ROLLBACK")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    sizes = Sizes(DAY, "PostgreSQL 16.3", {"Order": ORDERS, 'a"b\n': Size(1, 1, PAGE)})
    assert Sizes.parse(sizes.dump(), "f") == sizes
    assert json.loads(sizes.dump())["date"] == "2026-03-01"
    assert Sizes.parse(Sizes(DAY, "", {}).dump(), "f").tables == {}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"date": "soon", "server": "", "tables": {}}',
     b'{"date": "2026-03-01", "server": "", "tables": {"a": {"rows": "many"}}}',
     b'{"date": "2026-03-01", "server": "", "tables": {}, "version": 2}',
     b"[" * 100_000],
)  # fmt: skip
def test_another_file_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^sizes\.json .*migration-checker stats") as raised:
        Sizes.parse(data, "sizes.json")
    assert "\n" not in str(raised.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_sizes_or_refused(data: bytes) -> None:
    try:
        Sizes.parse(data, "f")
    except InputError:
        return


def test_the_file_of_the_workspace_is_found(tmp_path: Path) -> None:
    workspace = open_workspace(Request(make_project(tmp_path, {})))
    assert table_sizes(workspace) is None
    (tmp_path / STATS_FILE).write_bytes(Sizes(DAY, "s", {"Order": ORDERS}).dump())
    found = table_sizes(workspace)
    assert found is not None
    assert found.of("Order") == ORDERS


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    make_project(tmp_path, {}, **{".migration-checker.yml": "stats: sizes.json\n"})
    with pytest.raises(InputError, match=r"sizes\.json"):
        table_sizes(open_workspace(Request(tmp_path)))


# -- words ----------------------------------------------------------------------------------------


def words(size: Size, cost: Cost) -> str:
    """What is said of the size of a table on which such work was seen."""
    return scale_words(Scale("Order", DAY, size, cost)).removeprefix(
        "`Order` in production on 2026-03-01: "
    )


def test_a_size_in_words() -> None:
    assert words(ORDERS, "constant") == "41 million rows, 9.1 GB"
    assert words(ORDERS, "scan") == "41 million rows, 9.1 GB; about 9.1 to 91 s (estimate)"
    assert words(ORDERS, "rewrite") == "41 million rows, 9.1 GB; about 1 to 4 min (estimate)"
    assert words(Size(1, 1, PAGE), "scan") == "1 row, 8 kB; less than 1 s (estimate)"
    assert words(Size(1200, 20_000, 20_000 * PAGE), "index") == (
        "1,200 rows, 164 MB; less than 1 to 4.1 s (estimate)"
    )
    huge = Size(2_500_000_000, 10**8, 10**8 * PAGE)
    assert words(huge, "rewrite") == "2.5 billion rows, 819 GB; about 1.1 to 4.6 h (estimate)"


def test_an_index_rewrite_counts_what_is_built_again() -> None:
    assert ORDERS.touched("rewrite") * PAGE >= ORDERS.table_bytes + ORDERS.index_bytes
    assert ORDERS.touched("scan") == ORDERS.pages
    assert ORDERS.touched("constant") == 0


@given(st.integers(0, 10**12), st.sampled_from(["scan", "index", "rewrite"]))
def test_a_range_begins_before_it_ends(pages: int, kind: str) -> None:
    low, high = duration(pages, kind)  # type: ignore[arg-type]
    assert 0 <= low <= high
    assert duration(pages, "constant") == (0, 0)
