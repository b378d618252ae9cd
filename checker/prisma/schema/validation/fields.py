"""Checks of fields: types, native types, defaults.

Source: prisma-engines, psl ``validations/fields`` and ``composite_types``.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.prisma.schema.schema import Field, Model
from checker.prisma.schema.validation.context import ValidationContext, scalars
from checker.prisma.schema.validation.defaults import default_problem
from checker.prisma.schema.validation.native_types import is_native, native_problem


def check_fields(model: Model, context: ValidationContext) -> None:
    for field in scalars(model):
        for message in (*_type_problems(field, context), *_default_problems(field, context)):
            context.wrong(message, field.position)


def check_prefixes(context: ValidationContext) -> None:
    """A native type begins with the datasource's name."""
    datasource = context.schema.datasource
    for scope, given in context.notes.scopes:
        if datasource and scope != datasource.name:
            given.wrong(f"A native type begins with @{datasource.name}, not with @{scope}.")


def check_composites(context: ValidationContext) -> None:
    types = {t.name: t for t in context.schema.types}
    for model in types.values():
        if not context.database.composite_types:
            message = f"{context.database.title} has no composite types."
            context.wrong(message, model.position)
        elif not model.fields:
            context.wrong(f"{model.name} has no fields.", model.position)
        else:
            check_fields(model, context)
    needs = {
        name: [(f, f.type) for f in t.fields if f.kind == "composite" and f.arity == "required"]
        for name, t in types.items()
    }
    for name, fields in needs.items():
        for field, first in fields:
            if _leads_to(first, name, needs):
                context.wrong(f"{name} contains itself, through {field.name}.", field.position)


def _leads_to(start: str, goal: str, needs: dict[str, list[tuple[Field, str]]]) -> bool:
    seen: set[str] = set()
    left = [start]
    while left:
        name = left.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            left += [type_ for _, type_ in needs.get(name, ())]
    return False


def _type_problems(field: Field, context: ValidationContext) -> Iterator[str]:
    database = context.database
    if field.type == "Json" and field.kind == "scalar":
        if not database.json:
            yield f"{database.title} has no Json, which {field.name} is."
        if field.arity == "list" and not database.json_lists:
            yield f"{database.title} has no lists of Json, which {field.name} is."
    if field.type == "Decimal" and field.kind == "scalar" and not database.decimal:
        yield f"{database.title} has no Decimal, which {field.name} is."
    if field.arity == "list" and not database.scalar_lists:
        yield f"{database.title} has no lists, which {field.name} is."
    if context.provider is None:
        if field.native:
            yield f"{field.name} has a native type, but the schema no datasource."
        return
    if field.native:
        problem = native_problem(
            context.provider, field.type, field.native.name, field.native.arguments
        )
        if problem:
            yield problem
    elif field.kind == "unsupported" and is_native(context.provider, field.type):
        yield f"{field.name} is of a type that Prisma supports: write it as a native type."


def _default_problems(field: Field, context: ValidationContext) -> Iterator[str]:
    default = field.default
    if default is None:
        return
    problem = default_problem(field, context.provider)
    if problem:
        yield problem
    if default.function == "auto" and not context.database.auto:
        yield f"{context.database.title} has no auto()."
    if default.name is not None:
        if not context.database.named_defaults:
            yield f"{context.database.title} gives defaults no names."
        elif len(default.name.encode()) > context.database.longest:
            yield f"The name of the default is longer than {context.database.longest} bytes."
