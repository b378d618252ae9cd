from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.model import PrismaVersion
from checker.prisma.sending.splitting import Piece, cut_all, find_pieces
from checker.sql import read
from tests.engines.postgresql.helpers import SHARED, SPLIT, WHOLE, load

FRAGMENTS = st.lists(
    st.sampled_from(
        ["'", '"', "$$", "$a$", "/*", "*/", "--", "\n", ";", "(", ")", "\\", "e'", "x", " ",
         "BEGIN ATOMIC", "CASE", "END", "é", "\ufeff", "\0", "select 1"]
    )
).map("".join)  # fmt: skip


def texts(script: str) -> list[str]:
    return [script[p.start : p.end] for p in find_pieces(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (" -- nothing\n/* at; all */ ;; ", []),
        ("a; b", ["a", "b"]),
        ("-- x;\na /* ; /* ; */ ; */ b; c", ["a /* ; /* ; */ ; */ b", "c"]),
        ("select ';', \";\", e'\\';', 'it''s;'; b", ["select ';', \";\", e'\\';', 'it''s;'", "b"]),
        ("do $$ ; $$; do $x$ $$ ; $x$", ["do $$ ; $$", "do $x$ $$ ; $x$"]),
        ("select a$1$ ; b$1$", ["select a$1$", "b$1$"]),
        ("create rule r as on insert to t do (a; b); c",
         ["create rule r as on insert to t do (a; b)", "c"]),
        ("create function f() begin atomic select case when a then b end; c; end; d",
         ["create function f() begin atomic select case when a then b end; c; end", "d"]),
        ("begin; a; end; b", ["begin", "a", "end", "b"]),
        ("a 'never closed; b", ["a 'never closed; b"]),
        ("a); b", ["a)", "b"]),
    ],
)  # fmt: skip
def test_statements_end_where_postgresql_ends_them(script: str, expected: list[str]) -> None:
    assert texts(script) == expected


@given(FRAGMENTS | st.text())
def test_any_text_is_cut_into_ordered_pieces(script: str) -> None:
    end = 0
    for piece in find_pieces(script):
        assert end <= piece.start < piece.end <= len(script)
        end = piece.end


@settings(max_examples=5, deadline=None)
@given(st.lists(FRAGMENTS | st.text(), max_size=50))
def test_any_text_is_sent_whole_or_in_its_pieces(scripts: list[str]) -> None:
    for script, cut in zip(scripts, cut_all(scripts, SPLIT), strict=True):
        assert cut in (None, find_pieces(script))


def test_scripts_are_cut_from_prisma_7_4_on() -> None:
    script = "CREATE INDEX CONCURRENTLY i ON t (a); ALTER TYPE e ADD VALUE 'x'"
    for whole in (WHOLE, PrismaVersion(7, 3, 9)):
        assert cut_all([script, ""], whole) == [None, None]
    assert cut_all([script, "", "-- x"], SPLIT) == [find_pieces(script), (), ()]


@pytest.mark.parametrize(
    "unknown", ["DO $$ BEGIN END $$", "DROP INDEX CONCURRENTLY i", "THIS IS NO SQL"]
)
def test_a_script_that_sqlparser_cannot_read_is_sent_whole(unknown: str) -> None:
    assert cut_all([f"SELECT 1; {unknown}; SELECT 2"], SPLIT) == [None]


def test_a_script_that_sqlparser_does_not_survive_is_sent_whole() -> None:
    deep = "SELECT 1" + " + 1" * 200_000
    assert cut_all(["SELECT 1", deep, "SELECT 2", deep, "SELECT 3"], SPLIT) == [
        (Piece(0, 8),), None, (Piece(0, 8),), None, (Piece(0, 8),),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "script",
    ["(" * 50_000, "/*" * 50_000, "$$" * 50_001, "'" * 50_001, "e'\\" * 50_000, ";" * 50_000],
)
def test_odd_texts_take_no_odd_time(script: str) -> None:
    assert len(find_pieces(script)) <= 1


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of real histories is not here")
def test_pieces_are_the_statements_that_postgresqls_grammar_sees() -> None:
    different = []
    for directory in sorted((SHARED / "corpus").glob("*/prisma/migrations")):
        for migration in load(directory).migrations:
            script = read(migration.sql or "", "postgresql")
            if script.problem is None:
                text = (migration.sql or "").encode()
                expected = [text[s.start : s.end].decode() for s in script.statements]
                if texts(migration.sql or "") != expected:
                    different.append(migration.path)
    assert different == []
