"""Code of this change fails on a database that the migrations have not reached yet.

The calls of this change's Prisma Client were run on the database that the merged migrations make.
Such failures are expected where migrations run before the code is released, which is why this rule
is off by default.

Instead: run `prisma migrate deploy` before the release, or merge the migration in a pull request
before the code.
"""

from collections.abc import Iterator

from checker.model import Finding, Rollout
from checker.model.sentences import break_words
from checker.rules import Context, rule

_SHOWN = 8


@rule(Rollout, severity="notice", providers=("postgresql",), default=False)
def check(rollout: Rollout, at: Context) -> Iterator[Finding]:
    if not rollout.new:
        return
    shown = "; ".join(map(break_words, rollout.new[:_SHOWN]))
    more = len(rollout.new) - _SHOWN
    models = ", ".join(f"`{name}`" for name in dict.fromkeys(b.model for b in rollout.new))
    yield at.finding(
        f"The new code needs the migrations to have run: {models}",
        why=f"On the database of the base: {shown}" + (f"; and {more} more." if more > 0 else "."),
        advice="Run the migrations before the release.",
        evidence="observed",
        path=at.project.schema,
    )
