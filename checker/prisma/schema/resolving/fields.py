"""Turns a line of a model, view or composite type into a ``Field``."""

from __future__ import annotations

from checker.prisma.schema.resolving.attributes import Arguments, Attributes
from checker.prisma.schema.resolving.defaults import DefaultReader
from checker.prisma.schema.resolving.indexes import IndexReader
from checker.prisma.schema.resolving.relations import read_relation
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.schema import Default, Field, FieldKind, NativeType, SchemaIndex
from checker.prisma.schema.syntax import Block, FieldLine, Number, SchemaText, Word


class FieldReader:
    """Reads the fields of one block, and the indexes declared on them."""

    def __init__(self, block: Block, scope: Scope, indexes: IndexReader) -> None:
        self.block, self.scope, self.indexes = block, scope, indexes
        self.composite = block.keyword == "type"
        self.ids: list[SchemaIndex] = []
        self.uniques: list[SchemaIndex] = []
        self.shard_keys: list[Arguments] = []
        # The prefixes of native types, which must be the datasource's name.
        self.scopes: list[tuple[str, Arguments]] = []
        self._columns: dict[str, str] = {}
        self._ignored = any(a.name == "ignore" for a in block.attributes)

    def read(self, line: FieldLine) -> Field:
        kind = self.scope.kind(line)
        attributes = Attributes(line.attributes, self.block.source, self.scope.report)
        if kind is None or (kind == "model" and self.composite):
            return self._nothing(line)
        if kind == "model":
            return self._relation(line, attributes)
        return self._scalar(line, kind, attributes)

    def _nothing(self, line: FieldLine) -> Field:
        """A field whose type is wrong, which is reported elsewhere."""
        position = self.block.source.position(line.start)
        return Field(line.name, line.name, "unsupported", line.type, line.arity, position)

    def _wrong(self, line: FieldLine, message: str) -> None:
        self.scope.report.add(message, self.block.source, line.start)

    def _relation(self, line: FieldLine, attributes: Attributes) -> Field:
        relation = read_relation(attributes.one("relation"), line, self.block, self.scope)
        ignored = self._flag(attributes, "ignore")
        for name in ("id", "default", "map", "unique"):
            attribute = attributes.one(name)
            if attribute:
                attribute.wrong(f"{line.name} is a relation and takes no @{name}.")
        attributes.finish()
        return Field(
            name=line.name,
            column=line.name,
            kind="model",
            type=line.type,
            arity=line.arity,
            position=self.block.source.position(line.start),
            ignored=ignored,
            relation=relation,
        )

    def _scalar(self, line: FieldLine, kind: FieldKind, attributes: Attributes) -> Field:
        column = self._column(line, attributes)
        ignored = self._flag(attributes, "ignore")
        if ignored and kind == "unsupported":
            self._wrong(line, f"{line.name} is unsupported, and so ignored without @ignore.")
        if attribute := attributes.one("relation"):
            attribute.wrong(f"{line.name} is no relation: its type is no model.")
        if attribute := attributes.one("id"):
            self.ids.append(self.indexes.of_field(attribute, "primary_key", line.name))
            if line.arity != "required":
                attribute.wrong(
                    f"{line.name} is an id and so required, neither optional nor a list."
                )
        updated = self._updated_at(line, attributes)
        if attribute := attributes.one("shardKey"):
            self.shard_keys.append(attribute)
            if line.arity != "required" and not self._ignored:
                attribute.wrong(f"{line.name} is a shard key and so required.")
        default = self._default(line, kind, attributes.one("default"))
        native = self._native(attributes.scoped()) if kind == "scalar" else None
        if attribute := attributes.one("unique"):
            self.uniques.append(self.indexes.of_field(attribute, "unique", line.name))
        attributes.finish()
        return Field(
            name=line.name,
            column=column,
            kind=kind,
            type=line.type,
            arity=line.arity,
            position=self.block.source.position(line.start),
            native=native,
            default=default,
            updated_at=updated,
            ignored=ignored,
        )

    def _column(self, line: FieldLine, attributes: Attributes) -> str:
        attribute = attributes.one("map")
        name = None
        if attribute:
            name = attribute.string(attribute.main("name"))
            attribute.finish()
        column = line.name if name is None else name
        other = self._columns.setdefault(column, line.name)
        if other != line.name:
            self._wrong(line, f"{line.name} and {other} are the same column {column}.")
        return column

    def _flag(self, attributes: Attributes, name: str) -> bool:
        attribute = attributes.one(name)
        if attribute:
            attribute.finish()
        return attribute is not None

    def _updated_at(self, line: FieldLine, attributes: Attributes) -> bool:
        attribute = attributes.one("updatedAt")
        if attribute is None:
            return False
        if line.type != "DateTime":
            attribute.wrong(f"@updatedAt is for a DateTime, and {line.name} is a {line.type}.")
        if line.arity == "list":
            attribute.wrong(f"@updatedAt is not for a list, as {line.name} is.")
        attribute.finish()
        return True

    def _default(self, line: FieldLine, kind: FieldKind, given: Arguments | None) -> Default | None:
        if given is None:
            return None
        enum = self.scope.blocks.get(line.type) if kind == "enum" else None
        reader = DefaultReader(given, kind, line.type, line.arity, enum)
        default = reader.read(composite=self.composite)
        given.finish()
        return default

    def _native(self, given: Arguments | None) -> NativeType | None:
        if given is None:
            return None
        scope, _, name = given.name.removeprefix("@").partition(".")
        self.scopes.append((scope, given))
        return NativeType(name, tuple(self._texts(given)))

    def _texts(self, given: Arguments) -> list[str]:
        texts = []
        for value in given.values():
            if isinstance(value, SchemaText):
                texts.append(f'"{value.value}"')  # no native type takes a string
            elif isinstance(value, Number | Word):
                texts.append(value.value)
            else:
                given.wrong(f"{given.name} takes numbers and names.")
        return texts
