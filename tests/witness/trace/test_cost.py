from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Work
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.witness.trace.cost import Access, Touched, classify
from checker.witness.trace.state import observation
from tests.witness.trace.test_run import traced

BASE = """
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE child (id int PRIMARY KEY, pid int, other int, a text, wide text);
CREATE INDEX child_pid ON child (pid);
CREATE TABLE single (id int PRIMARY KEY, a text);
CREATE TABLE target (id int PRIMARY KEY, a text);
CREATE TABLE referring (id int REFERENCES parent);
CREATE TABLE whole (id int, a text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (1000000);
CREATE MATERIALIZED VIEW mv AS SELECT pid FROM child WITH NO DATA;
INSERT INTO parent SELECT g, repeat('p', 100) FROM generate_series(1, {n}) g;
INSERT INTO child SELECT g, g, g, repeat('c', 100) FROM generate_series(1, {n}) g;
INSERT INTO single VALUES (1, 'a');
INSERT INTO whole SELECT g, repeat('w', 100) FROM generate_series(1, {n}) g;
"""
SIZES = (200, 4000)
NOTHING: dict[str, str] = {}


@pytest.fixture(scope="module")
def databases(server: EphemeralServer) -> Iterator[tuple[Database, Database]]:
    with server.database() as small, server.database() as large:
        for database, size in zip((small, large), SIZES, strict=True):
            with connect(database.owner) as connection:
                run(connection, BASE.format(n=size))
        yield small, large


CASES = {
    "SELECT count(*) FROM child": {"child": "scan"},
    "SELECT * FROM child WHERE id = 5": NOTHING,
    "UPDATE child SET a = 'x'": {"child": "rewrite"},
    "UPDATE child SET a = 'x' WHERE id = 5": NOTHING,
    "UPDATE child SET a = 'x' WHERE a = 'y'": {"child": "scan"},
    "DELETE FROM child": {"child": "rewrite"},
    "TRUNCATE child": NOTHING,
    "DROP TABLE child CASCADE": NOTHING,
    "INSERT INTO target SELECT id, a FROM child": {"child": "scan"},
    "CREATE TABLE copy AS SELECT * FROM child": {"child": "scan"},
    "ALTER TABLE child ADD b int": NOTHING,
    "ALTER TABLE child ADD b int DEFAULT 5": NOTHING,
    "ALTER TABLE child ADD b float DEFAULT random()": {"child": "rewrite"},
    "ALTER TABLE child ADD b serial": {"child": "rewrite"},
    "ALTER TABLE child ALTER id TYPE bigint": {"child": "rewrite"},
    "ALTER TABLE child ALTER id SET NOT NULL": NOTHING,
    "ALTER TABLE child ALTER other SET NOT NULL": {"child": "scan"},
    "ALTER TABLE child ADD CHECK (other > 0)": {"child": "scan"},
    "ALTER TABLE child ADD CHECK (other > 0) NOT VALID": NOTHING,
    "ALTER TABLE child ADD UNIQUE (other)": {"child": "index"},
    "CREATE INDEX ix ON child (a)": {"child": "index"},
    "CREATE INDEX ix ON child (a) WHERE a = 'none'": {"child": "scan"},
    "CREATE INDEX CONCURRENTLY ix ON child (a)": {"child": "index"},
    "CREATE INDEX ix ON whole (a)": {"part": "index"},
    "DROP INDEX child_pid": NOTHING,
    "REINDEX TABLE child": {"child": "index"},
    "REINDEX TABLE CONCURRENTLY child": {"child": "index"},
    "ALTER TABLE child ADD FOREIGN KEY (pid) REFERENCES parent NOT VALID": NOTHING,
    "ALTER TABLE single ADD FOREIGN KEY (id) REFERENCES parent": {
        "parent": "scan",
        "single": "scan",
    },
    "ALTER TABLE child ADD FOREIGN KEY (pid) REFERENCES parent": {
        "child": "scan",
        "parent": "scan",
    },
    "INSERT INTO referring SELECT id FROM child": {"child": "scan"},
    "CLUSTER child USING child_pid": {"child": "rewrite"},
    "VACUUM FULL child": {"child": "rewrite"},
    "VACUUM child": {"child": "scan"},
    "ANALYZE child": NOTHING,
    "REFRESH MATERIALIZED VIEW mv": {"child": "scan"},
    "ALTER TABLE single ALTER id TYPE bigint": {"single": "rewrite"},
    "CREATE INDEX ix ON single (a)": {"single": "index"},
    "UPDATE single SET a = 'b'": NOTHING,
    "COMMENT ON TABLE child IS 'x'": NOTHING,
    "DO $$ BEGIN UPDATE child SET a = 'x'; COMMIT; END $$": {"child": "rewrite"},
}


def undone(statement: str) -> bool:
    """Whether it may run in a transaction that is rolled back."""
    return not ("CONCURRENTLY" in statement or "VACUUM" in statement or "COMMIT" in statement)


