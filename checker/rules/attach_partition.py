"""ATTACH PARTITION reads the whole table that it attaches.

PostgreSQL tests every row against the bounds of the partition, unless a valid CHECK of the table
already proves that they fit.

Lock: ACCESS EXCLUSIVE on the attached table, for a time that grows with its rows; SHARE UPDATE
EXCLUSIVE on the partitioned one. A default partition is read under ACCESS EXCLUSIVE as well.

Not reported: a table with a valid CHECK that names the same bounds, and a default partition where
there is no other.

Instead: add a CHECK with the bounds NOT VALID, and validate it in a migration of its own, which
lets others read and write; then attach the table, and drop the CHECK.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable, Name, quote
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d[\d.]*\b")


@rule(AlterTable, severity="warning", scales=True, providers=POSTGRESQL, claims=("failure",))
def check(change: AlterTable, at: Context) -> Iterator[Finding]:
    child = change.argument
    if (
        change.what != "ATTACH PARTITION"
        or child is None
        or not at.before.may_have_rows(child)
        or _is_proven(change, child, at)
    ):
        return
    proof = quote(f"{child.name}_bounds")
    text = at.statement.text if at.statement else ""
    bounds = (
        "the bounds, and the key IS NOT NULL"
        if "FOR VALUES" in text.upper()
        else "NOT (the bounds of the others, as in pg_get_partition_constraintdef)"
    )
    yield at.finding(
        f"Every row of `{child}` is tested against the bounds of the partition",
        why=f"ACCESS EXCLUSIVE lock: nobody reads or writes `{child}` until every row is read.",
        advice="First prove the bounds with a CHECK, validated in a migration of its own.",
        fix=f"ALTER TABLE {child.sql} ADD CONSTRAINT {proof} CHECK (/* {bounds} */) "
        "NOT VALID;\n\n"
        "-- in a migration of its own:\n"
        f"ALTER TABLE {child.sql} VALIDATE CONSTRAINT {proof};\n\n"
        f"-- in a migration after that:\n{text};\n"
        f"ALTER TABLE {child.sql} DROP CONSTRAINT {proof};",
        table=child,
    )


def _is_proven(change: AlterTable, child: Name, at: Context) -> bool:
    """Whether a valid CHECK of the table names every literal of the bounds.

    A default partition without others beside it may hold any row.
    """
    table, parent = at.before.table(child), at.before.table(change.table)
    bounds = (at.statement.text if at.statement else "").upper().partition("FOR VALUES")[2]
    if not bounds:
        return parent is not None and not parent.children
    literals = _LITERAL.findall(bounds)
    return (
        table is not None
        and bool(literals)
        and "MODULUS" not in bounds
        and any(
            constraint.kind == "check"
            and not constraint.not_valid
            and all(literal in (constraint.expression or "").upper() for literal in literals)
            for constraint in table.constraints.values()
        )
    )
