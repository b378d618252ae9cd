"""Dropping a schema takes along everything in it, or fails because something is in it.

With CASCADE every table of the schema is gone with its rows, and so is whatever depends on them
elsewhere; the migration names none of it. Without CASCADE PostgreSQL refuses as soon as the schema
holds one object (SQLSTATE 2BP01), which an empty test database may not show (a warning).

A schema that this pull request itself creates is not reported.

Instead: drop each object by its name, and the empty schema last.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject
from checker.rules import Context, rule
from checker.rules._around import is_made


@rule(DropObject, providers=("postgresql", "cockroachdb", "sqlserver"))
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind != "SCHEMA" or is_made(at, ("SCHEMA",), change.name):
        return
    schema = change.name.name
    tables = [t.name for t in at.before.tables() if at.before.key(t.name)[0] == schema]
    names = ", ".join(f"`{name}`" for name in tables)
    text = at.statement.text if at.statement else ""
    if change.cascade:
        plain = re.sub(r"\s+CASCADE\b", "", text, flags=re.IGNORECASE)
        drops = "".join(f"DROP TABLE {name.sql};\n" for name in tables)
        yield at.finding(
            f"The schema `{schema}` is dropped with everything in it"
            + (f": {names} with all rows" if names else ""),
            why="No later migration brings any of it back, and what depends on it elsewhere goes "
            "with it.",
            advice="Drop each object by its name, and the empty schema last.",
            fix=f"{drops}{plain};",
        )
    else:
        yield at.finding(
            f"The schema `{schema}` is dropped: the migration fails if anything is in it"
            + (f", and {names} is" if len(tables) == 1 else f", and {names} are" if names else ""),
            why="PostgreSQL refuses with SQLSTATE 2BP01; a test database may lack what production "
            "has there.",
            advice="First drop each object by its name.",
            severity="warning",
        )
