"""What ``status`` finds and says, in every state that a deployed database can be in."""

from __future__ import annotations

import pytest

from checker.live.facts import LOCK_KEY, Facts
from checker.pg.connection import connect
from checker.report.status import headline, make_status, render_status
from tests.live.engine import Refused
from tests.live.world import MAKE_POST, MAKE_USER, POST, USER, World


def steps(facts: Facts) -> list[tuple[str, str | None, str | None]]:
    return [(step.action, step.migration, step.code) for step in facts.deploy]


def page(facts: Facts) -> str:
    return render_status(make_status(facts), "text")


def by_hand(facts: Facts) -> list[str]:
    """The sentences for what was done by hand, as the report has them."""
    told = make_status(facts).facts
    assert told is not None
    assert told.drift.by_hand is not None
    return [change.text for change in told.drift.by_hand.changes]


def test_in_step(world: World) -> None:
    world.engine.deploy()
    facts = world.facts()
    assert (facts.in_step, headline(facts)) == (True, "in step")
    assert facts.diagnosis.up_to_date
    assert steps(facts) == [("nothing", None, None)]
    assert facts.drift.reason is None
    assert page(facts).startswith("✓ Deployed database: in step\n")


def test_nothing_is_deployed_yet(world: World) -> None:
    facts = world.facts()
    assert (facts.in_step, headline(facts)) == (False, "2 pending")
    assert [action for action, _, _ in steps(facts)] == ["create_ledger", "apply", "apply"]
    assert facts.drift.by_hand == facts.drift.unmigrated
    assert "nothing has been deployed to it yet" in page(facts)


def test_pending(world: World) -> None:
    world.engine.deploy()
    world.write("3_more", 'ALTER TABLE "Post" ADD COLUMN "text" TEXT;\n')
    world.schema(USER + POST.replace("}", "  text String?\n}"))
    facts = world.facts()
    assert headline(facts) == "1 pending"
    assert steps(facts) == [("apply", "3_more", None)]
    assert facts.drift.schema is not None
    assert facts.drift.schema.changes
    assert "no migration" not in page(facts)


def test_a_pending_migration_that_will_fail(world: World) -> None:
    world.engine.deploy()
    world.write("3_again", MAKE_POST)
    assert steps(world.facts()) == [("apply", "3_again", "P3018")]


def test_a_pending_migration_meets_what_was_made_by_hand(world: World) -> None:
    world.engine.deploy()
    world.write("3_tag", 'CREATE TABLE "Tag" ("id" INTEGER NOT NULL);\n')
    world.sql('CREATE TABLE "Tag" (other int)')
    facts = world.facts()
    assert steps(facts) == [("apply", "3_tag", "P3018")]
    assert "already exists" in facts.deploy[0].text


def test_failed(world: World) -> None:
    world.write("2_post", MAKE_POST + "SELECT 1/0;\n")
    with pytest.raises(Refused, match="22012"):
        world.engine.deploy()
    facts = world.facts()
    assert headline(facts) == "1 failed"
    assert steps(facts) == [("stop", "2_post", "P3009")]
    assert facts.drift.by_hand is not None
    assert facts.drift.by_hand.changes == ()  # its statements were rolled back
    world.engine.resolve_rolled_back("2_post")
    facts = world.facts()
    assert headline(facts) == "1 rolled back"
    assert "`migrate status` says that all is up to date" not in page(facts)
    assert "all is up to date" in page(facts)  # as Prisma up to 7.8 does


def test_edited(world: World) -> None:
    world.engine.deploy()
    world.write("1_user", MAKE_USER + "-- a comment\n")
    facts = world.facts()
    assert (headline(facts), facts.edited) == ("1 edited", ("1_user",))
    assert "prisma migrate status says that all is up to date" in page(facts)


def test_missing(world: World) -> None:
    world.engine.deploy()
    world.remove("2_post")
    world.schema(USER)
    facts = world.facts()
    assert headline(facts) == "1 missing, changed by hand"
    assert facts.names("missing") == ("2_post",)
    assert facts.diagnosis.history == "ahead"
    assert facts.drift.by_hand is not None
    assert by_hand(facts) == ["Table `Post` is in the database and made by no applied migration"]


def test_diverged(world: World) -> None:
    world.engine.deploy()
    world.remove("2_post")
    world.write("2_tag", 'CREATE TABLE "Tag" ("id" INTEGER NOT NULL);\n')
    facts = world.facts()
    assert facts.diagnosis.history == "diverged"
    assert "have diverged: 1_user is the last that both have" in page(facts)


def test_not_empty_and_without_a_ledger(world: World) -> None:
    world.sql(MAKE_USER)
    facts = world.facts()
    assert (facts.not_empty, facts.tables) == (True, ("User",))
    assert headline(facts) == "not empty and without a ledger (P3005), 2 pending"
    assert steps(facts) == [("stop", None, "P3005")]
    assert not facts.drift.has_pending
    world.sql(MAKE_POST)
    assert world.facts().drift.has_pending


