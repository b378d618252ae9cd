"""The abilities of each database on which a schema depends.

Source: prisma-engines, psl, the capabilities of each connector; and the engines' answers.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model import Provider
from checker.prisma.schema.schema import ReferentialAction

Kind = Literal["primary_key", "index", "foreign_key", "default"]
_ALL: frozenset[ReferentialAction] = frozenset(
    {"Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"}
)
_EMULATED: frozenset[ReferentialAction] = frozenset({"Cascade", "Restrict", "NoAction", "SetNull"})
_LIST: frozenset[ReferentialAction] = frozenset({"Cascade", "Restrict", "SetNull"})


class NameScope(Struct, frozen=True):
    """Constraints that share their names: of one schema, or of one model where ``local``. Where
    one of the ``silent`` kind has the name, too, Prisma reports the others only.
    """

    kinds: frozenset[Kind]
    local: bool = False
    silent: Kind | None = None


class Connector(Struct, frozen=True):
    """The abilities of a database. ``longest`` is its longest name in bytes."""

    title: str
    longest: int = 1 << 30
    enums: bool = True
    json: bool = True
    decimal: bool = True
    json_lists: bool = True
    scalar_lists: bool = True
    composite_types: bool = False
    compound_ids: bool = True
    named_ids: bool = True
    named_foreign_keys: bool = True
    named_defaults: bool = False
    auto: bool = False
    auto_increment: bool = True
    several_auto_increments: bool = True
    auto_increment_off_id: bool = True
    auto_increment_unindexed: bool = True
    implicit_many_to_many: bool = True
    embedded_many_to_many: bool = False
    schemas: bool = False
    clustered: bool = False
    lengths: bool = False
    sorted_ids: bool = False
    full_text: bool = False
    several_full_texts: bool = True
    sorted_full_text: bool = False
    any_reference_order: bool = True
    finds_cycles: bool = False
    set_null_on_required: bool = False
    indexes: frozenset[str] = frozenset({"BTree"})
    actions: frozenset[ReferentialAction] = _ALL
    emulated_actions: frozenset[ReferentialAction] = _EMULATED
    scopes: tuple[NameScope, ...] = ()


def _scope(*kinds: Kind, local: bool = False, silent: Kind | None = None) -> NameScope:
    return NameScope(frozenset(kinds), local, silent)


# Without a datasource Prisma allows what no database is needed for.
NONE = Connector(
    title="A schema without a datasource",
    decimal=False,
    json_lists=False,
    scalar_lists=False,
    named_ids=False,
    named_foreign_keys=False,
    several_auto_increments=False,
    auto_increment_off_id=False,
    auto_increment_unindexed=False,
    any_reference_order=False,
)

DATABASES: dict[Provider, Connector] = {
    "postgresql": Connector(
        title="PostgreSQL",
        longest=63,
        schemas=True,
        set_null_on_required=True,
        indexes=frozenset({"BTree", "Hash", "Gist", "Gin", "SpGist", "Brin"}),
        emulated_actions=_LIST,
        scopes=(
            _scope("primary_key", "index"),
            _scope("primary_key", "index", "foreign_key", local=True, silent="index"),
        ),
    ),
    "cockroachdb": Connector(
        title="CockroachDB",
        longest=63,
        schemas=True,
        json_lists=False,
        indexes=frozenset({"BTree", "Gin"}),
        scopes=(_scope("primary_key", "index", "foreign_key", local=True, silent="index"),),
    ),
    "mysql": Connector(
        title="MySQL",
        longest=64,
        json_lists=False,
        scalar_lists=False,
        named_ids=False,
        several_auto_increments=False,
        auto_increment_unindexed=False,
        lengths=True,
        full_text=True,
        scopes=(_scope("foreign_key"), _scope("index", local=True)),
    ),
    "sqlite": Connector(
        title="SQLite",
        longest=10_000,
        json_lists=False,
        scalar_lists=False,
        named_ids=False,
        named_foreign_keys=False,
        several_auto_increments=False,
        auto_increment_off_id=False,
        auto_increment_unindexed=False,
        emulated_actions=_LIST,
        scopes=(_scope("index"),),
    ),
    "sqlserver": Connector(
        title="SQL Server",
        longest=128,
        enums=False,
        json=False,
        json_lists=False,
        scalar_lists=False,
        named_defaults=True,
        schemas=True,
        clustered=True,
        sorted_ids=True,
        any_reference_order=False,
        finds_cycles=True,
        actions=_ALL - {"Restrict"},
        scopes=(
            _scope("primary_key", "foreign_key", "default"),
            _scope("primary_key", "index", local=True),
        ),
    ),
    "mongodb": Connector(
        title="MongoDB",
        longest=127,
        decimal=False,
        composite_types=True,
        compound_ids=False,
        named_ids=False,
        named_foreign_keys=False,
        auto=True,
        auto_increment=False,
        implicit_many_to_many=False,
        embedded_many_to_many=True,
        full_text=True,
        several_full_texts=False,
        sorted_full_text=True,
        actions=frozenset(),
        scopes=(_scope("index", local=True),),
    ),
}
