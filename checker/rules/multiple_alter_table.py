"""Several statements each read or rewrite a whole table where one would do.

ALTER TABLE takes several actions: the table is then rewritten once for all of them, and read once
for all NOT NULL and CHECK that it has to prove (docs, ALTER TABLE, Notes). Each statement of its
own does the work again, under a lock that is held until the last is done.

Off by default: what each of them does is reported already, with a way to avoid the work altogether.

Instead: write the actions into one ALTER TABLE, separated by commas.
"""

from collections import defaultdict
from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import AddColumn, AddConstraint, AlterColumnType, Name, SetNotNull
from checker.rules import Context, Spoken, rule
from checker.rules._locks import POSTGRESQL

_KINDS = (AlterColumnType, SetNotNull, AddConstraint, AddColumn)
_WORK = {
    "adding-check-column", "adding-constrained-domain-column", "adding-field-with-default",
    "adding-generated-stored", "adding-not-nullable-field", "adding-serial-column",
    "changing-column-type", "constraint-missing-not-valid", "no-data-loss-type-narrowing",
}  # fmt: skip


@rule(Spoken, severity="warning", default=False, providers=POSTGRESQL)
def check(spoken: Spoken, at: Context) -> Iterator[Finding]:
    for table, statements in _by_table(spoken, at):
        (first, works), *later = statements
        again = [str(statement.line) for statement, work in later if any(work)]
        if works[0] and again:
            yield at.on(first).finding(
                f"All of `{table}` is read or rewritten here, and again in line {', '.join(again)}",
                why="The work is repeated each time, and the lock is held until the last is done.",
                advice="Write the actions into one ALTER TABLE, separated by commas.",
                table=table,
            )


def _by_table(
    spoken: Spoken, at: Context
) -> Iterator[tuple[Name, list[tuple[Statement, list[bool]]]]]:
    """Each table and the statements that alter it: which of their actions do work on every row."""
    tables: dict[tuple[str, str], Name] = {}
    altered: defaultdict[tuple[str, str], dict[int, tuple[Statement, list[bool]]]]
    altered = defaultdict(dict)
    for statement, change, rules in spoken.changes:
        if isinstance(change, _KINDS):
            key = at.before.key(change.table)
            tables.setdefault(key, change.table)
            _, works = altered[key].setdefault(id(statement), (statement, []))
            works.append(bool(_WORK & rules))
    for key, table in tables.items():
        yield table, list(altered[key].values())