def test_changed_by_hand(world: World) -> None:
    world.engine.deploy()
    world.sql('ALTER TABLE "User" ADD nick text', 'DROP TABLE "Post"')
    facts = world.facts()
    assert headline(facts) == "changed by hand"
    gap = facts.drift.by_hand
    assert gap is not None
    assert sorted(by_hand(facts)) == [
        "Column `User.nick` is in the database and made by no applied migration",
        "Table `Post` is made by the applied migrations and not in the database",
    ]
    assert 'ADD COLUMN     "nick" TEXT' in gap.forth
    assert 'CREATE TABLE "Post"' in gap.back
    assert facts.drift.unmigrated is not None
    assert not facts.drift.unmigrated.changes


def test_db_push_is_told_from_a_hand(world: World) -> None:
    world.engine.deploy()
    world.schema(USER + POST + "model Tag {\n  id Int @id\n}\n")
    world.sql(
        'CREATE TABLE "Tag" ("id" INTEGER NOT NULL, CONSTRAINT "Tag_pkey" PRIMARY KEY ("id"))'
    )
    facts = world.facts()
    assert facts.diagnosis.up_to_date
    assert headline(facts) == "changed with db push, the schema has what no migration makes"
    assert "Changed with db push" in page(facts)


def test_the_schema_is_ahead_of_the_migrations(world: World) -> None:
    world.engine.deploy()
    world.schema(USER + POST + "model Tag {\n  id Int @id\n}\n")
    facts = world.facts()
    assert headline(facts) == "the schema has what no migration makes"
    assert not facts.in_step


def test_migrations_that_were_run_by_hand(world: World) -> None:
    world.engine.deploy()
    world.write(
        "3_tag",
        'CREATE TABLE "Tag" ("id" INTEGER NOT NULL, CONSTRAINT "Tag_pkey" PRIMARY KEY ("id"));\n',
    )
    world.schema(USER + POST + "model Tag {\n  id Int @id\n}\n")
    world.sql((world.migrations / "3_tag/migration.sql").read_text())
    facts = world.facts()
    assert facts.drift.has_pending
    assert steps(facts) == [("apply", "3_tag", "P3018")]


def test_an_empty_ledger(world: World) -> None:
    world.engine.deploy()
    world.sql("TRUNCATE _prisma_migrations")
    facts = world.facts()
    assert facts.ledger.state == "empty"
    assert facts.drift.has_pending
    assert "The ledger is empty." in page(facts)


def test_a_damaged_ledger(world: World) -> None:
    world.engine.deploy()
    world.sql("ALTER TABLE _prisma_migrations DROP COLUMN logs")
    facts = world.facts()
    assert headline(facts) == "the ledger is damaged"
    assert steps(facts) == [("stop", None, None)]
    assert "the column logs is missing" in page(facts)
    assert not facts.in_step


def test_another_schema(world: World) -> None:
    world.sql("CREATE SCHEMA shop", "SET search_path = shop", "SELECT 1")
    with connect(world.database.owner) as connection:
        connection.execute(b"SET search_path = shop")
        connection.execute((MAKE_USER + MAKE_POST).encode())
    facts = world.facts("shop")
    assert facts.tables == ("Post", "User")
    assert facts.drift.has_pending  # the same tables, in another schema
    assert facts.drift.schema is not None
    assert not facts.drift.schema.changes
    assert world.facts("nowhere").ledger.state == "no_schema"


def test_a_wrong_lock_file(world: World) -> None:
    world.engine.deploy()
    (world.migrations / "migration_lock.toml").write_text('provider = "mysql"\n')
    facts = world.facts()
    assert steps(facts) == [("stop", None, "P3019")]
    assert headline(facts) == "Prisma refuses (P3019)"


def test_somebody_holds_the_lock(world: World) -> None:
    world.engine.deploy()
    with connect(world.database.owner) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        facts = world.facts()
    assert facts.lock is not None
    assert steps(facts) == [("stop", None, "P1002")]
    assert "advisory lock is held by process" in page(facts)


def test_without_a_replay_the_schema_is_compared(world: World) -> None:
    world.engine.deploy()
    world.sql('ALTER TABLE "User" ADD nick text')
    facts = world.facts(replay=False)
    assert facts.drift.by_hand is None
    assert headline(facts) == "not as the schema says"
    assert facts.drift.reason == "nothing was replayed"


def test_rows_of_the_database_are_not_in_the_report(world: World) -> None:
    world.write("2_post", 'CREATE UNIQUE INDEX u ON "User" (name);\n')
    world.write("1_user", MAKE_USER + "INSERT INTO \"User\" VALUES (1, 'secret'), (2, 'secret');\n")
    with pytest.raises(Refused, match="23505"):
        world.engine.deploy()
    assert "secret" not in render_status(make_status(world.facts()), "json")
