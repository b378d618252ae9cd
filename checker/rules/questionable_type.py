"""A column of a type that PostgreSQL keeps for old programs only, or that loses what matters.

`money` has the currency of the server's locale and reads as another one elsewhere; `time with time
zone` has an offset and no date, so it cannot account for daylight saving; `timestamp(0)` rounds up
to the next second, which may be in the future; `real` keeps six digits; `xml` has no `=`; `"char"`,
`name` and `oid` are for the system's own tables.

Instead: `numeric` for money, `timestamptz(3)` for times, `double precision` or `numeric` for
figures, `text` for text.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Type
from checker.rules import Context, rule
from checker.rules._columns import STYLE, TYPES, TYPING, Typing, findings_on, of_type
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS

_WHY = {
    "money": ("has the currency of the server's locale", "Use `numeric`."),
    "time with time zone": ("has an offset and no date", "Use `timestamptz` or `time`."),
    "real": ("keeps six digits", "Use `numeric`, or `double precision` for measurements."),
    "xml": ("has no `=`, so that DISTINCT and GROUP BY fail", "Use `text` or `jsonb`."),
    '"char"': ("is for the system's own tables", "Use `text`."),
    "name": ("is for the system's own tables", "Use `text`."),
    "oid": ("is for the system's own tables", "Use `bigint`."),
}
_ROUNDED = ("timestamp with time zone", "timestamp without time zone")


def _reason(kind: Type) -> tuple[str, str] | None:
    """What is wrong with the type, and what to use."""
    if kind.name in _ROUNDED and kind.modifiers == ("0",):
        return "rounds up to the next second, which may be in the future", "Use a precision of 3."
    return _WHY.get(kind.name) if kind.schema is None else None


@rule(*TYPING, severity="warning", providers=POSTGRESQL, presets=(STYLE, TYPES))
def check(change: Typing, at: Context) -> Iterator[Finding]:
    for column in of_type(change, _reason):
        wrong, advice = _reason(column.type) or ("", "")
        words = (IS, f" of type `{column.type}`, which {wrong}")
        yield from findings_on([column], words, change, at, why="", advice=advice)
