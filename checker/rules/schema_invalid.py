"""Prisma refuses schema.prisma.

`prisma generate`, `migrate dev` and `validate` all stop at the first thing that is wrong in the
schema (P1012), and what the migrations should make of it cannot be told.

Only a warning where the base's schema is refused as well.

Instead: correct the line that it names; `npx prisma validate` says the same.
"""

from collections.abc import Iterator

from checker.model import Drift, Finding
from checker.rules import Context, rule

_SHOWN = 10


@rule(Drift, severity="error")
def check(drift: Drift, at: Context) -> Iterator[Finding]:
    for fault in drift.faults[:_SHOWN]:
        yield at.finding(
            f"Prisma refuses the schema: {fault.message}",
            advice="Correct this line; `npx prisma validate` says the same.",
            severity="warning" if fault.inherited else "error",
            path=fault.path,
            line=fault.line,
        )
