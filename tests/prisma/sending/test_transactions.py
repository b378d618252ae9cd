from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.prisma.sending.splitting import cut_all
from checker.prisma.sending.transactions import Transaction, find_transactions
from checker.sql import read
from tests.engines.postgresql.helpers import SPLIT, WHOLE, run

T = "CREATE TABLE t ()"
WORDS = st.lists(
    st.sampled_from(
        ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "SELECT 1", T, "START TRANSACTION"]
    )
)


def transactions(script: str, *, separately: bool) -> tuple[Transaction, ...]:
    return find_transactions(read(script, "postgresql").statements, separately=separately)


def shape(script: str, *, separately: bool) -> list[tuple[int, str, bool]]:
    """Of each transaction how many statements it has, its end, and whether it is alone."""
    found = transactions(script, separately=separately)
    return [(len(t.statements), t.end, t.alone) for t in found]


@pytest.mark.parametrize(
    ("script", "whole", "split"),
    [
        ("", [], []),
        ("SELECT 1", [(1, "COMMIT", True)], [(1, "COMMIT", True)]),
        ("SELECT 1; SELECT 2", [(2, "COMMIT", False)], [(1, "COMMIT", True)] * 2),
        ("BEGIN; SELECT 1; COMMIT", [(3, "COMMIT", False)], [(3, "COMMIT", False)]),
        ("SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3",
         [(4, "COMMIT", False), (1, "COMMIT", False)],
         [(1, "COMMIT", True), (3, "COMMIT", False), (1, "COMMIT", True)]),
        ("SELECT 1; COMMIT; SELECT 2",
         [(2, "COMMIT", False), (1, "COMMIT", False)], [(1, "COMMIT", True)] * 3),
        ("BEGIN; SELECT 1", [(2, "", False)], [(2, "", False)]),
        ("BEGIN; SELECT 1; ROLLBACK; SELECT 2",
         [(3, "ROLLBACK", False), (1, "COMMIT", False)],
         [(3, "ROLLBACK", False), (1, "COMMIT", True)]),
        ("DO $$ BEGIN COMMIT; END $$; SELECT 1",
         [(2, "COMMIT", False)], [(1, "COMMIT", True)] * 2),
    ],
)  # fmt: skip
def test_what_shares_a_transaction(
    script: str, whole: list[tuple[int, str, bool]], split: list[tuple[int, str, bool]]
) -> None:
    assert shape(script, separately=False) == whole
    assert shape(script, separately=True) == split


@given(WORDS, st.booleans())
def test_every_statement_is_in_one_transaction(words: list[str], separately: bool) -> None:
    script = read("; ".join(words), "postgresql")
    found = find_transactions(script.statements, separately=separately)
    assert tuple(s for t in found for s in t.statements) == script.statements
    for transaction in found:
        for statement in transaction.statements:
            around = (
                *transaction.before(statement), statement, *transaction.after(statement),
            )  # fmt: skip
            assert around == transaction.statements


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE a(); SELECT 1/0",
        "BEGIN; CREATE TABLE a(); COMMIT; SELECT 1/0",
        "CREATE TABLE a(); BEGIN; SELECT 1; COMMIT; SELECT 1/0",
        "CREATE TABLE a(); BEGIN; SELECT 1; SELECT 1/0",
        "CREATE TABLE a(); COMMIT; SELECT 1/0",
        "CREATE TABLE a(); DO $$ BEGIN END $$; SELECT 1/0",
        "BEGIN; CREATE TABLE a(); SELECT 1/0; COMMIT",
        "CREATE TABLE a(); ROLLBACK; SELECT 1/0",
    ],
)
@pytest.mark.parametrize("prisma", [WHOLE, SPLIT])
def test_what_stays_when_a_statement_fails(
    server: EphemeralServer, script: str, prisma: object
) -> None:
    """The first statement that is committed before the failing one, asked of the server."""
    assert prisma in (WHOLE, SPLIT)
    version = WHOLE if prisma is WHOLE else SPLIT
    replayed = run(server, script, prisma=version)
    assert replayed.failure
    (cut,) = cut_all([script], version)
    found = transactions(script, separately=cut is not None)
    made = next(t for t in found if any("TABLE" in s.text for s in t.statements))
    failed = next(t for t in found if any("1/0" in s.text for s in t.statements))
    assert replayed.failure.committed == (made is not failed and made.end == "COMMIT")
