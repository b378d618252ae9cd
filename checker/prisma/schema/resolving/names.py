"""Checks that names are allowed, and that each is given once.

Source: Prisma's schema reference, "Naming conventions"; what its engine refuses.
"""

from __future__ import annotations

from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.syntax import Block, SchemaSource

SCALARS = frozenset(
    {"Int", "BigInt", "Float", "Boolean", "String", "DateTime", "Json", "Bytes", "Decimal"}
)
# Words that JavaScript reserves, which the generated client cannot use as names.
RESERVED = frozenset(
    [
        "PrismaClient",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "using",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)
_CONFIG = ("datasource", "generator")


def check(blocks: tuple[Block, ...], report: Problems) -> None:
    """Reports names that are not allowed or given twice."""
    seen: set[tuple[str, str]] = set()
    for block in blocks:
        space = block.keyword if block.keyword in _CONFIG else ""
        if (space, block.name) in seen:
            message = f"There is more than one {space or 'declaration'} of the name {block.name}."
            report.add(message, block.source, block.start)
        seen.add((space, block.name))
        if space:
            _check_properties(block, report)
        else:
            _check_declaration(block, report)


def _check_properties(block: Block, report: Problems) -> None:
    seen = set()
    for line in block.properties:
        if line.name in seen:
            report.add(f"{line.name} is set more than once.", block.source, line.start)
        seen.add(line.name)


def _check_declaration(block: Block, report: Problems) -> None:
    _check_name(block.name, block.keyword, block.source, block.start, report)
    if block.name in SCALARS:
        message = f"{block.name} is a scalar type of Prisma: name the {block.keyword} otherwise."
        report.add(message, block.source, block.start)
    elif block.name in RESERVED:
        message = f"{block.name} is a reserved word: name the {block.keyword} otherwise."
        report.add(message, block.source, block.start)
    if block.keyword == "enum" and not block.fields:
        report.add(f"The enum {block.name} has no values.", block.source, block.start)
    kind = "value" if block.keyword == "enum" else "field"
    seen = set()
    for line in block.fields:
        _check_name(line.name, kind, block.source, line.start, report)
        if line.name in seen:
            message = f"{block.name} has more than one {kind} {line.name}."
            report.add(message, block.source, line.start)
        seen.add(line.name)


def _check_name(name: str, kind: str, source: SchemaSource, start: int, report: Problems) -> None:
    if name[0].isdigit():
        report.add(f"The name of a {kind} cannot begin with a figure: {name}.", source, start)
    elif "-" in name:
        report.add(f"The name of a {kind} cannot contain a hyphen: {name}.", source, start)
