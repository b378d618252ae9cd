"""A merged migration was edited.

Prisma stores a checksum of every migration that it has applied. A database that has run the old
text never runs the new one: `prisma migrate deploy` passes over it without a word, and `prisma
migrate dev` says that the migration "was modified after it was applied" and asks to reset the
database, which deletes all its data. A comment or a space is enough; only a file that changes from
CRLF throughout to LF, or the other way round, counts as the same.

The replay runs the history with the old text and with the new one and compares the two databases:
tables, columns, constraints, indexes, types, views, functions, triggers, policies, privileges, and
the rows that the migrations write. The order of columns in a table does not count. So the finding
says whether the edit changes nothing but the checksum, makes new databases differ from those that
are deployed, breaks a history that ran, or repairs one that did not. The last is a warning: there
is no other way to repair it.

Instead: restore the text that was merged, and write the change as a new migration. An edit that
changes nothing but the text is best taken back; where it has to stay, every database that has the
old text needs the checksum of the new one (SHA-256 of the file) in `_prisma_migrations`.
"""

from collections.abc import Iterator

from checker.model import Deviation, Finding, Lineage, Migration
from checker.model.words import failing, fails
from checker.rules import Context, rule
from checker.rules._history import checkout, evidence, literal, migration_of, resolve, sightings
from checker.rules._subjects import ITS, WAS, about

_REPORTED = (
    "A database that has run the old text never runs the new one: migrate deploy passes over it, "
    "and migrate dev says that it was modified after it was applied and asks to reset the database."
)


@rule(Lineage)
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    for deviation in lineage.of("edited"):
        migration = migration_of(at, deviation.migrations[0])
        place = at.at(migration)
        if deviation.outcome == "repaired":
            yield _repaired(deviation, migration, place)
            continue
        yield place.finding(
            about(
                "Merged migration",
                f"`{migration.name}`",
                " ",
                WAS,
                " edited",
                *_effect(deviation, migration),
                across=True,
            ),
            why=_REPORTED,
            advice=_advice(deviation, migration),
            fix=checkout(at, migration.path),
            line=_line(deviation, migration),
            evidence=evidence(deviation),
            sql=deviation.failure.statement if deviation.failure else None,
            sightings=sightings(deviation),
        )


def _line(deviation: Deviation, migration: Migration) -> int | None:
    failure = deviation.failure
    if failure is not None and failure.migration == migration.name and failure.line is not None:
        return failure.line
    return _first_difference(migration)


def _effect(deviation: Deviation, migration: Migration) -> Iterator[str | tuple[str, str]]:
    match deviation.outcome:
        case "same_statements":
            yield from (f": {_nature(migration)}, ", ITS, " statements are the same")
        case "equal":
            yield ": other statements, with the same result"
        case "different":
            yield ": fresh databases will differ from those that are deployed"
        case "broken" if deviation.failure is not None:
            if deviation.failure.migration == migration.name:
                yield f" and {fails(deviation.failure)}"
            else:
                yield f", so fresh databases cannot be made: {failing(deviation.failure)}"


def _nature(migration: Migration) -> str:
    """What an edit is about that leaves the statements alone."""
    new, old = migration.sql or "", migration.base_sql or ""
    if new.replace("\r\n", "\n") == old.replace("\r\n", "\n"):
        return "line ends only"
    return "whitespace only" if new.split() == old.split() else "comments or whitespace only"


def _advice(deviation: Deviation, migration: Migration) -> str:
    if deviation.outcome == "same_statements":
        return "Restore the merged text."
    if deviation.outcome != "equal" or migration.checksum is None:
        return "Restore the merged text and write the change as a new migration."
    return (
        "Restore the merged text. Where the new one must stay, run on every database that has the "
        f'old one: `UPDATE "_prisma_migrations" SET "checksum" = {literal(migration.checksum)} '
        f'WHERE "migration_name" = {literal(migration.name)};`'
    )


def _repaired(deviation: Deviation, migration: Migration, at: Context) -> Finding:
    return at.finding(
        f"Merged migration `{migration.name}` was edited, so fresh databases can be made again",
        severity="warning",
        why=f"{_REPORTED} Where the old text has failed, migrate deploy stops with P3009.",
        advice="Where it has failed, run the command, then migrate deploy. Tell everybody whose "
        "database has run the old text.",
        fix=resolve("rolled-back", migration.name),
        line=_first_difference(migration),
        evidence=evidence(deviation),
        sightings=sightings(deviation),
    )


def _first_difference(migration: Migration) -> int | None:
    if migration.sql is None or migration.base_sql is None:
        return None
    old, new = migration.base_sql.split("\n"), migration.sql.split("\n")
    for number, pair in enumerate(zip(old, new, strict=False), start=1):
        if pair[0] != pair[1]:
            return number
    return max(1, min(len(old), len(new)))
