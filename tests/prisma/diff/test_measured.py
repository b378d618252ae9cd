"""Columns beside fields: the same differences as Prisma's engine sees, measured once."""

from __future__ import annotations

from pathlib import Path

import yaml

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from checker.pg.connection import connect
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.diff import diff
from checker.prisma.diff.steps import AlterColumn, AlterTable, RecreateColumn
from checker.prisma.schema.reading import read_schema

ROWS: list[tuple[str, str, str]] = yaml.safe_load(
    (Path(__file__).parent / "columns.yml").read_text()
)
TYPES = """
    CREATE TYPE "E" AS ENUM ('A', 'B b'); CREATE TYPE comp AS (x int); CREATE SEQUENCE sq;
    CREATE DOMAIN dom AS text; CREATE DOMAIN domi AS integer;
    CREATE DOMAIN domr AS integer NOT NULL;
"""


def test_columns_that_differ(server: EphemeralServer) -> None:
    columns = ", ".join(f"c{n} {sql}" for n, (sql, _, _) in enumerate(ROWS))
    keys = "".join(
        f'CREATE UNIQUE INDEX "T_c{n}_key" ON "T" (c{n});'
        for n, (_, field, _) in enumerate(ROWS)
        if "@unique" in field
    )
    table = f'CREATE TABLE "T" (id int CONSTRAINT "T_pkey" PRIMARY KEY, {columns});'
    fields = "\n".join(f"c{n} {field}" for n, (_, field, _) in enumerate(ROWS))
    schema = read_schema(
        {
            "schema.prisma": 'datasource db {\n provider = "postgresql"\n}\n'
            f'enum E {{\n A\n Bb @map("B b")\n}}\nmodel T {{\n id Int @id\n {fields}\n}}\n'
        }
    )
    meant = database_of(schema, PrismaVersion(7, 10))
    with server.database() as database, connect(database.owner) as connection:
        connection.execute((TYPES + table + keys).encode())
        (step,) = diff(read_catalog(connection), meant)
    assert isinstance(step, AlterTable)
    differing = {
        change.before.name
        for change in step.changes
        if isinstance(change, AlterColumn | RecreateColumn)
    }
    found = [
        (*row[:2], "differs" if f"c{n}" in differing else "same") for n, row in enumerate(ROWS)
    ]
    assert found == [tuple(row) for row in ROWS]