def test_what_the_cost_of_statements_grows_with(
    databases: tuple[Database, Database],
) -> None:
    script = ""
    for statement in sorted(CASES, key=undone, reverse=True):
        script += f"BEGIN; {statement}; ROLLBACK;" if undone(statement) else f"{statement};"
    both = [traced(database, script, separately=True) for database in databases]
    found = {}
    for small, large in zip(*both, strict=True):
        assert (small.error, large.error) == (None, None)
        seen = observation(small, large)
        assert seen.measured or small.touched is None
        found[small.statement.text] = {work.table: work.cost for work in seen.work}
    unlike = {s: found[s] for s, c in CASES.items() if found[s] != c}
    assert unlike == {}


def test_figures(databases: tuple[Database, Database]) -> None:
    script = "BEGIN; SELECT count(*) FROM child; CREATE INDEX iy ON child (a); ROLLBACK"
    small, large = (traced(database, script) for database in databases)
    scan, index = (observation(small[i], large[i]).work[0] for i in (1, 2))
    assert scan == Work("child", "scan", scan.pages, scan.table_pages)
    assert scan.table_pages * 0.9 <= scan.pages <= scan.table_pages * 1.1
    assert (index.indexes, index.table_pages) == (("iy",), scan.table_pages)
    assert index.pages > scan.pages


TABLE = Touched(pages=10)
LARGE = Touched(pages=110)


@pytest.mark.parametrize(
    ("small", "large", "access", "cost"),
    [
        (Touched(10, blocks=10, scans=1), Touched(110, blocks=110, scans=1), "command", "scan"),
        (Touched(10, blocks=14, scans=1), Touched(110, blocks=17, scans=1), "command", None),
        (Touched(10, blocks=10), Touched(110, blocks=110), "sample", None),
        # Probed once for each row of another table.
        (Touched(10, blocks=20, probes=20), Touched(110, blocks=999, probes=999), "executor", None),
        # Read by an index from end to end.
        (Touched(10, part_blocks=9, probes=1), Touched(110, part_blocks=99, probes=1),
         "executor", "scan"),
        # A full table of few pages, and one that has no row.
        (Touched(1, blocks=1, scans=1), Touched(1, blocks=1, scans=1), "command", "scan"),
        (Touched(1, blocks=1, scans=1), Touched(1, blocks=1, scans=1), "executor", None),
        (Touched(0, rewritten=0), Touched(0, rewritten=0), "command", None),
        (Touched(0, built={"i": 1}), Touched(0, built={"i": 1}), "command", None),
        # A GIN index of one value does not grow much, but it grows.
        (Touched(10, blocks=10, scans=1, built={"i": 2}),
         Touched(110, blocks=110, scans=1, built={"i": 3}), "command", "index"),
    ],
)  # fmt: skip
def test_growth(small: Touched, large: Touched, access: Access, cost: str | None) -> None:
    work = classify("t", small, large, access=access, reason="")
    assert (work and work.cost) == cost


@pytest.mark.parametrize(
    ("touched", "cost"),
    [
        (Touched(5, rewritten=5), "rewrite"),
        (Touched(5, blocks=5, scans=1, built={"i": 2}), "index"),
        (Touched(5, blocks=5, scans=1), "scan"),
        (Touched(5, blocks=5), None),
        (Touched(0, rewritten=0), None),
    ],
)
def test_at_one_size_the_kind_of_access_tells(touched: Touched, cost: str | None) -> None:
    work = classify("t", touched, None, access="command", reason=None)
    assert (work and work.cost) == cost


def test_what_postgresql_calls_a_rewrite_is_one_whatever_the_sizes() -> None:
    """After an UPDATE the old file is twice as large as the new one."""
    small, large = Touched(10, rewritten=5), Touched(210, rewritten=105)
    work = classify("t", small, large, access="command", reason="column type")
    assert work is not None
    assert (work.cost, work.reason) == ("rewrite", "column type")
    assert classify("t", Touched(0), None, access="command", reason="column type") is None


figures = st.integers(0, 10_000)
touched = st.builds(
    Touched,
    pages=figures,
    blocks=figures,
    part_blocks=figures,
    scans=st.integers(0, 3),
    probes=figures,
    changed=figures,
    inserted=figures,
    rewritten=st.none() | figures,
    built=st.dictionaries(st.sampled_from(["a", "b"]), figures),
)


@given(touched, touched | st.none(), st.sampled_from(["executor", "command", "sample"]))
def test_any_figures_give_work_that_makes_sense(
    small: Touched, large: Touched | None, access: Access
) -> None:
    work = classify("t", small, large, access=access, reason="column type")
    assert work is None or (work.pages >= 0 and work.table_pages >= 0)
    assert work is None or work.cost != "constant"


@given(touched, st.sampled_from(["executor", "sample"]))
def test_the_same_work_on_a_larger_table_is_constant(same: Touched, access: Access) -> None:
    from msgspec.structs import replace

    larger = replace(same, pages=same.pages + 100)
    assert classify("t", same, larger, access=access, reason=None) is None
