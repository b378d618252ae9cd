"""Turns blocks into models, views, composite types and enums."""

from __future__ import annotations

from msgspec import Struct

from checker.prisma.schema.resolving.attributes import Arguments, Attributes
from checker.prisma.schema.resolving.fields import FieldReader
from checker.prisma.schema.resolving.indexes import IndexKind, IndexReader
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.schema import Enum, EnumValue, Model, SchemaIndex
from checker.prisma.schema.syntax import Block

_BLOCK_INDEXES: tuple[IndexKind, ...] = ("index", "unique", "fulltext")
_NOT_IN_TYPES = ("relation", "unique", "id")


class Notes(Struct):
    """Facts that later checks need and no ``Schema`` has: where names and prefixes were written."""

    scopes: list[tuple[str, Arguments]]
    schemas: dict[str, Arguments]
    maps: dict[str, Arguments]
    shard_keys: list[Arguments]
    empty_keys: list[Arguments]


class ModelReader:
    """Reads models, views and composite types."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.notes = Notes([], {}, {}, [], [])

    def read(self, block: Block) -> Model:
        if block.keyword == "type":
            return self._composite(block)
        indexes = IndexReader(block, self.scope)
        reader = FieldReader(block, self.scope, indexes)
        fields = tuple(reader.read(line) for line in block.fields)
        self.notes.scopes += reader.scopes
        attributes = Attributes(block.attributes, block.source, self.scope.report, "@@")
        ignored = attributes.one("ignore")
        if ignored:
            ignored.finish()
            for field in fields:
                if field.ignored and field.kind != "model":
                    message = f"{block.name} is ignored, and so is {field.name} without @ignore."
                    self.scope.report.at(message, field.position)
        primary_key = self._primary_key(block, reader, indexes, attributes)
        table = self._mapped(block, attributes)
        schema = self._schema(block, attributes)
        declared: list[SchemaIndex] = []
        for kind in _BLOCK_INDEXES:
            declared += [indexes.of_model(attribute, kind) for attribute in attributes.all(kind)]
        self._shard_key(block, reader, attributes)
        attributes.finish()
        return Model(
            name=block.name,
            table=table,
            position=block.source.position(block.start),
            fields=fields,
            primary_key=primary_key,
            indexes=(*reader.uniques, *sorted(declared, key=lambda i: i.position)),
            schema=schema,
            ignored=ignored is not None,
        )

    def enum(self, block: Block) -> Enum:
        values = []
        for line in block.fields:
            own = Attributes(line.attributes, block.source, self.scope.report)
            attribute = own.one("map")
            label = None
            if attribute:
                label = attribute.string(attribute.main("name"))
                attribute.finish()
            own.finish()
            values.append(EnumValue(line.name, line.name if label is None else label))
        attributes = Attributes(block.attributes, block.source, self.scope.report, "@@")
        type_ = self._mapped(block, attributes)
        schema = self._schema(block, attributes)
        attributes.finish()
        position = block.source.position(block.start)
        return Enum(block.name, type_, tuple(values), position, schema)

    def _composite(self, block: Block) -> Model:
        for line in block.fields:
            for attribute in line.attributes:
                if attribute.name in _NOT_IN_TYPES:
                    message = f"A field of a composite type takes no @{attribute.name}."
                    self.scope.report.add(message, block.source, attribute.start)
        for attribute in block.attributes:
            message = f"A composite type takes no @@{attribute.name}."
            self.scope.report.add(message, block.source, attribute.start)
        reader = FieldReader(block, self.scope, IndexReader(block, self.scope))
        fields = tuple(reader.read(line) for line in block.fields)
        self.notes.scopes += reader.scopes
        position = block.source.position(block.start)
        return Model(block.name, block.name, position, fields)

    def _primary_key(
        self, block: Block, reader: FieldReader, indexes: IndexReader, attributes: Attributes
    ) -> SchemaIndex | None:
        ids = list(reader.ids)
        if len(ids) > 1:
            message = f"{block.name} has several fields with @id: write @@id([…]) instead."
            self.scope.report.add(message, block.source, block.start)
        attribute = attributes.one("id")
        if attribute is None:
            return ids[0] if ids else None
        key = indexes.of_model(attribute, "primary_key")
        if ids and all(self.scope.has_path(block, f.field) for f in key.fields):
            message = f"{block.name} has both @id and @@id."
            self.scope.report.add(message, block.source, block.start)
        arities = {line.name: line.arity for line in block.fields}
        optional = [f.field for f in key.fields if arities.get(f.field, "required") != "required"]
        if optional:
            names = ", ".join(optional)
            attribute.wrong(f"The fields of an id are required, which {names} is not.")
        return key

    def _mapped(self, block: Block, attributes: Attributes) -> str:
        attribute = attributes.one("map")
        if attribute is None:
            return block.name
        self.notes.maps[block.name] = attribute
        name = attribute.string(attribute.main("name"))
        attribute.finish()
        return block.name if name is None else name

    def _schema(self, block: Block, attributes: Attributes) -> str | None:
        attribute = attributes.one("schema")
        if attribute is None:
            return None
        self.notes.schemas[block.name] = attribute
        name = attribute.string(attribute.main("map"))
        attribute.finish()
        return name

    def _shard_key(self, block: Block, reader: FieldReader, attributes: Attributes) -> None:
        """``@shardKey``: only Vitess has them, and no migration knows them."""
        attribute = attributes.one("shardKey")
        if attribute:
            value = attribute.main("fields")
            names = attribute.words(value) if value is not None else None
            attribute.finish()
            if names == []:
                self.notes.empty_keys.append(attribute)
            for name in names or ():
                if not self.scope.has_path(block, name) or self.scope.is_relation(block, name):
                    attribute.wrong(f"{block.name} has no field {name} to be a shard key.")
        self.notes.shard_keys += reader.shard_keys
        if attribute:
            self.notes.shard_keys.append(attribute)
        if len(reader.shard_keys) + (attribute is not None) > 1:
            message = f"{block.name} has more than one shard key."
            self.scope.report.add(message, block.source, block.start)
