"""The commands ``drift`` and ``diff``, as a user sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checker.cli import main
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
from tests.discover.conftest import SCHEMA
from tests.projects import USER, make_project

MODEL = """
model User {
  id    Int    @id @default(autoincrement())
  email String
  age   Int?
}
"""


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path, {"1_user": USER}, **{"prisma/schema.prisma": SCHEMA + MODEL})


@pytest.mark.usefixtures("server")
def test_no_drift_is_said_and_exits_with_0(project: Path) -> None:
    done = invoke("drift", project)
    assert (done.exit_code, done.output) == (
        0,
        "prisma/schema.prisma: the migrations make just what the schema says\n",
    )


@pytest.mark.usefixtures("server")
def test_drift_is_told_with_the_script_and_exits_with_2(project: Path) -> None:
    (project / "prisma/schema.prisma").write_text(SCHEMA + MODEL.replace("age ", "x Int?\n age "))
    done = invoke("drift", project)
    assert done.exit_code == 2
    assert "- Column `User.x` is in schema.prisma and in no migration" in done.output
    script = invoke("drift", project, "--script")
    assert script.exit_code == 2
    assert " ".join(script.output.split()).endswith('ADD COLUMN "x" INTEGER;')


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("broken", ["model User {", "model User {\n id Int\n}\n"])
def test_an_invalid_schema_is_one_sentence_and_exit_code_1(project: Path, broken: str) -> None:
    (project / "prisma/schema.prisma").write_text(SCHEMA + broken)
    done = invoke("drift", project)
    assert done.exit_code == 1
    assert "prisma/schema.prisma:" in done.output
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("server")
def test_migrations_that_do_not_run_tell_no_drift(project: Path) -> None:
    (project / "prisma/migrations/1_user/migration.sql").write_text("CREATE TABEL x ();")
    done = invoke("drift", project)
    assert done.exit_code == 1
    assert "whether they differ is not known" in done.output


@pytest.mark.usefixtures("server")
def test_each_pair_of_sides_is_compared(project: Path, server: EphemeralServer) -> None:
    schema, migrations = project / "prisma/schema.prisma", project / "prisma/migrations"
    same = invoke("diff", "--from", migrations, "--to", schema)
    assert (same.exit_code, same.output) == (0, "No difference.\n")
    grown = invoke("diff", "--from", "empty", "--to", schema, "--script")
    assert grown.exit_code == 2
    assert 'CREATE TABLE "User"' in grown.output
    gone = invoke("diff", "--from", schema, "--to", "empty")
    assert gone.exit_code == 2
    assert f"Table `User` is only in {schema}" in gone.output


def test_a_database_is_a_side(project: Path, server: EphemeralServer) -> None:
    with server.database() as database:
        parameters = database.superuser or {}
        url = (
            f"postgresql://{parameters['user']}:{parameters['password']}@/{database.name}"
            f"?host={parameters['host']}&port={parameters.get('port', '5432')}"
        )
        script = invoke("diff", "--from", url, "--to", project / "prisma/schema.prisma", "--script")
        with connect(database.owner) as connection:
            connection.execute("CREATE TABLE extra ()")
        words = invoke("diff", "--from", url, "--to", project / "prisma/schema.prisma")
    assert script.exit_code == words.exit_code == 2
    assert 'CREATE TABLE "User"' in script.output
    assert "Table `extra` is only in the database" in words.output
    assert parameters["password"] not in script.output + words.output


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("nowhere", "nowhere is neither"),
        ("prisma://accelerate.example/?api_key=secret", "Prisma's own service"),
        ("mysql://root:secret@localhost/x", "is not a PostgreSQL URL"),
    ],
)
def test_a_side_that_is_none_is_refused(tmp_path: Path, side: str, said: str) -> None:
    (tmp_path / "schema.prisma").write_text(SCHEMA)
    done = invoke("diff", "--from", side, "--to", tmp_path / "schema.prisma")
    assert done.exit_code == 1
    assert said in done.output
    assert "secret" not in done.output


CONFIG = """
import { defineConfig } from "prisma/config";
const TABLES = ["public.users"];
export default defineConfig({
  migrations: { initShadowDb: `CREATE TYPE "Kind" AS ENUM ('A');
    CREATE TABLE users (id INTEGER PRIMARY KEY, kind "Kind");` },
  tables: { external: TABLES },
  enums: { external: ["public.Kind"] },
});
"""
OWNED = """
model users {
  id   Int    @id
  name String
  User User[]
}
model User {
  id    Int    @id @default(autoincrement())
  email String
  age   Int?
  owner users? @relation(fields: [age], references: [id])
}
"""
OWNER = (
    'ALTER TABLE "User" ADD CONSTRAINT "User_age_fkey" FOREIGN KEY ("age") REFERENCES users(id) '
)


@pytest.mark.usefixtures("server")
def test_what_is_external_is_made_before_and_not_compared(tmp_path: Path) -> None:
    """As Prisma 7.10's engine answers for the same files, with and without the configuration."""
    migration = f"{USER}{OWNER} ON DELETE SET NULL ON UPDATE CASCADE;\n"
    schema = {"prisma/schema.prisma": SCHEMA + OWNED}
    root = make_project(tmp_path, {"1_user": migration}, **schema)
    assert "the replay did not reach its end" in invoke("drift", root).output
    (root / "prisma.config.ts").write_text(CONFIG)
    assert "the migrations make just what the schema says" in invoke("drift", root).output
    (root / "prisma.config.ts").write_text(CONFIG.replace("CREATE TABLE", "CREATE TALBE"))
    done = invoke("check", root, "--format", "json")
    assert done.exit_code == 0
    assert "initShadowDb of prisma.config fails: syntax error" in done.output


ONE_TO_ONE = """
model User {
  id      Int      @id @default(autoincrement())
  email   String
  age     Int?
  profile Profile?
}
model Profile {
  id     Int  @id
  userId Int
  user   User @relation(fields: [userId], references: [id])
}
"""


def test_what_an_old_prisma_takes_is_not_called_invalid(tmp_path: Path) -> None:
    """Until 4.0 the key of a one-to-one relation needed no @unique (its upgrade guide)."""
    schema = {"prisma/schema.prisma": SCHEMA + ONE_TO_ONE}
    root = make_project(tmp_path, {"1_user": USER}, **schema)
    told = "Prisma refuses the schema"
    assert told in invoke("check", root, "--no-replay", "--prisma-version", "4.0.0").output
    done = invoke("check", root, "--no-replay", "--prisma-version", "3.15.2", "--format", "json")
    assert told not in done.output
    assert "what 3.15.2 takes is not known" in done.output
