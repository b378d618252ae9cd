"""How a history departs from the base's, and what that comes to on databases old and new."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.observed import Failure

Departure = Literal["edited", "removed", "renamed", "replaced", "out_of_order", "behind"]
Outcome = Literal["same_statements", "equal", "different", "broken", "repaired", "unknown"]


class Deviation(Struct, frozen=True):
    """Migrations by which a history is not simply the base's with new ones after it.

    ``kind`` is what became of them: merged ones ``edited``, ``removed``, ``renamed`` or
    ``replaced`` by the ``others``; new ones ``out_of_order``, which sort before the ``others`` that
    are merged; or new ones that are ``behind``: the base has got the ``others`` since the work left
    it.

    ``outcome`` is what the replay made of it: the ``same_statements``; another text whose outcome
    is ``equal`` or ``different``; ``broken``, where a history that ran does no longer,
    ``repaired``, where it is the other way round; ``unknown`` for a ``reason``. ``differences`` say
    in words what is not the same on a database that is deployed and a fresh one, ``failure`` what
    fails, and ``where`` on which of the two.
    """

    kind: Departure
    migrations: tuple[str, ...]
    outcome: Outcome = "unknown"
    differences: tuple[str, ...] = ()
    failure: Failure | None = None
    where: Literal["fresh", "deployed"] = "fresh"
    reason: str = ""
    others: tuple[str, ...] = ()


class Lineage(Struct, frozen=True):
    """All in which a history departs from the base's; nothing where only new ones follow."""

    deviations: tuple[Deviation, ...] = ()

    def of(self, *kinds: Departure) -> tuple[Deviation, ...]:
        """The deviations of these kinds, in their order."""
        return tuple(each for each in self.deviations if each.kind in kinds)
