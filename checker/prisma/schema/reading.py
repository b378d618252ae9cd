"""Turns the files of a schema into a ``Schema``, or into everything that is wrong with them.

The verdict is that of Prisma's engine. Engine 6 (and older ones) want the ``url`` in the
datasource, engine 7 wants it elsewhere, and some features came or became standard with 7: where the
version is not known, a schema is judged by the engine that its datasource fits.
"""

from __future__ import annotations

from collections.abc import Mapping

from checker.bounds import SCHEMA_CHARACTERS
from checker.errors import InputError
from checker.model import PrismaVersion
from checker.prisma.schema import validation
from checker.prisma.schema.parsing import parse
from checker.prisma.schema.resolving import names
from checker.prisma.schema.resolving.config import SchemaConfig
from checker.prisma.schema.resolving.models import ModelReader
from checker.prisma.schema.resolving.relations import pair
from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.schema import Position, Schema, SchemaProblem
from checker.prisma.schema.syntax import Block, SchemaSource

SHOWN = 10
_LAST_WITH_URL = 6
_LAST_MINOR = 99


class InvalidSchema(InputError):  # noqa: N818 - it is what the schema is
    """A schema that Prisma would refuse. ``problems`` are in the order of files and lines."""

    def __init__(self, problems: tuple[SchemaProblem, ...]) -> None:
        shown = [describe_problem(p) for p in problems[:SHOWN]]
        if len(problems) > SHOWN:
            shown.append(f"… and {len(problems) - SHOWN} more")
        super().__init__("\n".join(shown))
        self.problems = problems


def describe_problem(problem: SchemaProblem) -> str:
    """``schema.prisma:12:3: message``."""
    at = problem.position
    return f"{at.file}:{at.line}:{at.column}: {problem.message}"


def read_schema(files: Mapping[str, str], prisma: PrismaVersion | int | None = None) -> Schema:
    """The schema that files make up, by their names, as a version of Prisma understands it; a
    number is the last version of that major one.

    Raises ``InvalidSchema`` with every problem found. Rules between the parts are checked only once
    each part is right.
    """
    report = Problems()
    blocks: list[Block] = []
    if sum(map(len, files.values())) > SCHEMA_CHARACTERS:
        message = f"The schema is larger than {SCHEMA_CHARACTERS:,} characters."
        report.at(message, Position(min(files), 1))
        raise InvalidSchema(report.problems)
    for name in sorted(files):
        found, problems = parse(SchemaSource(name, files[name]))
        blocks += found
        report.extend(problems)
    return _resolve(tuple(blocks), _version(blocks, prisma), report)


def _version(blocks: list[Block], prisma: PrismaVersion | int | None) -> PrismaVersion:
    if isinstance(prisma, PrismaVersion):
        return prisma
    if prisma is None:
        sources = [b for b in blocks if b.keyword == "datasource"]
        with_url = any(p.name == "url" for b in sources for p in b.properties)
        prisma = _LAST_WITH_URL if with_url else _LAST_WITH_URL + 1
    return PrismaVersion(prisma, _LAST_MINOR)


def _resolve(blocks: tuple[Block, ...], prisma: PrismaVersion, report: Problems) -> Schema:
    names.check(blocks, report)
    config = SchemaConfig(blocks, prisma.major, report)
    datasource = config.datasource
    scope = Scope(
        blocks,
        report,
        engine=prisma.major,
        enabled=config.enabled,
    )
    scope.check_types()
    reader = ModelReader(scope)
    containers = {b.name: reader.read(b) for b in blocks if b.keyword in ("model", "view", "type")}
    enums = tuple(reader.enum(b) for b in blocks if b.keyword == "enum")
    _stop(report)
    kinds = {
        b.name: b.keyword for b in blocks if b.name in containers and b.keyword in ("view", "type")
    }
    paired = pair(m for m in containers.values() if kinds.get(m.name) != "type")
    schema = Schema(
        datasource=datasource,
        generators=config.generators,
        models=tuple(m for m in paired.values() if m.name not in kinds),
        views=tuple(m for m in paired.values() if kinds.get(m.name) == "view"),
        types=tuple(m for m in containers.values() if kinds.get(m.name) == "type"),
        enums=enums,
    )
    config.check()
    validation.check(schema, reader.notes, prisma, report)
    _stop(report)
    return schema


def _stop(report: Problems) -> None:
    if report:
        raise InvalidSchema(report.problems)
