"""Old code fails on rows with an enum value that it does not know.

Prisma Client knows the values of its own schema. Code that still runs fails on a row in which new
code has stored a new one.

Off by default: Prisma writes this for every new value, and it hurts only where the new code writes
the value before the old code is gone.

Instead: add the value one release before the first code that writes it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddEnumValue
from checker.rules import Context, rule


@rule(AddEnumValue, severity="notice", default=False)
def check(change: AddEnumValue, at: Context) -> Iterator[Finding]:
    if not at.before.is_new_type(change.enum):
        yield at.finding(
            f"Old code does not know the value `{change.value}` of `{change.enum}`, and fails on a "
            "row that has it",
            why="Prisma Client knows only the values of its own schema.",
            advice="Add the value one release before the first code that writes it.",
        )
