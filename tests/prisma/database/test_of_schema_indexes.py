"""What the indexes of a schema mean on PostgreSQL."""

from __future__ import annotations

import pytest

from checker.prisma.database.model import DatabaseIndex, IndexColumn
from checker.prisma.database.native import operator_class
from tests.prisma.database.test_of_schema import table


def index(line: str) -> DatabaseIndex:
    body = "  id Int @id\n  a Int\n  b Int\n  j Json\n  i String @db.Inet\n"
    return table(f"model M {{\n{body}  {line}\n}}").indexes[0]


@pytest.mark.parametrize(
    ("line", "columns", "method"),
    [
        ("@@index([a(sort: Desc), b])", (IndexColumn("a", descending=True), "b"), "btree"),
        ("@@index([a], type: Hash)", ("a",), "hash"),
        ("@@index([j], type: Gin)", ("j",), "gin"),
        ("@@index([j(ops: JsonbOps)], type: Gin)", ("j",), "gin"),
        (
            "@@index([j(ops: JsonbPathOps)], type: Gin)",
            (IndexColumn("j", operator_class="jsonb_path_ops"),),
            "gin",
        ),
        (
            '@@index([a(ops: raw("int4_minmax_multi_ops"))], type: Brin)',
            (IndexColumn("a", operator_class="int4_minmax_multi_ops"),),
            "brin",
        ),
    ],
)
def test_indexes(line: str, columns: tuple[IndexColumn | str, ...], method: str) -> None:
    expected = tuple(IndexColumn(c) if isinstance(c, str) else c for c in columns)
    found = index(line)
    assert (found.columns, found.method) == (expected, method)


@pytest.mark.parametrize(
    ("ops", "method", "name"),
    [
        ("InetOps", "gist", "inet_ops"),
        ("InetOps", "spgist", None),
        ("TextOps", "spgist", None),
        ("InetInclusionOps", "brin", None),
        ("Int4MinMaxOps", "brin", None),
        ("Int4MinMaxMultiOps", "brin", "int4_minmax_multi_ops"),
        ("TimestampTzBloomOps", "brin", "timestamptz_bloom_ops"),
        ("BpcharBloomOps", "brin", "bpchar_bloom_ops"),
    ],
)
def test_operator_classes(ops: str, method: str, name: str | None) -> None:
    assert operator_class(ops, method) == name


def test_partial_indexes() -> None:
    found = table(
        """generator client {
  provider = "prisma-client-js"
  previewFeatures = ["partialIndexes"]
}
model M {
  id Int @id
  a  Int
  @@index([a], where: raw("a > 0"))
}"""
    )
    assert found.indexes[0].where == "a > 0"
