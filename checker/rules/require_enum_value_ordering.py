"""A value is added to an enum without saying where.

It becomes the last one. ORDER BY, `<` and `>` follow the order of the values, which cannot be
changed afterwards.

Instead: ADD VALUE … BEFORE or AFTER its neighbour, in the order in which schema.prisma has them.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddEnumValue
from checker.rules import Context, rule
from checker.rules._columns import DESIGN, STYLE
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, about


@rule(AddEnumValue, severity="warning", providers=POSTGRESQL, presets=(STYLE, DESIGN))
def check(change: AddEnumValue, at: Context) -> Iterator[Finding]:
    if change.before is not None or change.after is not None:
        return
    values = at.before.enum(change.enum)
    if values is not None and change.value in values:
        return  # IF NOT EXISTS, or it fails
    yield at.finding(
        about("", f"`{change.value}`", " ", IS, f" put at the end of `{change.enum}`"),
        why="The order of the values is that of ORDER BY, and cannot be changed afterwards.",
        advice="Say which value it comes BEFORE or AFTER.",
    )
