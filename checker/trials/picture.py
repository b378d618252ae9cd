"""The tables that a change touches, as they were and as they will be."""

from __future__ import annotations

from checker.errors import CannotWorkError
from checker.model import Picture
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.picture import draw
from checker.prisma.schema.reading import InvalidSchema
from checker.project import ProjectView
from checker.trials.databases import Databases


def find_picture(databases: Databases, view: ProjectView) -> Picture | None:
    """The tables that the change touches; None where there are none, or one side is not known."""
    if not databases.replays or not databases.changes:
        return None
    head, base = databases.head.database, databases.base.database
    if head is None or base is None:
        return None
    try:
        like = database_of(view.schema, view.project.prisma)
    except InvalidSchema:
        like = DatabaseSchema()
    try:
        structure = databases.engine.structure
        return draw(structure(base, like), structure(head, like))
    except CannotWorkError:
        return None
