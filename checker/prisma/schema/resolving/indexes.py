"""``@id``, ``@unique``, ``@@id``, ``@@unique``, ``@@index`` and ``@@fulltext`` of a model.

Source: Prisma's schema reference, "@@index" and the like, "Configuring an index".
"""

from __future__ import annotations

from typing import Literal, cast

from checker.prisma.schema.resolving.attributes import Arguments
from checker.prisma.schema.resolving.conditions import Conditions
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.schema import IndexField, SchemaIndex
from checker.prisma.schema.syntax import Block, Call, Expression, Items, Word

ALGORITHMS = ("BTree", "Hash", "Gist", "Gin", "SpGist", "Brin")
IndexKind = Literal["primary_key", "unique", "index", "fulltext"]


class IndexReader:
    """Reads the indexes of one model or view."""

    def __init__(self, block: Block, scope: Scope) -> None:
        self.block, self.scope = block, scope
        self.conditions = Conditions(block, scope)

    def of_field(self, given: Arguments, kind: IndexKind, field: str) -> SchemaIndex:
        """``@id`` or ``@unique``."""
        name = given.map()
        sort = self._sort(given, given.take("sort"))
        length = given.integer(given.take("length"))
        clustered = given.boolean(given.take("clustered"))
        where = self.conditions.read(given) if kind == "unique" else None
        given.finish()
        return SchemaIndex(
            kind=kind,
            fields=(IndexField(field, sort, length),),
            position=given.position,
            name=name,
            clustered=clustered,
            where=where,
        )

    def of_model(self, given: Arguments, kind: IndexKind) -> SchemaIndex:
        """``@@id``, ``@@unique``, ``@@index`` or ``@@fulltext``."""
        fields = self._fields(given)
        client_name = given.filled("name") if kind != "fulltext" else None
        name = given.map()
        algorithm = None
        if kind == "index":
            if client_name and name:
                given.wrong("name and map of an index are the same: give one.")
            name, client_name = name or client_name, None
            algorithm = self._algorithm(given)
        if not all(c == "_" or (c.isascii() and c.isalnum()) for c in client_name or ""):
            given.wrong("A name for the client has letters, figures and underscores only.")
        clustered = given.boolean(given.take("clustered")) if kind != "fulltext" else None
        where = self.conditions.read(given) if kind in ("unique", "index") else None
        given.finish()
        return SchemaIndex(
            kind=kind,
            fields=fields,
            position=given.position,
            name=name,
            type=algorithm,
            clustered=clustered,
            where=where,
            client_name=client_name,
        )

    def _algorithm(self, given: Arguments) -> str | None:
        algorithm = given.word(given.take("type"))
        if algorithm is not None and algorithm not in ALGORITHMS:
            given.wrong(f"The type of an index is one of {', '.join(ALGORITHMS)}.")
            return None
        return algorithm

    def _sort(self, given: Arguments, value: Expression | None) -> Literal["Asc", "Desc"] | None:
        sort = given.word(value)
        if sort is not None and sort not in ("Asc", "Desc"):
            given.wrong("sort is Asc or Desc.")
            return None
        return cast(Literal["Asc", "Desc"] | None, sort)

    def _fields(self, given: Arguments) -> tuple[IndexField, ...]:
        value = given.main("fields")
        if value is None:
            return ()
        values = value.values if isinstance(value, Items) else (value,)
        fields = [self._field(given, v) for v in values]
        known = [f for f in fields if f is not None]
        names = [f.field for f in known]
        if len(set(names)) < len(names):
            given.wrong(f"A field is named more than once in {given.name}.")
        unknown = [n for n in names if not self.scope.has_path(self.block, n)]
        if unknown:
            given.wrong(f"{self.block.name} has no field {', '.join(unknown)}.")
        relations = [n for n in names if self.scope.is_relation(self.block, n)]
        if relations:
            message = "is a relation: an index is made of the fields that hold its key."
            given.wrong(f"{', '.join(relations)} {message}")
        return tuple(known)

    def _field(self, given: Arguments, value: Expression) -> IndexField | None:
        if not isinstance(value, Call):
            name = given.word(value)
            return None if name is None else IndexField(name)
        own = Arguments(value.name, value.arguments, given.start, given.source, given.report)
        sort = self._sort(own, own.take("sort"))
        length = own.integer(own.take("length"))
        # Prisma does not mind other arguments here.
        ops, raw = self._operator_class(own, own.take("ops"))
        return IndexField(value.name, sort, length, ops, raw)

    def _operator_class(
        self, given: Arguments, value: Expression | None
    ) -> tuple[str | None, bool]:
        if isinstance(value, Word):
            return value.value, False
        if isinstance(value, Call) and value.name == "raw":
            inner = [a.value for a in value.arguments]
            text = given.string(inner[0]) if len(inner) == 1 else None
            if text is None:
                given.wrong('raw() takes one string: ops: raw("…").')
            return text, True
        if value is not None:
            given.wrong('ops is the name of an operator class, or raw("…").')
        return None, False
