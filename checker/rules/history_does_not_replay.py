"""The history does not run on an empty database.

Every new database is made by running all migrations in order: a developer's, a test's, the shadow
database of `prisma migrate dev`. The replay did just that, and PostgreSQL refused.

Instead: correct the statement that fails. Where the migration is merged already, restore what it
expects by a new migration that sorts before it, or edit it and tell everybody whose database has
run it; its checksum changes.
"""

from collections.abc import Iterator

from checker.model import Failure, Finding, Replay
from checker.rules import Context, rule


@rule(Replay)
def check(replay: Replay, at: Context) -> Iterator[Finding]:
    failure = replay.failure
    if replay.status != "failed" or failure is None or failure.prisma_code == "P3019":
        return
    migration = next((m for m in at.history.migrations if m.name == failure.migration), None)
    if migration is not None and migration.problem is not None:
        return  # migration-unreadable says it
    if migration is not None and migration.state == "edited":
        return  # migration-edited-after-merge says it
    place = at.at(migration) if migration else at
    state = f" ({failure.sqlstate})" if failure.sqlstate else ""
    merged = migration is not None and migration.state == "unchanged"
    yield place.finding(
        f"Migration `{failure.migration}` fails on an empty database: {failure.message}{state}",
        why=" ".join(_consequences(failure, merged=merged)),
        advice=failure.hint or "Correct the statement at this line.",
        line=failure.line,
        evidence="observed",
        sql=failure.statement,
    )


def _consequences(failure: Failure, *, merged: bool) -> Iterator[str]:
    if failure.detail:
        yield failure.detail + "."
    if failure.committed:
        yield "The statements before it are committed already: the migration is half applied."
    if merged:
        yield "It fails at the base too: this change did not bring the failure."
    else:
        yield "No new database can be made from this history."
