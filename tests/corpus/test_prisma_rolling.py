"""Old code on new databases: the last thirty migrations of each real history as one pull request.

What is listed was found in the migrations by hand. The old code is that of a schema which has every
table and column of the old database, since only the newest schema.prisma is at hand.
``python -m tests.corpus.test_prisma_rolling [HISTORY …]`` prints what breaks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import History, PrismaVersion
from checker.model.sentences import break_words
from checker.pg.connection import connect
from checker.prisma.client.answers import Broken
from checker.prisma.client.statements import ClientStatement, statements_of
from checker.prisma.client.trial import newly_broken, try_client
from checker.prisma.database import model as database
from checker.prisma.database.read import read_catalog
from checker.prisma.schema import schema
from checker.prisma.schema.reading import read_schema
from tests.engines.postgresql.helpers import load, parses, project
from tests.engines.postgresql.test_real_histories import postgresql_histories
from tests.projects import SHARED

SCENARIOS = SHARED / "scenarios"
LAST = 30
AT = schema.Position("schema.prisma", 1)

pytestmark = pytest.mark.skipif(
    not SCENARIOS.is_dir(), reason="the real histories are not on this machine (../shared)"
)

SCALARS: Mapping[str, str] = {
    **dict.fromkeys(("SmallInt", "Integer", "Oid"), "Int"),
    **dict.fromkeys(("Real", "DoublePrecision"), "Float"),
    **dict.fromkeys(("Decimal", "Money"), "Decimal"),
    **dict.fromkeys(("Timestamp", "Timestamptz", "Date", "Time", "Timetz"), "DateTime"),
    **dict.fromkeys(("Json", "JsonB"), "Json"),
    "BigInt": "BigInt",
    "Boolean": "Boolean",
    "ByteA": "Bytes",
}
ARITIES: Mapping[database.ColumnArity, schema.Arity] = {
    "required": "required",
    "nullable": "optional",
    "list": "list",
}
FUNCTIONS = {"now": "now", "sequence": "autoincrement", "expression": "dbgenerated"}


def as_schema(found: database.DatabaseSchema) -> schema.Schema:
    """A schema in which each table is a model and each column a field, of the same names."""
    enums = (
        schema.Enum(e.name, e.name, tuple(schema.EnumValue(v, v) for v in e.values), AT)
        for e in found.enums
    )
    models = (schema.Model(t.name, t.name, AT, tuple(map(field, t.columns))) for t in found.tables)
    source = schema.Datasource("db", "postgresql", AT)
    return schema.Schema(source, models=tuple(models), enums=tuple(enums))


def field(column: database.DatabaseColumn) -> schema.Field:
    kind = column.type
    scalar = not kind.enum and not kind.unsupported
    return schema.Field(
        name=column.name,
        column=column.name,
        kind="scalar" if scalar else "enum" if kind.enum else "unsupported",
        type=SCALARS.get(kind.name, "String") if scalar else kind.name,
        arity=ARITIES[column.arity],
        position=AT,
        native=schema.NativeType(kind.name, tuple(map(str, kind.arguments))) if scalar else None,
        default=default(column),
    )


def default(column: database.DatabaseColumn) -> schema.Default | None:
    known = column.default
    if column.identity or column.generated:
        return schema.Default("function", function="dbgenerated")
    if known is None:
        return None
    if known.kind in ("value", "list") and SCALARS.get(column.type.name) != "Bytes":
        return schema.Default(known.kind, known.values)
    return schema.Default("function", function=FUNCTIONS.get(known.kind, "dbgenerated"))


def breaks(server: EphemeralServer, name: str, version: PrismaVersion) -> tuple[Broken, ...]:
    past = load(SHARED / "corpus" / name / "prisma/migrations").migrations
    statements: tuple[ClientStatement, ...] = ()
    found = []
    for part in (past[:-LAST], past):
        with server.database() as made:
            options = ReplayOptions(parses=parses)
            replay_into(made, History(part), project(version), options)
            with connect(made.owner) as connection:
                statements = statements or statements_of(as_schema(read_catalog(connection)))
                found.append(try_client(connection, statements))
    assert [b for b in found[0] if b.always] == []  # code works with its own database
    return newly_broken(*found)


# (model, field, operation, always): read in the migrations.
BY_HAND: Mapping[str, Sequence[tuple[str, str | None, str, bool]]] = {
    "langfuse__langfuse": [
        ("traces", None, "findMany", True),
        ("blob_storage_integrations", "file_type", "findMany", False),
    ],
    "mfts__papermark": [("Chat", "threadId", "findMany", True), ("Chat", None, "create", True)],
    "elie222__inbox-zero": [
        ("BookingLink", "timezone", "findMany", True),
        ("BookingLink", None, "create", True),
    ],
    "baptisteArno__typebot.io": [("Answer", "storageUsed", "findMany", True)],
    "ghostfolio__ghostfolio": [
        ("Order", "isDraft", "findMany", True),
        ("Order", "type", "update", False),
    ],
    "EvolutionAPI__evolution-api": [("DifySession", None, "findMany", True)],
    "Shelf-nu__shelf.nu": [("AssetModel", "imageExpiration", "findMany", True)],
    "linkwarden__linkwarden": [
        ("User", None, "create", True),
        ("Subscription", "stripeSubscriptionId", "findMany", False),
    ],
    "Peppermint-Lab__peppermint": [("TicketFile", None, "create", True)],
    "sourcebot-dev__sourcebot": [
        ("Account", "provider", "findMany", True),
        ("User", "email", "create", False),
    ],
}


@pytest.mark.parametrize(
    ("name", "version"),
    [found for found in postgresql_histories() if found[0] in BY_HAND],
)
def test_what_the_migrations_say(
    server: EphemeralServer, name: str, version: PrismaVersion
) -> None:
    found = {(b.model, b.field, b.operation, b.always) for b in breaks(server, name, version)}
    assert found >= set(BY_HAND[name])


# What code of the change meets on the database of the base; code of the base meets nothing.
AHEAD = {
    "S06": [],
    "S22": [],  # a model renamed with @@map
    "S27": [("BookingAsset", "bookingModelRequestId")],
    "S29": [],
    "S39": [("Typebot", "resultsTablePreferences")],
}


@pytest.mark.parametrize("name", AHEAD)
def test_real_changes(server: EphemeralServer, name: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = json.loads((SCENARIOS / "scenarios.json").read_text())
    row = next(r for r in rows if r["id"] == name)
    subprocess.run(["tar", "-xzf", SCENARIOS / f"{name}.tar.gz", "-C", tmp_path], check=True)
    found: dict[tuple[str, str], tuple[Broken, ...]] = {}
    for side in ("base", "head"):
        with server.database() as made:
            past = load(tmp_path / side / row["migrations_dir"])
            assert replay_into(made, past, project()).status == "passed"
            with connect(made.owner) as connection:
                for code in ("base", "head"):
                    text = (tmp_path / code / row["schema"]).read_text()
                    statements = statements_of(read_schema({"schema.prisma": text}))
                    found[code, side] = try_client(connection, statements)
    assert newly_broken(found["base", "base"], found["base", "head"]) == ()
    ahead = newly_broken(found["head", "head"], found["head", "base"])
    assert [(b.model, b.field) for b in ahead] == AHEAD[name]


def main(chosen: list[str]) -> None:
    with EphemeralServer.start(find_binaries(None)) as server:
        for name, version in postgresql_histories():
            if not chosen or name in chosen:
                found = breaks(server, name, version)
                print(f"{name}: {len(found)} break, {sum(b.always for b in found)} always")
                for b in found:
                    print(f"  {break_words(b.of('old'))}")


if __name__ == "__main__":
    main(sys.argv[1:])
