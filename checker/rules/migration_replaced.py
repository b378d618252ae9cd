"""Merged migrations were replaced by one with the same result.

This is a squash: the history becomes shorter, and a fresh database ends up as before. The replay
has run both and compared them. A database that is deployed has run the old ones: it must be told
that the new one is applied before anything is deployed there, as `prisma migrate deploy` would run
it on tables that exist. `prisma migrate dev` misses the old ones as long as their rows are in
`_prisma_migrations`.

A migration that was made from the schema has the tables only: rows that the old ones wrote are then
missing from new databases, which the finding says.

Instead: if a squash is intended, run the command on every database that has the old migrations,
before the deployment, and ignore the finding in the configuration file, with that as the reason.
"""

from collections.abc import Iterator, Sequence

from checker.model import Finding, Lineage
from checker.model.words import failing
from checker.rules import Context, rule
from checker.rules._history import evidence, listed, literal, migration_of, resolve, sightings

_MOST_NAMED = 6


@rule(Lineage)
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    for deviation in lineage.of("replaced"):
        by = deviation.others
        same = deviation.outcome == "equal"
        count = len(deviation.migrations)
        merged = f"Merged migration {listed(deviation.migrations)} was"
        if count > 1:
            merged = f"{count:,} merged migrations were"
        failure = deviation.failure
        again = f" There {failing(failure)}." if failure else ""
        yield at.at(migration_of(at, by[0])).finding(
            f"{merged} replaced by {listed(by)}, with the same "
            + ("result" if same else "tables but other rows"),
            why="migrate deploy would run it on databases that have all of it already." + again,
            advice="Run the command on every database that has the old ones, before the "
            "deployment. " + _forget(deviation.migrations),
            fix=resolve("applied", *by),
            evidence=evidence(deviation),
            sightings=() if failure else sightings(deviation),
        )


def _forget(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return (
            "For migrate dev, delete the rows of the removed ones from `_prisma_migrations` "
            "there; otherwise it asks to reset the database."
        )
    listing = ", ".join(map(literal, names))
    return (
        "For migrate dev, which otherwise asks to reset the database, run there: "
        f'`DELETE FROM "_prisma_migrations" WHERE "migration_name" IN ({listing});`'
    )
