"""Code that is running now fails once the migrations have run.

While a release is rolled out, code that was built from the base's schema.prisma works on the
database of this change. The calls of the base's Prisma Client (it reads every column of a model by
name, and writes the fields that it must supply) were run on the replayed database: these fail
there, and did not on the base's.

It is an error where code of this change fails there too, in a function of the database, such as a
trigger that sets a dropped column: no release mends that.

Not reported: what fails on the base as well.

Instead: two releases. First one whose schema.prisma no longer needs the old form, then the
migration that removes it. @map renames a field without any migration. A function is replaced, or
its trigger dropped, by the migration that takes away what it needs.
"""

from collections.abc import Iterator, Sequence

from checker.model import Break, Finding, Rollout
from checker.model.sentences import break_words
from checker.rules import Context, rule

_SHOWN = 8


@rule(Rollout, severity="warning", providers=("postgresql",))
def check(rollout: Rollout, at: Context) -> Iterator[Finding]:
    if rollout.lasting:
        yield at.finding(
            f"The migrations break code for good, the new release too: {_models(rollout.lasting)}",
            why=f"On the migrated database: {_shown(rollout.lasting)}",
            advice="Replace the function in the same migration, or drop its trigger.",
            severity="error",
            evidence="observed",
            path=at.project.schema,
        )
    if rollout.old:
        breaks = "breaks" if any(each.always for each in rollout.old) else "may break"
        yield at.finding(
            f"Running code {breaks} until the new release is everywhere: {_models(rollout.old)}",
            why="Code built from the base's schema.prisma, on the migrated database: "
            + _shown(rollout.old),
            advice="Release code that does without it first, and run the migration afterwards.",
            evidence="observed",
            path=at.project.schema,
        )


def _models(breaks: Sequence[Break]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(each.model for each in breaks))


def _shown(breaks: Sequence[Break]) -> str:
    shown = "; ".join(map(break_words, breaks[:_SHOWN]))
    more = len(breaks) - _SHOWN
    return shown + (f"; and {more} more." if more > 0 else ".")
