"""Which changes of a column's type keep its values."""

from __future__ import annotations

import pytest

from checker.prisma.database.model import ColumnArity, ColumnType, DatabaseColumn
from checker.prisma.diff.casting import Cast, cast, type_change


def kind(text: str) -> ColumnType:
    name, _, figures = text.rstrip(")").partition("(")
    return ColumnType(name, tuple(map(int, figures.split(","))) if figures else ())


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("Integer", "BigInt", "safe"),
        ("BigInt", "Integer", "risky"),
        ("Integer", "Boolean", "not_castable"),
        ("Integer", "VarChar(11)", "safe"),
        ("Integer", "VarChar(10)", "risky"),
        ("Integer", "VarChar", "safe"),
        ("Integer", "Char", "risky"),
        ("Integer", "Decimal(12,2)", "safe"),
        ("Integer", "Decimal(11,2)", "risky"),
        ("Integer", "Decimal", "safe"),
        ("Decimal(9,0)", "Integer", "safe"),
        ("Decimal(9,1)", "Integer", "risky"),
        ("Decimal", "Integer", "risky"),
        ("Decimal(10,2)", "Decimal(11,2)", "safe"),
        ("Decimal(10,2)", "Decimal(11,4)", "risky"),
        ("Decimal(10,2)", "Decimal", "safe"),
        ("Decimal", "Decimal(65,30)", "risky"),
        ("Decimal(4,2)", "VarChar(6)", "safe"),
        ("Decimal(4,2)", "VarChar(5)", "risky"),
        ("VarChar(20)", "VarChar(30)", "safe"),
        ("VarChar(20)", "VarChar(10)", "risky"),
        ("Char(1)", "Char", "safe"),
        ("Text", "Citext", "safe"),
        ("Text", "Uuid", "not_castable"),
        ("Citext", "Uuid", "risky"),
        ("Money", "Integer", "risky"),
        ("Uuid", "VarChar(32)", "safe"),
        ("Uuid", "VarChar(31)", "not_castable"),
        ("Uuid", "Char", "not_castable"),
        ("ByteA", "VarChar(3)", "risky"),
        ("ByteA", "VarChar(2)", "not_castable"),
        ("Boolean", "Char(4)", "risky"),
        ("Bit(8)", "VarBit(8)", "safe"),
        ("Bit(8)", "VarBit(7)", "not_castable"),
        ("VarBit(8)", "Bit(8)", "risky"),
        ("VarBit(8)", "Bit(9)", "not_castable"),
        ("Json", "JsonB", "safe"),
        ("Timestamp(6)", "Timestamp(3)", "safe"),
        ("Timestamp(6)", "Timestamp", None),
        ("Timestamp(3)", "Date", "safe"),
        ("Time(6)", "Time(3)", "not_castable"),
        ("Time(6)", "Timetz(3)", "safe"),
        ("Inet", "Inet", None),
    ],
)
def test_cast(old: str, new: str, verdict: Cast | None) -> None:
    assert cast(kind(old), kind(new)) == verdict


def column(text: str, arity: ColumnArity = "required", **more: bool) -> DatabaseColumn:
    found = kind(text)
    return DatabaseColumn("c", ColumnType(found.name, found.arguments, **more), arity)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (column("Integer", "list"), column("Text"), "safe"),
        (column("Integer", "list"), column("VarChar"), "safe"),
        (column("Integer", "list"), column("VarChar(9)"), "risky"),
        (column("Integer", "list"), column("Integer"), "not_castable"),
        (column("Text"), column("Text", "list"), "not_castable"),
        (column("Text", "list"), column("VarChar(9)", "list"), "risky"),
        (column("Text"), column("Text", "nullable"), None),
        (column("Mood", enum=True), column("Mood", "list", enum=True), None),
        (column("Mood", enum=True), column("Other", enum=True), "not_castable"),
        (column("Mood", enum=True), column("Text"), "not_castable"),
        (column("tsvector", unsupported=True), column("cidr", unsupported=True), None),
        (column("tsvector", unsupported=True), column("Text"), "risky"),
    ],
)
def test_type_change(old: DatabaseColumn, new: DatabaseColumn, verdict: Cast | None) -> None:
    assert type_change(old, new) == verdict
