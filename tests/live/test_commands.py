"""Prisma's commands in the dialects of its versions, as a shell reads them."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.live.commands import PrismaCommands, restore, text_literal, write_lock
from checker.model import PrismaVersion
from tests.discover.conftest import commit, git

SIX = PrismaCommands(PrismaVersion(6, 19, 3), "prisma/schema.prisma", "prisma/migrations")
SEVEN = PrismaCommands(PrismaVersion(7, 10), "prisma/schema.prisma", "prisma/migrations")
APART = PrismaCommands(
    PrismaVersion(7, 10), "apps/db/schema", "apps/db/migrations", "apps/db/prisma.config.ts"
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@pytest.mark.parametrize("prisma", [SIX, SEVEN])
def test_the_ledger_commands_are_the_same_in_both(prisma: PrismaCommands) -> None:
    assert prisma.deploy() == "npx prisma migrate deploy"
    assert prisma.status() == "npx prisma migrate status"
    assert prisma.applied("0_init") == "npx prisma migrate resolve --applied 0_init"
    assert prisma.rolled_back("0_init") == "npx prisma migrate resolve --rolled-back 0_init"
    assert prisma.reset() == "npx prisma migrate reset"


def test_the_database_is_named_by_the_schema_up_to_6_and_by_the_config_from_7_on() -> None:
    start = "npx prisma migrate diff --from-empty"
    six = f"{start} --to-schema-datasource prisma/schema.prisma --script"
    assert SIX.diff("empty", "database") == six
    assert SEVEN.diff("empty", "database") == f"{start} --to-config-datasource --script"


def test_the_schema_is_a_datamodel_up_to_6() -> None:
    start = "npx prisma migrate diff --from-empty"
    six = f"{start} --to-schema-datamodel prisma/schema.prisma --script"
    assert SIX.diff("empty", "schema") == six
    assert SEVEN.diff("empty", "schema") == f"{start} --to-schema prisma/schema.prisma --script"


def test_migrations_need_a_shadow_database_which_7_takes_from_the_config() -> None:
    start = "npx prisma migrate diff --from-migrations prisma/migrations"
    assert SEVEN.diff("migrations", "database") == f"{start} --to-config-datasource --script"
    assert SIX.diff("migrations", "database") == (
        f"{start} --to-schema-datasource prisma/schema.prisma --script "
        '--shadow-database-url "$SHADOW_DATABASE_URL"'
    )


def test_sql_is_run_on_the_schema_s_database_up_to_6() -> None:
    end = "npx prisma db execute --file undo.sql"
    assert SIX.execute_file("undo.sql") == f"{end} --schema prisma/schema.prisma"
    assert SEVEN.execute_file("undo.sql") == end


def test_a_project_elsewhere_is_named() -> None:
    options = "--schema apps/db/schema --config apps/db/prisma.config.ts"
    assert APART.deploy() == f"npx prisma migrate deploy {options}"
    assert APART.execute_file("a.sql").endswith("--config apps/db/prisma.config.ts")


def test_a_name_that_begins_with_a_dash_is_no_option() -> None:
    assert SEVEN.applied("-x").endswith("--applied=-x")


@given(TEXT.filter(bool))
def test_whatever_a_directory_is_called_is_one_word(name: str) -> None:
    words = shlex.split(SEVEN.applied(name))
    assert words[-1] == (f"--applied={name}" if name.startswith("-") else name)
    assert len(words) == (5 if name.startswith("-") else 6)


@given(TEXT)
def test_sql_reaches_standard_input_as_it_is(sql: str) -> None:
    words = shlex.split(SEVEN.execute(sql))
    assert words[:3] == ["printf", "%s\\n", sql]


def test_the_owner_s_url_stands_before_the_command() -> None:
    line = SEVEN.execute("GRANT", as_owner=True)
    assert line.endswith('| DATABASE_URL="$OWNER_DATABASE_URL" npx prisma db execute --stdin')


def test_text_in_sql() -> None:
    assert text_literal("20260101000000_a-b.c") == "$$20260101000000_a-b.c$$"
    assert text_literal("it's") == "'it''s'"
    assert text_literal("a$$; DROP") == "'a$$; DROP'"
    assert text_literal("a\\'b") == "E'a\\\\''b'"


def test_the_lock_file_is_written_as_prisma_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "it's a lock.toml"
    subprocess.run(["sh", "-ec", write_lock(str(path))], check=True)
    assert path.read_text() == 'provider = "postgresql"\n'


@pytest.mark.parametrize("name", ["0_init", "it's; echo", "$(touch owned)"])
def test_a_text_comes_back_from_the_commit_that_had_it(tmp_path: Path, name: str) -> None:
    git(tmp_path, "init", "-q")
    path = f"migrations/{name}/migration.sql"
    for text in ("SELECT 1;\n", "SELECT 2;\n", "SELECT 3;\n"):
        commit(tmp_path, {path: text})
    git(tmp_path, "rm", "-q", "-r", "migrations")
    git(tmp_path, "commit", "-q", "-m", "gone")
    second = hashlib.sha256(b"SELECT 2;\n").hexdigest()
    subprocess.run(["sh", "-ec", restore(path, second)], cwd=tmp_path, check=True)
    assert (tmp_path / path).read_text() == "SELECT 2;\n"
    assert not (tmp_path / "owned").exists()
