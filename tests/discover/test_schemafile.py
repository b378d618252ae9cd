from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.discover.schemafile import DatasourceSeen, parse_schema_file, read_schema_file
from checker.errors import InputError

TRICKY = """
// datasource wrong { provider = "mysql" }
/* datasource wrong {
   provider = "sqlite" } */
generator client { provider = "prisma-client-js" output = "./{" }
model User { id Int @id @default(dbgenerated("datasource x {"))
  datasource String }
enum Role { A }
datasource db {
  // url = env("X")
  provider = "postgresql" // "mysql"
  shadowDatabaseUrl = "postgresql://url = 1"
}
view V { id Int }
"""


def test_comments_and_strings_are_no_code() -> None:
    file = parse_schema_file(TRICKY)
    assert file.datasource == DatasourceSeen("postgresql", has_url=False)
    assert file.blocks == {"User", "Role", "V"}


@pytest.mark.parametrize(
    ("line", "provider"),
    [
        ('provider = "postgres"', "postgres"),
        ('provider="mysql"', "mysql"),
        ('provider = env("DB")', None),
        ('provider = ["sqlite", "postgresql"]', "sqlite"),
        ("", None),
    ],
)
def test_the_provider_is_what_is_written(line: str, provider: str | None) -> None:
    file = parse_schema_file(f'datasource db {{\n  {line}\n  url = env("URL")\n}}')
    assert file.datasource == DatasourceSeen(provider, has_url=True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"model A {\xff}", "not UTF-8"),
        (b"model A {\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}", "merge-conflict markers at line 2"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "schema.prisma"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as error:
        read_schema_file(path, tmp_path)
    assert str(path) in str(error.value)


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "schema.prisma").symlink_to(secret)
    with pytest.raises(InputError, match="leads outside"):
        read_schema_file(inside / "schema.prisma", inside)


@given(st.text() | st.text('{}="/*\n datasourceprovider'))
def test_no_text_makes_it_raise(text: str) -> None:
    assert parse_schema_file(text).blocks <= set(text.replace("{", " ").split())
