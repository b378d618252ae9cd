"""Code that is running now fails once the migrations have run.

While a release is rolled out, code that was built from the base's schema.prisma works on the
database of this change. What Prisma Client of the base sends (it reads every column of a model by
name, and writes the fields that it must supply) was run on the replayed database: these calls fail
there and did not on the base's.

Not reported: what fails on the base as well.

Instead: two releases. First one whose schema.prisma no longer needs the old form, then the
migration that removes it. A field can be renamed without any migration by @map.
"""

from collections.abc import Iterator

from checker.model import Finding, Rollout
from checker.rules import Context, rule

_SHOWN = 8


@rule(Rollout, severity="warning", providers=("postgresql",))
def check(rollout: Rollout, at: Context) -> Iterator[Finding]:
    if not rollout.old:
        return
    shown = "; ".join(each.text for each in rollout.old[:_SHOWN])
    more = len(rollout.old) - _SHOWN
    models = ", ".join(f"`{name}`" for name in dict.fromkeys(b.model for b in rollout.old))
    yield at.finding(
        f"Running code breaks until the new release is everywhere: {models}",
        why=f"Code built from the base's schema.prisma, on the migrated database: {shown}"
        + (f"; and {more} more." if more > 0 else "."),
        advice="Release code that does without it first, and run the migration afterwards.",
        evidence="observed",
        path=at.project.schema,
    )
