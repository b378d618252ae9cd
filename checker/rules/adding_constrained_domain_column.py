"""A new column of a domain with a constraint rewrites the whole table.

Where the domain, or its base domain, has a CHECK or is NOT NULL, PostgreSQL checks the new value of
each row, even a NULL, and rewrites the table and its indexes.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: give the column the base type of the domain, with a CHECK on the table that is added NOT
VALID and validated in a migration of its own.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from checker.model import Finding
from checker.model.changes import AddColumn, Constraint, Name, quote
from checker.rules import Context, rule
from checker.rules._fixes import column_alone, constraints_later
from checker.rules._locks import POSTGRESQL, column_work

_VALUE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\bvalue\b""", re.IGNORECASE)


@rule(
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    claims=("failure",),
    yields_to=("adding-required-field",),
)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    column = change.column
    if column_work(change, at) != "domain":
        return
    plain = _without_domain(change, at)
    yield at.finding(
        f"`{change.table}.{column.name}` uses the domain `{column.type}`, which has constraints: "
        "the whole table is rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Use the base type, with a CHECK that is added NOT VALID and validated later.",
        fix="\n\n".join([column_alone(plain), *constraints_later(plain, at)]),
    )


def _without_domain(change: AddColumn, at: Context) -> AddColumn:
    """The column of the base type, with what the domains demand as one CHECK."""
    kind, default = change.column.type, change.column.default
    demands: list[str] = []
    while (domain := at.before.domain(Name(kind.name, kind.schema))) and not kind.array:
        demands += [constraint.expression or "" for constraint in domain.constraints]
        demands += ["VALUE IS NOT NULL"] * domain.not_null
        kind, default = domain.type, default or domain.default
    name = quote(change.column.name)
    expression = " AND ".join(f"({d})" for d in demands) if len(demands) > 1 else "".join(demands)
    expression = _VALUE.sub(lambda m: name if m[0].upper() == "VALUE" else m[0], expression)
    check = Constraint("check", (change.column.name,), expression=expression)
    return replace(
        change,
        column=replace(change.column, type=kind, default=default),
        constraints=(*change.constraints, check),
    )
