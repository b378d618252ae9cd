"""Rules between the parts of a schema, and for its database.

The verdict is that of Prisma's engine, whose rules these are; the words are ours.
"""

from __future__ import annotations

from checker.model import PrismaVersion
from checker.prisma.schema.resolving.models import Notes
from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.schema import Schema
from checker.prisma.schema.validation.cascades import check_cascades
from checker.prisma.schema.validation.constraints import check_lengths, check_names
from checker.prisma.schema.validation.context import ValidationContext
from checker.prisma.schema.validation.enums import check_enums
from checker.prisma.schema.validation.fields import check_composites, check_fields, check_prefixes
from checker.prisma.schema.validation.indexes import check_indexes
from checker.prisma.schema.validation.links import links
from checker.prisma.schema.validation.many_to_many import check_many_to_many
from checker.prisma.schema.validation.models import check_model, check_shard_keys, check_tables
from checker.prisma.schema.validation.providers import check_provider
from checker.prisma.schema.validation.relations import check_link, check_relation_fields


def check(schema: Schema, notes: Notes, prisma: PrismaVersion, report: Problems) -> None:
    """Reports everything that the database or Prisma does not allow."""
    context = ValidationContext(schema, notes, prisma, report)
    check_composites(context)
    check_prefixes(context)
    check_tables(context)
    relations = links(context)
    check_names(relations, context, frozenset({"primary_key", "index", "default"}))
    check_lengths(context)
    for model in context.tables:
        check_model(model, context)
        check_fields(model, context)
        if model.name not in context.views:
            check_provider(model, context)
        if not check_relation_fields(model, context):
            return
        if model.name not in context.views:
            check_indexes(model, context)
    check_shard_keys(context)
    check_enums(context)
    check_names(relations, context, frozenset({"foreign_key"}))
    check_cascades(relations, context)
    for link in relations:
        if link.many:
            check_many_to_many(link, context)
        else:
            check_link(link, context)
