"""The history no longer runs once this is merged into what the base has become.

The base has gained migrations since the branch left it. The replay has run the history of each
side, which succeeds, and both together, which fails: both make the same thing, or one takes away
what the other needs. Git sees no conflict, since the files differ.

Instead: bring the branch up to date with its base, and correct the new migration there.
"""

import shlex
from collections.abc import Iterator

from checker.model import Finding, Lineage
from checker.model.words import failing
from checker.rules import Context, rule
from checker.rules._history import evidence, listed, migration_of, sightings


@rule(Lineage)
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    for deviation in lineage.of("behind"):
        if deviation.outcome != "broken" or deviation.failure is None:
            continue
        names = {m.name for m in at.history.migrations}
        failed = deviation.failure.migration
        place = failed if failed in names else deviation.migrations[0]
        base = at.history.base
        yield at.at(migration_of(at, place)).finding(
            f"With {listed(deviation.others)}, which the base has gained in the meantime, "
            f"{failing(deviation.failure)}",
            why="Each side runs by itself; merged, no new database can be made.",
            advice="Bring the branch up to date with its base and correct the new migration there.",
            fix=f"git merge {shlex.quote(base.ref)}" if base else None,
            line=deviation.failure.line if failed in names else None,
            evidence=evidence(deviation),
            sightings=sightings(deviation),
        )
