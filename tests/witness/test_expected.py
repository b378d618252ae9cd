"""What the rows of a copy are, by what the new migrations expect of production's."""

from __future__ import annotations

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Observation
from tests.witness.losses.test_sparing import watched


def failures(observations: tuple[Observation, ...]) -> list[str | None]:
    """The SQLSTATE with which each statement fails on rows."""
    return [o.failure.sqlstate if o.failure else None for o in observations]


def test_text_that_becomes_an_enum_holds_its_labels(server: EphemeralServer) -> None:
    """So that what comes after the cast meets rows, and the label that is new is among them."""
    merged = """CREATE TYPE state AS ENUM ('on'); CREATE TABLE t (id int PRIMARY KEY, s text);"""
    new = "ALTER TYPE state ADD VALUE 'off'; ALTER TABLE t ADD c state; UPDATE t SET c = s::state;"
    new += "ALTER TABLE t DROP COLUMN s;"
    seen = watched(server, merged, new).observations
    assert failures(seen) == [None, None, "55P04", None]
    assert seen[3].on_rows
    assert [loss.column for loss in seen[3].losses] == ["s"]


@pytest.mark.parametrize(
    ("constraint", "sqlstate"),
    [
        ("CHECK (v > 3) NOT VALID", "23514"),
        ("FOREIGN KEY (v) REFERENCES u NOT VALID", "23503"),
        ("CHECK (v > 3)", None),
    ],
)
def test_rows_may_be_older_than_what_is_not_valid(
    server: EphemeralServer, constraint: str, sqlstate: str | None
) -> None:
    merged = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, v int);"
    merged += f"ALTER TABLE t ADD CONSTRAINT c {constraint};"
    new = "ALTER TABLE t VALIDATE CONSTRAINT c; DELETE FROM t;"
    validated, deleted = watched(server, merged, new).observations
    assert failures((validated,)) == [sqlstate]
    assert deleted.on_rows


@pytest.mark.parametrize("kind", ["uuid", "text"])
def test_random_keys_of_two_tables_do_not_agree(server: EphemeralServer, kind: str) -> None:
    merged = f"CREATE TABLE a (id {kind} PRIMARY KEY); CREATE TABLE b (id {kind} PRIMARY KEY);"
    (seen,) = watched(server, merged, "INSERT INTO a SELECT id FROM b;").observations
    assert failures((seen,)) == [None]


@pytest.mark.parametrize("kind", ["uuid", "text", "int"])
def test_a_key_that_is_added_meets_orphans_and_others(server: EphemeralServer, kind: str) -> None:
    merged = f"CREATE TABLE a (id {kind} PRIMARY KEY); CREATE TABLE b (id int, a {kind});"
    new = "ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES a (id); DELETE FROM b;"
    added, deleted = watched(server, merged, new).observations
    assert failures((added,)) == ["23503"]
    assert deleted.losses[0].lost > 20


def test_a_script_that_assembles_a_name_meets_rows(server: EphemeralServer) -> None:
    merged = "CREATE TABLE hidden (id int PRIMARY KEY);"
    new = "DO $$ BEGIN EXECUTE format('DELETE FROM %I', 'hid' || 'den'); END $$;"
    (seen,) = watched(server, merged, new).observations
    assert [(loss.table, loss.lost) for loss in seen.losses] == [("hidden", 60)]


@pytest.mark.parametrize(
    "setting",
    [
        "statement_timeout = 3", "lock_timeout = 1", "idle_in_transaction_session_timeout = 1",
        "idle_session_timeout = 1", "client_encoding = 'EUC_TW'", "row_security = off",
        "search_path = ''", "role = none", "standard_conforming_strings = off",
    ],
)  # fmt: skip
def test_no_setting_switches_the_watching_off(server: EphemeralServer, setting: str) -> None:
    merged = "CREATE TABLE t (id int PRIMARY KEY);"
    for how in ("SET", "SET LOCAL"):
        script = f"{how} {setting}; DO $$ BEGIN EXECUTE 'DELETE FROM public.t'; END $$;"
        witness = watched(server, merged, script)
        assert witness.prevention is None
        assert [loss.lost for loss in witness.observations[-1].losses] == [60]
