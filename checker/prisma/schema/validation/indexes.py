"""Checks of indexes and unique criteria.

Source: prisma-engines, psl ``validations/indexes`` and those of the connectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.prisma.schema.schema import Field, Model, SchemaIndex
from checker.prisma.schema.validation.context import ValidationContext, columns, is_scalar
from checker.prisma.schema.validation.operators import KNOWN, operator_problem

# MySQL: types that can only be indexed in part; SQL Server: types that cannot be indexed.
_LARGE = frozenset({"Text", "LongText", "MediumText", "TinyText"}) | frozenset(
    {"Blob", "TinyBlob", "MediumBlob", "LongBlob"}
)
_HEAPED = frozenset({"Text", "NText", "Image", "Xml"})
_MAX = frozenset({"VarBinary", "VarChar", "NVarChar"})
_LENGTHS = ("String", "Bytes")


def check_indexes(model: Model, context: ValidationContext) -> None:
    keys = [model.primary_key] if model.primary_key else []
    alike = Counter(_shape(index) for index in model.indexes)
    clustered = sum(1 for index in model.indexes if index.clustered)
    full_texts = [i for i in model.indexes if i.kind == "fulltext"]
    if len(full_texts) > 1 and not context.database.several_full_texts:
        for index in full_texts:
            context.wrong("A model has one full text index.", index.position)
    for index in (*keys, *model.indexes):
        problems = [
            *_part_problems(model, index, context),
            *_clustering(model, index, clustered, context),
        ]
        if index.kind != "primary_key":
            problems += _index_problems(model, index, context)
            if context.provider == "mongodb" and alike[_shape(index)] > 1:
                problems.append("There is the same index already.")
            if index.kind == "fulltext":
                problems += _full_text_problems(index, context)
        for message in problems:
            context.wrong(message, index.position)


def _shape(index: SchemaIndex) -> tuple[tuple[str, str | None, int | None], ...]:
    return tuple((f.field, f.sort, f.length) for f in index.fields)


def _index_problems(model: Model, index: SchemaIndex, context: ValidationContext) -> Iterator[str]:
    database = context.database
    if not index.fields:
        yield "An index has at least one field."
    if index.type and index.type not in database.indexes:
        yield f"{database.title} has no index of the type {index.type}."
    if index.type == "Hash" and any(f.sort for f in index.fields) and "Hash" in database.indexes:
        yield "An index of the type Hash has no order."
    if index.type == "SpGist" and len(index.fields) > 1 and context.provider == "postgresql":
        yield "An index of the type SpGist has one field."
    if any(f.length is not None for f in index.fields) and not database.lengths:
        yield f"{database.title} has no index with a length."
    if index.kind != "index" and any(f.ops for f in index.fields):
        yield "Only an @@index has operator classes."
    if index.kind == "unique" and len(index.fields) > 1:
        joined = "_".join(columns(index)).replace(".", "_")
        if is_scalar(context.field(model, joined)):
            yield f"The client calls this {joined}, as the field: give it another name."
        fields = [context.field(model, name) for name in columns(index)]
        if any(f and f.kind == "composite" for f in fields):
            yield "A unique criterion of several fields has no composite type in it."


def _part_problems(model: Model, index: SchemaIndex, context: ValidationContext) -> Iterator[str]:
    for part in index.fields:
        field = context.field(model, part.field)
        if part.ops and not part.raw_ops and part.ops not in KNOWN:
            yield f"There is no operator class {part.ops}."
            continue
        if field is None:
            continue
        measurable = field.kind == "unsupported" or field.type in _LENGTHS
        if part.length is not None and context.database.lengths and not measurable:
            yield f"{field.name} is no String and has no length in an index."
        if context.provider == "postgresql" and index.kind != "primary_key":
            if field.native and field.native.name == "Xml":
                context.wrong(f"{field.name} is XML and cannot be in an index.", field.position)
            problem = operator_problem(index, part, field)
            if problem:
                yield problem
        native = field.native.name if field.native else None
        whole = part.length is None and index.kind != "fulltext"
        if context.provider == "mysql" and native in _LARGE and whole:
            yield f"{field.name} is in an index with a length only, as its type is {native}."
        if context.provider == "sqlserver" and _is_heaped(field):
            yield f"{field.name} cannot be in an index, as its type is {native}."


def _is_heaped(field: Field) -> bool:
    if field.native is None:
        return False
    name, arguments = field.native.name, field.native.arguments
    return name in _HEAPED or (name in _MAX and arguments == ("Max",))


def _clustering(
    model: Model, index: SchemaIndex, count: int, context: ValidationContext
) -> Iterator[str]:
    if not context.database.clustered:
        if index.clustered is not None:
            yield f"{context.database.title} has no clustered indexes."
        return
    keyed = index.kind == "primary_key"
    clustered = index.clustered is not False if keyed else index.clustered is True
    if not clustered:
        return
    others = count - (not keyed)
    key = model.primary_key
    if others or (not keyed and key and key.clustered is not False):
        yield f"{model.name} has more than one clustered index."


def _full_text_problems(index: SchemaIndex, context: ValidationContext) -> Iterator[str]:
    database = context.database
    if not database.full_text:
        yield f"{database.title} has no full text index."
        return
    if any(f.length is not None for f in index.fields):
        yield "A full text index has no length."
    if not database.sorted_full_text:
        if any(f.sort for f in index.fields):
            yield f"{database.title} has no sorted full text index."
    else:
        # Sorted fields, then the text, then sorted fields: the text is in one piece.
        texts = [at for at, part in enumerate(index.fields) if part.sort is None]
        if texts and texts[-1] - texts[0] >= len(texts):
            yield "The fields of a full text index without an order stand side by side."
