"""How a history departs from the base's, and what that comes to on databases old and new."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.observed import Failure

Departure = Literal["edited", "removed", "renamed", "replaced", "out_of_order", "behind"]
Outcome = Literal["same_statements", "equal", "different", "broken", "repaired", "unknown"]


_OF_ROWS = ("rows", "values", "pairs")


class Part(Struct, frozen=True, order=True):
    """One thing in a database: ``table`` is the one that it is a part of, if it is."""

    kind: str
    schema: str
    name: str
    table: str = ""


class Gap(Struct, frozen=True):
    """One thing in which two databases differ: ``here`` and ``there`` are None where it is not.

    ``aspect`` is what differs of it, empty where one of them lacks it: one of those in PostgreSQL's
    catalog; the number of its ``rows``; its ``values``, or which of them stand in a row together
    (``pairs``), where each side has a sum that stands for them.
    """

    part: Part
    aspect: str = ""
    here: str | None = None
    there: str | None = None

    @property
    def of_rows(self) -> bool:
        return self.aspect in _OF_ROWS


class Deviation(Struct, frozen=True):
    """Migrations by which a history is not simply the base's with new ones after it.

    ``kind`` is what became of them: merged ones ``edited``, ``removed``, ``renamed`` or
    ``replaced`` by the ``others``; new ones ``out_of_order``, which sort before the ``others`` that
    are merged; or new ones that are ``behind``: the base has got the ``others`` since the work left
    it.

    ``outcome`` is what the replay made of it: the ``same_statements``; another text whose outcome
    is ``equal`` or ``different``; ``broken``, where a history that ran does no longer,
    ``repaired``, where it is the other way round; ``unknown`` for a ``reason``. ``gaps`` are
    what is not the same on a fresh database (``here``) and one that is deployed (``there``), and
    ``differences`` the sentences made of them when the report is complete; ``failure`` is what
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
    gaps: tuple[Gap, ...] = ()


class Lineage(Struct, frozen=True):
    """All in which a history departs from the base's; nothing where only new ones follow."""

    deviations: tuple[Deviation, ...] = ()

    def of(self, *kinds: Departure) -> tuple[Deviation, ...]:
        """The deviations of these kinds, in their order."""
        return tuple(each for each in self.deviations if each.kind in kinds)
