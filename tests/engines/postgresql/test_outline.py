"""What two databases hold, compared part by part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.outline import Outline
from checker.engines.postgresql.outline import gaps, read_outline
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError
from checker.model import Gap, Part
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.report.comparisons import gap_words

BEFORE = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 10);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE "User" (id int PRIMARY KEY, "email" text NOT NULL, m mood, n int DEFAULT 1);
CREATE TABLE "Post" (id int PRIMARY KEY, author int REFERENCES "User" (id));
CREATE INDEX by_author ON "Post" (author);
CREATE VIEW names AS SELECT email FROM "User";
CREATE SEQUENCE counter;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON "Post" FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE "Post" ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON "Post" USING (author = 1);
CREATE SCHEMA other;
CREATE TABLE other."Log" (line text);
INSERT INTO "User" VALUES (1, 'a@example.com', 'sad', 1), (2, 'b@example.com', 'happy', 2);
"""
CHANGES = {
    """ALTER TYPE mood ADD VALUE 'odd' BEFORE 'sad'""": (
        "enum `mood` has the labels `sad, happy` here, `odd, sad, happy` there"
    ),
    """ALTER TABLE "User" ALTER n SET DEFAULT 2""": (
        "column `User.n` has the default `1` here, `2` there"
    ),
    """ALTER TABLE "User" ALTER n DROP DEFAULT""": (
        "column `User.n` has the default `1` here, none there"
    ),
    """ALTER TABLE "User" ALTER email DROP NOT NULL""": (
        "column `User.email` has the NOT NULL `yes` here, `no` there"
    ),
    """ALTER TABLE "User" ALTER n TYPE bigint""": (
        "column `User.n` has the type `integer` here, `bigint` there"
    ),
    """ALTER TABLE "Post" DROP COLUMN author CASCADE""": (
        "column `Post.author` is only there here"
    ),
    """ALTER TABLE "User" ADD UNIQUE (email)""": (
        "constraint `User_email_key` of `User` is only there there"
    ),
    """DROP INDEX by_author""": "index `by_author` of `Post` is only there here",
    """CREATE OR REPLACE VIEW names AS SELECT email, id FROM "User";""": (
        "view `names` differs in its definition"
    ),
    """ALTER SEQUENCE counter INCREMENT 2""": (
        "sequence `counter` has the increment `1` here, `2` there"
    ),
    """CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'""": (
        "function `f()` differs in its definition"
    ),
    """ALTER TABLE "Post" DISABLE TRIGGER t""": (
        "trigger `t` of `Post` has the state `enabled` here, `disabled` there"
    ),
    """DROP POLICY p ON "Post" """: "policy `p` of `Post` is only there here",
    """ALTER TABLE "Post" DISABLE ROW LEVEL SECURITY""": "table `Post` has the row security `on`",
    """GRANT SELECT ON "Post" TO PUBLIC""": "table `Post` has the privileges",
    """ALTER DOMAIN short SET DEFAULT 'x'""": "domain `short` has the definition",
    """ALTER TYPE pair ADD ATTRIBUTE c int""": "type `pair` has the definition",
    """DROP TABLE other."Log" """: "table `other.Log` is only there here",
    """CREATE SCHEMA third""": "schema `third` is only there there",
    """CREATE RULE r AS ON DELETE TO "Post" DO INSTEAD NOTHING""": (
        "rule `r` of `Post` is only there there"
    ),
    """CREATE STATISTICS s ON id, author FROM "Post" """: "statistics `s` of `Post` is only there",
    """INSERT INTO "User" VALUES (3, 'c', 'sad', 1)""": "table `User` has 2 rows here, 3 there",
    """DELETE FROM "User" """: "table `User` has 2 rows here, none there",
    """UPDATE "User" SET email = 'x' WHERE id = 1""": (
        "column `User.email` holds other values here than there"
    ),
    """UPDATE "User" SET n = 3 - n""": "table `User` holds other values here than there",
}


@pytest.fixture(scope="module")
def template(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as database:
        with connect(database.owner) as connection:
            run(connection, BEFORE)
        yield database


@pytest.mark.parametrize(("statement", "words"), CHANGES.items())
def test_every_change_is_seen_and_nothing_else(
    statement: str, words: str, template: Database, server: EphemeralServer
) -> None:
    with server.copy(template) as copy:
        before = read_outline(copy)
        with connect(copy.owner) as connection:
            run(connection, statement)
        found = [gap_words(gap, "here", "there") for gap in gaps(before, read_outline(copy))]
    assert found
    assert found[0].startswith(words)
    cascades = {'ALTER TABLE "Post" DROP COLUMN author CASCADE': 4}
    assert len(found) == cascades.get(statement, 1), found


def test_of_a_table_that_is_gone_no_part_is_named(
    template: Database, server: EphemeralServer
) -> None:
    with server.copy(template) as copy:
        before = read_outline(copy)
        with connect(copy.owner) as connection:
            run(connection, 'DROP TABLE "Post"')
        found = gaps(before, read_outline(copy))
    assert [gap.part.kind for gap in found] == ["table"]


def test_the_order_of_columns_and_the_state_of_sequences_do_not_count(
    server: EphemeralServer,
) -> None:
    outlines: list[Outline] = []
    for columns in ("a int, b int", "b int, a int"):
        with server.database() as database:
            with connect(database.owner) as connection:
                run(connection, f"CREATE TABLE t ({columns}); INSERT INTO t (a, b) VALUES (1, 2)")
                run(connection, "CREATE SEQUENCE s")
                if outlines:
                    run(connection, "SELECT nextval('s')")
            outlines.append(read_outline(database))
    assert gaps(*outlines) == ()


def test_values_as_text_run_no_code_as_superuser(server: EphemeralServer) -> None:
    """A cast of the migrations' own is theirs, also when we ask for the text of a value."""
    spy = """
    CREATE TABLE seen (who text);
    CREATE TYPE spy AS (a int);
    CREATE FUNCTION tell(spy) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.seen VALUES (current_user); RETURN 'x'; END $$;
    CREATE CAST (spy AS text) WITH FUNCTION tell(spy);
    CREATE TABLE t (s spy); INSERT INTO t VALUES (ROW(1));"""
    with server.database() as database:
        with connect(database.owner) as connection:
            run(connection, spy)
        read_outline(database)
        with connect(database.owner) as connection:
            assert connection.execute("SELECT DISTINCT who FROM seen").fetchall() == [("postgres",)]


def test_what_cannot_be_read_is_no_equality(server: EphemeralServer) -> None:
    sql = """
    CREATE TYPE bad AS (a int);
    CREATE FUNCTION fail(bad) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no'; END $$;
    CREATE CAST (bad AS text) WITH FUNCTION fail(bad);
    CREATE TABLE t (b bad); INSERT INTO t VALUES (ROW(1));"""
    with server.database() as database:
        with connect(database.owner) as connection:
            run(connection, sql)
        with pytest.raises(CannotWorkError, match="cannot be read: no"):
            read_outline(database)


def test_long_and_foreign_values_stay_out_of_the_words() -> None:
    part = Part("column", "public", "c", "T")
    for value in ("x" * 100, "a`b", "a\nb"):
        gap = Gap(part, "default", value, "1")
        assert gap_words(gap, "here", "there") == ("column `T.c` differs in its default")
