"""What the pages of the rules say was measured is what the server at hand does."""

from __future__ import annotations

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
from checker.report import rule_pages as _pages
from checker.report.rule_pages import explanation, page
from checker.rules import Rule, all_rules, find_rule
from tests.rules.figures import LOCKS, of_rule, recorded
from tests.rules.measuring import observe


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_figures_are_what_the_server_does(rule: Rule, server: EphemeralServer) -> None:
    known = recorded(server)
    if known is None:
        pytest.skip("no figures of this version are on the pages")
    assert of_rule(rule, server) == known.get(rule.id, []), "run scripts/update-docs --measure"


def test_statement_outside_of_transactions_is_watched(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.owner) as connection:
        connection.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int)")
        for statement, table, lock in (
            ("VACUUM FULL b", "b", "ACCESS EXCLUSIVE"),
            ("CREATE INDEX CONCURRENTLY ON b (id)", "b", "SHARE UPDATE EXCLUSIVE"),
            ("REINDEX SCHEMA public", "a", "SHARE"),
        ):
            seen = observe(connection, statement, lambda: connect(database.owner))
            assert LOCKS[seen.taken[table]] == lock
        assert seen.indexed == {"a", "b"}
        with pytest.raises(psycopg.errors.UndefinedTable):
            observe(connection, "VACUUM FULL c", lambda: connect(database.owner))


def test_page_shows_the_figures() -> None:
    text = page(find_rule("require-concurrent-index-creation"))
    assert "| `User` | SHARE | builds an index |" in text
    assert "User: SHARE; builds an index" in explanation(
        find_rule("require-concurrent-index-creation")
    )
    assert "(held from before)" in page(find_rule("not-valid-validate-same-transaction"))


def test_page_notes_what_another_version_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def table(lock: str) -> list[dict[str, object]]:
        tables = [{"table": "a", "lock": lock, "work": "scan"}]
        return [{"statement": "SELECT 1 | 2", "tables": tables}]

    figures = {"18": {"syntax-error": table("SHARE")}, "9": {"syntax-error": table("EXCLUSIVE")}}
    monkeypatch.setattr(_pages, "_figures", lambda: figures)
    text = page(find_rule("syntax-error"))
    assert "on PostgreSQL 18; on 9 the same unless noted." in text
    assert (
        "| `SELECT 1 \\| 2` | `a` | SHARE | reads every row |\n"
        "|  | `a` | EXCLUSIVE (PostgreSQL 9) | reads every row |\n"
    ) in text


def test_page_of_a_preset() -> None:
    text = page(find_rule("prefer-jsonb"))
    assert "Severity: warning. Off by default. Presets: style, types." in text
    assert "Measured" not in text
