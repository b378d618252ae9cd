"""From the facts of a database to what is wrong and what to do about it. Pure.

The causes stand in the order in which to fix them: first what keeps Prisma out, then ledger and
directory, then the tables. If one explains another, only the first is reported.
"""

from __future__ import annotations

from datetime import datetime

from checker.live.advice import Cause
from checker.live.causes import blocking, drifted, historical, unfinished
from checker.live.commands import PrismaCommands
from checker.live.facts import Facts
from checker.live.remedy import Case
from checker.model import History


def diagnose(
    facts: Facts, history: History, at: datetime, config: str | None = None
) -> tuple[Cause, ...]:
    """The causes, none if all is well. ``history`` is the directory that was compared; ``at``
    is now, and names new migrations; ``config`` is the path of the prisma.config file from the
    root, if Prisma does not find it by itself.
    """
    prisma = PrismaCommands(facts.prisma, facts.schema_path, facts.migrations_path, config)
    case = Case(facts, history, prisma, at)
    return (
        *blocking.causes(case),
        *unfinished.causes(case),
        *historical.causes(case),
        *unfinished.pending(case),
        *drifted.causes(case),
    )
