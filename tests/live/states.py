"""The states that a deployed database gets into: how each comes about, and what a person has to do
beside the commands of a remedy.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping

from msgspec import Struct

from tests.live.deployment import INIT, LOCK, POST, POST_MODEL, POSTS, USER, USER_MODEL, Deployment
from tests.live.engine import checksum

Step = Callable[[Deployment], None]
LEDGER = "_prisma_migrations"
BROKEN = POST + "SELECT nope;\n"


class State(Struct, frozen=True):
    """``make`` brings it about, ``cause`` is the id of what is to be found, whose ``words`` must be
    in the report. ``by_hand`` is what a person does for a remedy, by its id, before the commands.
    """

    make: Step
    cause: str
    words: tuple[str, ...]
    by_hand: Mapping[str, Step] = {}


def seed(at: Deployment) -> None:
    at.sql("INSERT INTO \"User\" (email) VALUES ('a@example.com'), ('b@example.com')")


def deployed(at: Deployment) -> None:
    at.prisma("deploy")
    seed(at)


def only_init(at: Deployment) -> None:
    """POSTS is there, and has not run."""
    shutil.move(at.directory(POSTS), at.root / "kept")
    deployed(at)
    shutil.move(at.root / "kept", at.directory(POSTS))


def remove(at: Deployment, name: str = POSTS) -> None:
    shutil.rmtree(at.directory(name))
    at.commit()


def failed(at: Deployment) -> None:
    only_init(at)
    at.migration(POSTS, BROKEN)
    at.prisma("deploy")


def mend(at: Deployment) -> None:
    at.migration(POSTS, POST)


def half_applied(at: Deployment) -> None:
    """As Prisma leaves it that commits statement after statement."""
    failed(at)
    at.sql(POST)


def done_by_hand(at: Deployment) -> None:
    at.sql('DROP TABLE IF EXISTS "Post"')
    at.sql(POST)
    mend(at)


def completed(at: Deployment) -> None:
    failed(at)
    done_by_hand(at)


def failed_and_gone(at: Deployment) -> None:
    failed(at)
    at.commit()
    remove(at)
    at.write_schema(USER_MODEL)


def with_post(at: Deployment) -> None:
    at.write_schema(USER_MODEL + POST_MODEL)


def edited(at: Deployment) -> None:
    deployed(at)
    at.migration(POSTS, POST + "-- a remark\n")
    at.commit()


def edited_with_effect(at: Deployment) -> None:
    deployed(at)
    at.migration(POSTS, POST.replace('"title" TEXT', '"title" TEXT,\n    "body" TEXT'))
    at.write_schema(USER_MODEL + POST_MODEL.replace("title", "body String?\n  title"))
    at.commit()


def without_body(at: Deployment) -> None:
    at.write_schema(USER_MODEL + POST_MODEL)


def missing(at: Deployment) -> None:
    deployed(at)
    remove(at)


def without_post(at: Deployment) -> None:
    at.write_schema(USER_MODEL)


def missing_without_trace(at: Deployment) -> None:
    at.migration(POSTS, "-- nothing\n")
    at.write_schema(USER_MODEL)
    at.commit()
    missing(at)


def renamed(at: Deployment) -> None:
    deployed(at)
    at.directory(POSTS).rename(at.directory("20260301000000_articles"))
    at.commit()


def squashed(at: Deployment) -> None:
    deployed(at)
    remove(at, INIT)
    remove(at)
    at.migration("20260301000000_squashed", USER + POST)
    at.commit()


def unsquash(at: Deployment) -> None:
    shutil.rmtree(at.directory("20260301000000_squashed"))


def diverged(at: Deployment) -> None:
    """POSTS of one branch ran, and the directory is that of another."""
    deployed(at)
    remove(at)
    at.migration("20260215000000_tags", 'CREATE TABLE "Tag" ("id" INTEGER PRIMARY KEY);\n')
    at.write_schema(USER_MODEL + POST_MODEL + "model Tag {\n  id Int @id\n}\n")
    at.commit()


def then_deploy(at: Deployment) -> None:
    at.prisma("deploy")


def tags_only(at: Deployment) -> None:
    at.write_schema(USER_MODEL + "model Tag {\n  id Int @id\n}\n")


def rolled_back_row(at: Deployment) -> None:
    failed(at)
    at.prisma("rolled_back", POSTS)
    mend(at)
    at.prisma("deploy")


def rolled_back(at: Deployment) -> None:
    failed(at)
    at.prisma("rolled_back", POSTS)
    mend(at)


def applied_without_script(at: Deployment) -> None:
    deployed(at)
    (at.directory(POSTS) / "migration.sql").unlink()
    at.write({f"prisma/migrations/{POSTS}/README.md": "gone"})


def pending_without_script(at: Deployment) -> None:
    deployed(at)
    at.write({"prisma/migrations/20260301000000_new/README.md": "to come"})


def wrong_provider(at: Deployment) -> None:
    deployed(at)
    at.write({"prisma/migrations/migration_lock.toml": "provider = 'postgresql'\n"})


def of_mysql(at: Deployment) -> None:
    at.write({"prisma/migrations/migration_lock.toml": LOCK.replace("postgresql", "mysql")})
    at.migration(INIT, "CREATE TABLE `User` (`id` INTEGER NOT NULL AUTO_INCREMENT);\n")
    at.migration(POSTS, "CREATE TABLE `Post` (`id` INTEGER NOT NULL AUTO_INCREMENT);\n")
    at.commit()
    pushed(at)


def for_postgresql(at: Deployment) -> None:
    """The file alone was wrong."""
    at.migration(INIT, USER)
    at.migration(POSTS, POST)
    at.write({"prisma/migrations/migration_lock.toml": LOCK})
    at.sql('DROP TABLE "Post"; DROP TABLE "User"')
    deployed(at)


def pushed(at: Deployment) -> None:
    """As ``db push`` makes it."""
    at.sql(USER + POST)
    seed(at)


def pushed_in_part(at: Deployment) -> None:
    at.sql(USER)
    seed(at)


def ledger_emptied(at: Deployment) -> None:
    deployed(at)
    at.sql(f"DELETE FROM {LEDGER}")


def without_migrations(at: Deployment) -> None:
    shutil.rmtree(at.root / "prisma/migrations")
    at.commit()
    pushed(at)


def elsewhere(at: Deployment) -> None:
    deployed(at)
    at.sql("CREATE SCHEMA app")
    for name in ('"User"', '"Post"', LEDGER):
        at.sql(f"ALTER TABLE {name} SET SCHEMA app")


def look_there(at: Deployment) -> None:
    at.schema = "app"


def damaged(at: Deployment) -> None:
    deployed(at)
    at.sql(f"ALTER TABLE {LEDGER} DROP COLUMN checksum")


def forbidden(at: Deployment) -> None:
    deployed(at)
    at.as_superuser(f'REVOKE ALL ON {LEDGER} FROM "postgres"')
    at.as_superuser(f"ALTER TABLE {LEDGER} OWNER TO CURRENT_USER")


def no_create(at: Deployment) -> None:
    deployed(at)
    at.as_superuser("ALTER SCHEMA public OWNER TO CURRENT_USER")
    at.as_superuser('REVOKE CREATE ON SCHEMA public FROM PUBLIC, "postgres"')
    at.as_superuser('GRANT USAGE ON SCHEMA public TO "postgres"')


def read_only(at: Deployment) -> None:
    deployed(at)
    at.as_superuser(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET "
        "default_transaction_read_only = on', current_database()); END $$"
    )


def write_again(at: Deployment) -> None:
    at.as_superuser(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE postgres IN DATABASE %I RESET "
        "default_transaction_read_only', current_database()); END $$"
    )


def pushed_later(at: Deployment) -> None:
    """``db push`` on a database that has a history."""
    deployed(at)
    at.sql('ALTER TABLE "User" ADD COLUMN "age" INTEGER')
    at.write_schema(USER_MODEL.replace("email", "age Int?\n  email") + POST_MODEL)


def without_age(at: Deployment) -> None:
    at.write_schema(USER_MODEL + POST_MODEL)


def by_hand(at: Deployment) -> None:
    deployed(at)
    at.sql('CREATE INDEX "User_email_idx" ON "User" ("email")')
    at.write_schema(USER_MODEL.replace("String\n", "String\n  @@index([email])\n") + POST_MODEL,
                    "pulled.prisma")  # fmt: skip


def no_migration(at: Deployment) -> None:
    deployed(at)
    at.write_schema(USER_MODEL + POST_MODEL + "model Tag {\n  id Int @id\n}\n")


def already_there(at: Deployment) -> None:
    only_init(at)
    at.sql(POST)


def will_fail(at: Deployment) -> None:
    only_init(at)
    at.migration(POSTS, POST + 'ALTER TABLE "Nobody" ADD COLUMN a INTEGER;\n')


def nothing(_: Deployment) -> None:
    """No more than the commands."""


def odd(at: Deployment) -> None:
    deployed(at)
    script = (at.directory(POSTS) / "migration.sql").read_bytes()
    at.sql(
        f"INSERT INTO {LEDGER} (id, checksum, migration_name, finished_at) "
        f"VALUES ('second', '{checksum(script)}', '{POSTS}', now())"
    )


def one_row(at: Deployment) -> None:
    at.sql(f"DELETE FROM {LEDGER} WHERE id = 'second'")


STATES: dict[str, State] = {
    "pending": State(only_init, "pending", (f"`{POSTS}` is not applied yet",)),
    "failed": State(
        failed,
        "failed",
        ("P3009", f"`{POSTS}` was started but did not finish", "nope"),
        {"resolve-rolled-back": mend, "resolve-applied": done_by_hand, "reset": mend},
    ),
    "half applied": State(
        half_applied,
        "failed",
        ("P3009", "Undo what it left behind"),
        {"resolve-rolled-back": mend, "resolve-applied": mend, "reset": mend},
    ),
    "completed by hand": State(completed, "failed", ("already match the migrations",)),
    "failed and gone": State(
        failed_and_gone, "failed", ("P3009", "Forget it"), {"restore": with_post}
    ),
    "edited": State(edited, "edited", (f"The migration `{POSTS}` was modified after it was",)),
    "edited with effect": State(
        edited_with_effect,
        "edited",
        ("The tables differ from what it makes now",),
        {"restore": without_body},
    ),
    "missing": State(
        missing,
        "missing",
        ("are applied to the database but missing from the local", POSTS),
        {"undo": without_post, "reset": without_post},
    ),
    "missing without trace": State(missing_without_trace, "missing", ("show no trace of them",)),
    "renamed": State(renamed, "renamed", ("is called `20260301000000_articles`",)),
    "squashed": State(squashed, "missing", ("It is a squash",), {"restore": unsquash}),
    "diverged": State(
        diverged,
        "diverged",
        (f"Last common migration: `{INIT}`", "`20260215000000_tags` the other way round"),
        {"undo": tags_only, "reset": tags_only},
    ),
    "rolled-back row": State(rolled_back_row, "rolled-back-row", ("marked as rolled back",)),
    "rolled back": State(rolled_back, "pending", ("was rolled back before and runs again",)),
    "applied, no script": State(applied_without_script, "no-script", ("P3015",)),
    "pending, no script": State(pending_without_script, "no-script", ("P3015", "new")),
    "wrong provider": State(wrong_provider, "wrong-provider", ("P3019",)),
    "history of MySQL": State(
        of_mysql, "wrong-provider", ("P3019", "`mysql`"), {"write-lock-file": for_postgresql}
    ),
    "not empty": State(pushed, "schema-not-empty", ("P3005",)),
    "not empty, behind": State(pushed_in_part, "schema-not-empty", ("P3005",)),
    "ledger emptied": State(ledger_emptied, "ledger-empty", ("`_prisma_migrations` is empty",)),
    "no migrations": State(without_migrations, "no-history", ("P3005", "a baseline")),
    "other schema": State(
        elsewhere, "ledger-elsewhere", ("`schema=app`",), {"other-url": look_there}
    ),
    "ledger damaged": State(damaged, "ledger-damaged", ("checksum",)),
    "ledger forbidden": State(forbidden, "ledger-forbidden", ("permission denied",)),
    "no right to create": State(no_create, "no-create", ("permission denied for schema",)),
    "read only": State(read_only, "read-only", ("25006",), {"other-url": write_again}),
    "db push": State(
        pushed_later,
        "db-push",
        ("Drift detected", "`User.age`", "somebody has used `db push`"),
        {"undo": without_age, "reset": without_age},
    ),
    "changed by hand": State(
        by_hand, "changed-by-hand", ("Drift detected", "`User_email_idx`", "by hand")
    ),
    "no migration": State(no_migration, "no-migration", ("`Tag`", "no migration")),
    "already there": State(already_there, "already-there", ("P3018", "already in the database")),
    "fails": State(will_fail, "will-fail", ("P3018", "Nobody"), {"deploy": mend}),
    "odd": State(odd, "ledger-odd", ("not as Prisma leaves it",), {"look": one_row}),
}
