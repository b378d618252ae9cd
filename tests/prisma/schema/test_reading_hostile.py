"""Whatever stands in a schema file, it is read or refused, and soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.bounds import SCHEMA_CHARACTERS
from checker.prisma.schema.reading import SHOWN, InvalidSchema, read_schema
from checker.prisma.schema.schema import Schema

SCHEMA = """
generator client {
  provider        = "prisma-client"
  previewFeatures = ["postgresqlExtensions", "views"]
}

datasource db {
  provider   = "postgresql"
  schemas    = ["public", "audit"]
  extensions = [citext, uuid(map: "uuid-ossp")]
}

/// A person
model User {
  id      Int      @id @default(autoincrement())
  email   String   @unique(map: "mail") @db.VarChar(200)
  role    Role     @default(USER)
  tags    String[] @default(["a", "b"])
  posts   Post[]   @relation("author")
  liked   Post[]
  data    Json?    @default("{}")

  @@index([email(sort: Desc), role], map: "by_mail")
  @@index([data(ops: JsonbPathOps)], type: Gin)
  @@map("users")
  @@schema("public")
}

model Post {
  id       String  @id @default(uuid(7)) @db.Uuid
  authorId Int
  author   User    @relation("author", fields: [authorId], references: [id], onDelete: Cascade)
  likedBy  User[]
  place    Unsupported("point")?

  @@unique([authorId, id], name: "both")
  @@schema("audit")
}

enum Role {
  USER  @map("user")
  ADMIN

  @@schema("public")
}
"""
LINES = SCHEMA.splitlines()
PIECES = (
    "model A {",
    "}",
    "{",
    "id Int @id",
    "@@index([id])",
    "(",
    '"',
    "/*",
    "//",
    "[",
    ",",
    "\\",
)


def outcome(text: str) -> Schema | InvalidSchema:
    try:
        return read_schema({"schema.prisma": text})
    except InvalidSchema as error:
        found = error
    last = text.count("\n") + 1
    assert found.problems
    assert all(1 <= p.position.line <= last for p in found.problems)
    assert all(p.message.isprintable() for p in found.problems)
    return found


def test_the_schema_itself_is_valid() -> None:
    assert isinstance(outcome(SCHEMA), Schema)


@given(st.text(st.characters(), max_size=200))
def test_any_text(text: str) -> None:
    outcome(text)


@given(st.lists(st.sampled_from((*PIECES, *LINES, "\n", "\x00", "\u202e", "é")), max_size=30))
def test_pieces_of_the_language(pieces: list[str]) -> None:
    outcome(" ".join(pieces))
    outcome("\n".join(pieces))


@given(st.integers(0, len(LINES) - 1), st.sampled_from(["delete", "double", "swap", "cut"]))
def test_a_line_changed(at: int, change: str) -> None:
    lines = list(LINES)
    if change == "delete":
        del lines[at]
    elif change == "double":
        lines.insert(at, lines[at])
    elif change == "swap":
        lines[at], lines[at - 1] = lines[at - 1], lines[at]
    else:
        lines[at] = lines[at][: len(lines[at]) // 2]
    outcome("\n".join(lines))


@given(st.integers(0, len(SCHEMA) - 1), st.characters())
def test_a_character_changed(at: int, character: str) -> None:
    outcome(SCHEMA[:at] + character + SCHEMA[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "model A {\n  id Int @id @default(" + "[" * 20_000,
        "model A {\n  id Int @id @default(" + "[" * 5_000 + "]" * 5_000 + ")\n}\n",
        "model A {\n  id Int @id @default(" + "a(" * 5_000 + ")" * 5_000 + ")\n}\n",
        "model A {\n  id Int @id @default(" + "9" * 100_000 + ")\n}\n",
        'model A {\n  j Json @default("' + "[" * 100_000 + '")\n  id Int @id\n}\n',
        "model A {\n" * 10_000,
        "/*\n" * 10_000,
        " " * 100_000 + "x",
        '"' * 100_000,
        "model A {\n  id Int @id" + "\x00" * 1_000 + "\n}\n",
        "model \u202eA {\n  id Int @id\n}\n",
        "model A {\n  id " + "B" * 100_000 + " @id\n}\n",
        'model A {\n  id Int @id\n  s String @default("\\ud800")\n}\n',
    ],
    ids=range(13),
)
def test_extremes(text: str) -> None:
    error = outcome(text)
    assert isinstance(error, InvalidSchema)
    assert len(str(error)) < (SHOWN + 1) * 400


def test_a_schema_has_a_largest_size() -> None:
    half = "//" + " " * (SCHEMA_CHARACTERS // 2)
    with pytest.raises(InvalidSchema) as caught:
        read_schema({"b.prisma": half, "a.prisma": half})
    assert str(caught.value).startswith("a.prisma:1:1: The schema is larger than")


def test_no_files_are_an_empty_schema() -> None:
    assert read_schema({}) == Schema(None)
