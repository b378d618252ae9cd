"""Checks of enums. Source: prisma-engines, psl ``validations/enums``."""

from __future__ import annotations

from checker.prisma.schema.validation.context import ValidationContext
from checker.prisma.schema.validation.models import check_schema


def check_enums(context: ValidationContext) -> None:
    seen: set[tuple[str | None, str]] = set()
    for enum in context.schema.enums:
        if not context.database.enums:
            context.wrong(f"{context.database.title} has no enums.", enum.position)
        elif (enum.schema, enum.type) in seen:
            context.wrong(f"There is another enum {enum.type} in the database.", enum.position)
        seen.add((enum.schema, enum.type))
        check_schema(enum, context)
