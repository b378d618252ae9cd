"""schema.prisma and the migrations do not say the same.

The replayed history was compared with schema.prisma as Prisma compares them. What differs will come
up as surprising SQL in somebody's next `migrate dev`, production lacks what the code expects, and
who runs `migrate dev` on a database that `db push` has changed is offered a reset.

Not reported: what Prisma does not model (views, CHECKs, triggers, indexes with an expression or a
condition …), and as a notice only what already differs at the base.

Instead: add the migration that closes the gap, or take back the change of schema.prisma. `migrate
dev` writes migrations; `db push` changes a database and writes none.
"""

from collections.abc import Iterator

from checker.model import Difference, Drift, Finding
from checker.rules import Context, rule

_SHOWN = 20
_WHY = {
    "schema": "Somebody ran `db push`, or forgot `migrate dev`: production will lack it.",
    "history": "The schema lost it without a migration: the next `migrate dev` wants to drop it.",
    "both": "The next `migrate dev` will change it.",
}


@rule(Drift, severity="error", providers=("postgresql",))
def check(drift: Drift, at: Context) -> Iterator[Finding]:
    if drift.status != "drift":
        return
    if drift.fresh:
        yield _finding(drift, drift.fresh, at)
    else:
        yield at.finding(
            f"schema.prisma and the migrations differed before this change: {_told(drift.changes)}",
            why=_why(drift.changes),
            advice="Close the gap in a pull request of its own.",
            fix=_fix(drift, at),
            severity="notice",
            evidence="observed",
            path=at.project.schema,
        )


def _finding(drift: Drift, fresh: tuple[Difference, ...], at: Context) -> Finding:
    older = len(drift.changes) - len(fresh)
    also = f" ({older} more differed before this change)" if older else ""
    return at.finding(
        f"schema.prisma and the migrations differ: {_told(fresh)}{also}",
        why=_why(fresh),
        advice="Add the migration that closes the gap "
        f"(`npx prisma migrate dev --name {drift.name}`), or take back the change of the schema.",
        fix=_fix(drift, at),
        evidence="observed",
        path=at.project.schema,
    )


def _told(changes: tuple[Difference, ...]) -> str:
    said = "; ".join(change.text for change in changes[:_SHOWN])
    more = len(changes) - _SHOWN
    return f"{said}; and {more} more" if more > 0 else said


def _why(changes: tuple[Difference, ...]) -> str:
    return " ".join(_WHY[side] for side in dict.fromkeys(change.ahead for change in changes))


def _fix(drift: Drift, at: Context) -> str:
    place = f"{at.project.migrations}/<time>_{drift.name}/migration.sql"
    text = f"-- {place}\n{drift.script.strip()}"
    if drift.renames:
        text += (
            f"\n\n-- or, where this is a rename and the values must stay:\n{drift.renames.strip()}"
        )
    return text
