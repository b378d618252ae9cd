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
        restrict = "Restrict" in self.context.database.actions or self.context.emulated
        return "Restrict" if restrict else "NoAction"

    def reached(self, model: str) -> set[str]:
        """Every model on the ways from one."""
        found: set[str] = set()
        left = [model]
        while left:
            for side in self.out.get(left.pop(), ()):
                if side.relation.model not in found:
                    found.add(side.relation.model)
                    left.append(side.relation.model)
        return found


def check_cascades(links: list[Link], context: Context) -> None:
    if not (context.database.finds_cycles or context.emulated):
        return
    graph = _Graph(links, context)
    reached = {name: graph.reached(name) for name in graph.out}
    for side in graph.sides:
        target = side.relation.model
        if target == side.model.name:
            message = f"{side.label} leads to its own table: set its actions to NoAction."
            context.wrong(message, side.field.position)
        elif side.model.name in reached.get(target, ()):
            message = f"{side.label} cascades in a circle: set its actions to NoAction."
            context.wrong(message, side.field.position)
    if context.database.finds_cycles and not context.emulated:
        _check_paths(graph, reached, context)


def _check_paths(graph: _Graph, reached: dict[str, set[str]], context: Context) -> None:
    for side in graph.sides:
        model, target = side.model.name, side.relation.model
        own = {target} | reached.get(target, set())
        others = [
            {o.relation.model} | reached.get(o.relation.model, set())
            for o in graph.out[model]
            if o is not side and o.relation.model != model
        ]
        shared = sorted(set().union(*others) & own - {model})
        if target != model and shared:
            message = f"{side.label} cascades to {shared[0]}, as another relation of {model} does"
            context.wrong(f"{message}: set the actions of one to NoAction.", side.field.position)
