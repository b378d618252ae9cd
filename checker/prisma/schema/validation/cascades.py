"""Cascades that SQL Server does not allow: in a cycle, or to one table along several paths.

Source: prisma-engines, psl ``cycles`` and ``multiple_cascading_paths``. Where Prisma Client
emulates foreign keys, cycles are not allowed for any database.
"""

from __future__ import annotations

from collections import Counter

from checker.prisma.schema.schema import ReferentialAction
from checker.prisma.schema.validation.context import ValidationContext
from checker.prisma.schema.validation.links import Link, Side


class _Graph:
    """The relations that change rows of other tables, by the model that holds the key."""

    def __init__(self, links: list[Link], context: ValidationContext) -> None:
        self.context = context
        self.sides = [
            link.forward
            for link in links
            if link.forward and link.back and not link.many and self._cascades(link.forward)
        ]
        self.out: dict[str, list[Side]] = {}
        for side in self.sides:
            self.out.setdefault(side.model.name, []).append(side)
        self.next = {name: [s.relation.model for s in out] for name, out in self.out.items()}

    def _cascades(self, side: Side) -> bool:
        relation = side.relation
        own = [self.context.field(side.model, name) for name in relation.fields]
        optional = all(f is not None and f.arity != "required" for f in own)
        on_delete = relation.on_delete or self._default(optional=optional)
        on_update = relation.on_update or "Cascade"
        return any(a not in ("NoAction", "Restrict") for a in (on_delete, on_update))

    def _default(self, *, optional: bool) -> ReferentialAction:
        if optional:
            return "SetNull"
        return "Restrict" if "Restrict" in self.context.database.actions else "NoAction"

    def leads_back(self) -> frozenset[str]:
        """The relations on a cycle, and those that lead to a table with a relation to itself."""
        ranks = _components(self.next)
        loops = [s.model.name for s in self.sides if s.model.name == s.relation.model]
        into: dict[str, list[str]] = {}
        for side in self.sides:
            into.setdefault(side.relation.model, []).append(side.model.name)
        bound = _reached(loops, into)
        return frozenset(
            side.label
            for side in self.sides
            if ranks[side.model.name] == ranks[side.relation.model] or side.relation.model in bound
        )

    def shared(self, model: str) -> dict[str, str]:
        """The relations of a model that reach a table that another one reaches too, with that
        table.
        """
        sides = self.out[model]
        if len(sides) < 2:
            return {}
        ways = {s.label: _reached([s.relation.model], self.next) for s in sides}
        count = Counter(m for way in ways.values() for m in way)
        twice = {
            label: [m for m in way if count[m] > 1 and m != model] for label, way in ways.items()
        }
        return {label: min(found) for label, found in twice.items() if found}


def check_cascades(links: list[Link], context: ValidationContext) -> None:
    if not (context.database.finds_cycles or context.emulated):
        return
    graph = _Graph(links, context)
    back = graph.leads_back()
    positions = {side.label: side.field.position for side in graph.sides}
    for label in back:
        message = f"The actions of {label} come back to a table: set them to NoAction."
        context.wrong(message, positions[label])
    if context.database.finds_cycles and not context.emulated:
        for model in graph.out:
            for label, table in graph.shared(model).items():
                message = f"{label} cascades to {table}, as does another relation of {model}"
                context.wrong(f"{message}: set the actions of one to NoAction.", positions[label])


def _reached(starts: list[str], out: dict[str, list[str]]) -> set[str]:
    reached = set(starts)
    left = list(starts)
    while left:
        new = [name for name in out.get(left.pop(), ()) if name not in reached]
        reached.update(new)
        left += new
    return reached


def _components(out: dict[str, list[str]]) -> dict[str, int]:
    """Two models have the same number where each leads to the other (Kosaraju's algorithm)."""
    into: dict[str, list[str]] = {}
    for name, targets in out.items():
        for target in targets:
            into.setdefault(target, []).append(name)
    order: list[str] = []
    seen: set[str] = set()
    for start in out:
        left = [(start, False)]
        while left:
            name, done = left.pop()
            if done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                left.append((name, True))
                left += [(target, False) for target in out.get(name, ())]
    numbers: dict[str, int] = {}
    for number, start in enumerate(reversed(order)):
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in numbers:
                numbers[name] = number
                waiting += into.get(name, ())
    return numbers
