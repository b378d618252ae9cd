"""SET search_path outlives the migration, and Prisma no longer finds its own table.

Prisma uses one connection for the scripts and for its ledger, and names `_prisma_migrations`
without a schema. After SET search_path, or the set_config of a dump of pg_dump, the statement that
records the migration fails with P1014: the migration has run, and counts as failed.

Not reported: a path that holds the schema public, SET LOCAL, and a path that the same migration
sets back.

Instead: name the schema in each statement, write SET LOCAL inside BEGIN … COMMIT, or set the path
back at the end of the file.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DEFAULT_SCHEMA, SetParameter
from checker.rules import Context, rule
from checker.rules._around import changes_in


@rule(SetParameter, providers=("postgresql",))
def check(change: SetParameter, at: Context) -> Iterator[Finding]:
    if change.name != "search_path" or change.local or _finds_ledger(change):
        return
    for later in changes_in(at.after_in_file, SetParameter):
        if later.name == "search_path" and not later.local:
            return  # the last one decides, and is judged itself
        if later.name == "ALL":
            return
    shown = change.value or "''"
    yield at.finding(
        f"The search path stays `{shown}` after the migration: Prisma cannot record it (P1014)",
        why="Prisma looks for `_prisma_migrations` by the search path of the same connection.",
        advice="Name the schema in each statement, or set the path back at the end of the file.",
        fix='SET search_path = "public";',
    )


def _finds_ledger(change: SetParameter) -> bool:
    if change.value is None or change.value == "CURRENT":
        return True
    return DEFAULT_SCHEMA in (part.strip().strip("\"'") for part in change.value.split(","))
