"""The table of readers: one function for every statement of PostgreSQL's grammar.

A reader takes a statement's node and gives its kind, which is PostgreSQL's command tag, and
its changes in the order in which they happen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from postgast import pg_query_pb2 as pb

from checker.model.changes import Change, Opaque

Reading = tuple[str, tuple[Change, ...]]
Reader = TypeVar("Reader", bound=Callable[..., Reading])

READERS: dict[str, Callable[..., Reading]] = {}


def reads(*fields: str) -> Callable[[Reader], Reader]:
    """Register a reader for these fields of ``pg_query_pb2.Node``."""

    def enter(reader: Reader) -> Reader:
        for field in fields:
            READERS[field] = reader
        return reader

    return enter


def read_node(node: pb.Node) -> Reading:
    """The kind and the changes of one statement."""
    field = node.WhichOneof("node") or ""
    reader = READERS.get(field)
    if reader is None:
        kind = field.removesuffix("_stmt").replace("_", " ").upper()
        return kind, (Opaque(kind),)
    statement: Any = getattr(node, field)
    return reader(statement)
