"""A new migration sorts before one that is already merged.

A fresh database runs the migrations by name, so this one runs earlier there than on a database that
is deployed already, where it comes last. Usually that makes no difference; where two of them touch
the same object, the databases end up different, or the migration fails on one of them.

The replay runs both orders and compares the two databases. Where they are equal, the order of
columns aside, this is a notice; where they differ, or one of the orders fails, an error that says
how. What the base has gained since the branch left it counts as merged.

Instead: rename the directory, so that its timestamp is later than that of the newest merged
migration.
"""

from collections.abc import Iterator

from checker.model import Deviation, Finding, Lineage
from checker.model.words import failing
from checker.rules import Context, rule
from checker.rules._history import evidence, migration_of, rename, sightings


@rule(Lineage, severity="notice")
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    replacing = {name for each in lineage.of("replaced") for name in each.others}
    for deviation in lineage.of("out_of_order"):
        migration = migration_of(at, deviation.migrations[0])
        if migration.name in replacing:
            continue  # migration-replaced says it
        newest = deviation.others[-1]
        meanwhile = newest in {m.name for m in at.history.meanwhile}
        state = (
            "which the base has gained in the meantime" if meanwhile else "which is already merged"
        )
        same = migration.name[:14].isdigit() and migration.name[:14] == newest[:14]
        sorts = f"sorts before `{newest}`, {state}"
        if same:
            sorts = f"has the same timestamp as `{newest}`, {state}, and sorts before it"
        yield at.at(migration).finding(
            f"New migration `{migration.name}` {sorts}" + _effect(deviation),
            severity="error" if deviation.outcome in ("different", "broken") else None,
            why="A fresh database runs it before, a deployed one after it.",
            advice="Give the directory a later timestamp than that of the newest merged migration.",
            fix=rename(migration),
            evidence=evidence(deviation),
            # what fails, and that nothing differs, is in the message
            sightings=sightings(deviation) if deviation.outcome in ("different", "unknown") else (),
        )


def _effect(deviation: Deviation) -> str:
    match deviation.outcome:
        case "equal":
            return "; in both orders the databases end up the same"
        case "different":
            return "; fresh databases will differ from those that are deployed"
        case "broken" if deviation.failure is not None:
            database = "a fresh database" if deviation.where == "fresh" else "a deployed one"
            return f"; on {database} {failing(deviation.failure)}"
        case "repaired" if deviation.failure is not None:
            return f"; without it {failing(deviation.failure)}"
    return ""
