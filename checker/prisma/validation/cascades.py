"""Cascades that SQL Server does not allow: in a circle, or to one table on several ways.

Source: prisma-engines, psl ``cycles`` and ``multiple_cascading_paths``. Where Prisma Client does
what foreign keys would, circles are not allowed for any database.
"""

from __future__ import annotations

from checker.prisma.schema import ReferentialAction
from checker.prisma.validation.context import Context
from checker.prisma.validation.links import Link, Side


class _Graph:
    """The relations that change rows of other tables, by the model that holds the key."""

    def __init__(self, links: list[Link], context: Context) -> None:
        self.context = context
        self.sides = [
            link.forward
            for link in links
            if link.forward and link.back and not link.many and self._cascades(link.forward)
        ]
        self.out: dict[str, list[Side]] = {}
        for side in self.sides:
            self.out.setdefault(side.model.name, []).append(side)

    def _cascades(self, side: Side) -> bool:
        relation = side.relation
        own = [side.model.field(name) for name in relation.fields]
        optional = all(f is not None and f.arity != "required" for f in own)
        on_delete = relation.on_delete or self._default(optional=optional)
        on_update = relation.on_update or "Cascade"
        return any(action != "NoAction" for action in (on_delete, on_update))

    def _default(self, *, optional: bool) -> ReferentialAction:
        if optional:
            return "SetNull"
        return "Restrict" if "Restrict" in self.context.database.actions else "NoAction"

    def follow(self, start: Side) -> list[Side]:
        """The relation, and every one that its changes go on through."""
        found = [start]
        seen = {start.model.name}
        for side in found:
            if side.relation.model not in seen:
                seen.add(side.relation.model)
                found += self.out.get(side.relation.model, ())
        return found


def check_cascades(links: list[Link], context: Context) -> None:
    if not (context.database.finds_cycles or context.emulated):
        return
    graph = _Graph(links, context)
    followed = {side.label: graph.follow(side) for side in graph.sides}
    for side in graph.sides:
        way = followed[side.label]
        if any(s.relation.model in (s.model.name, side.model.name) for s in way):
            message = f"The actions of {side.label} come back to a table: set them to NoAction."
            context.wrong(message, side.field.position)
    if context.database.finds_cycles and not context.emulated:
        reached = {label: {s.relation.model for s in way} for label, way in followed.items()}
        _check_paths(graph, reached, context)


def _check_paths(graph: _Graph, reached: dict[str, set[str]], context: Context) -> None:
    for side in graph.sides:
        model = side.model.name
        others = [reached[o.label] for o in graph.out[model] if o is not side]
        shared = sorted(set().union(*others) & reached[side.label] - {model})
        if shared:
            message = f"{side.label} cascades to {shared[0]}, as another relation of {model} does"
            context.wrong(f"{message}: set the actions of one to NoAction.", side.field.position)
