"""Causes in migrations that have run: changed texts, missing directories. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.live import remedy
from checker.live.advice import Cause, Remedy
from checker.live.facts import Standing
from checker.live.remedy import Case
from checker.live.words import are, listed


def causes(case: Case) -> Iterator[Cause]:
    for standing in case.standings("applied"):
        if standing.edited:
            yield _edited(case, standing)
    yield from _missing(case)
    yield from _old_rows(case)
    yield from _oddities(case)


def _edited(case: Case, standing: Standing) -> Cause:
    name, row = standing.name, standing.row
    assert row is not None
    by_hand = case.facts.drift.by_hand
    restored = remedy.restore_files(
        case,
        [(name, row.checksum)],
        "Restore the text that was applied; put the edit into a new migration",
    )
    remedies = [restored]
    migration = next((m for m in case.history.migrations if m.name == name), None)
    if by_hand and by_hand.changes:
        remedies.append(
            remedy.new_migration(
                case,
                "after_edit",
                by_hand.back,
                "Restore the text, and put what the edit adds into a new migration",
                restored.commands,
                at_risk=by_hand.back_at_risk,
            )
        )
    elif by_hand and migration and migration.checksum:
        remedies.append(
            remedy.edit_ledger(
                case,
                "Record the new text as the applied one: both make the same tables",
                [remedy.update_row(case, row, "checksum", migration.checksum)],
            )
        )
    effect = "" if by_hand is None else " The tables differ from what it makes now."
    return Cause(
        "edited",
        f"`{name}` differs from the text that was applied here."
        + (effect if by_hand and by_hand.changes else ""),
        f"`migrate dev`: The migration `{name}` was modified after it was applied; `migrate "
        "status` and `migrate deploy` say nothing",
        "The file was edited after the merge; new databases run the new text, this one has run "
        "the old one",
        "error",
        ("dev",),
        (name,),
        (*sorted(remedies, key=remedy.by_risk), remedy.reset(case)),
    )


def _missing(case: Case) -> Iterator[Cause]:
    missing = list(case.standings("missing"))
    for standing in missing[:]:
        if new := case.renamed(standing.row):
            missing.remove(standing)
            yield _renamed(case, standing, new)
    if not missing:
        return
    names = tuple(s.name for s in missing)
    diagnosis = case.facts.diagnosis
    if diagnosis.history == "diverged" and not case.facts.drift.has_pending:
        common = diagnosis.last_common
        since = f" since `{common}`" if common else " since the first migration"
        symptom = "The migrations recorded in the database diverge from the local migrations "
        symptom += f"directory. Last common migration: `{common or ''}`"
        yield Cause(
            "diverged",
            f"Ledger and directory have diverged{since}: {listed(names)} ran here but {are(names)} "
            f"not in the directory; {listed(case.pending)} the other way round",
            symptom,
            "Migrations of another branch were applied here, or merged ones were replaced",
            "error",
            ("dev",),
            names,
            (*sorted(_for_missing(case, missing), key=remedy.by_risk), remedy.reset(case)),
        )
        return
    yield Cause(
        "missing",
        f"{listed(names)} ran here but {are(names)} not in the directory",
        "`migrate dev`: The following migration(s) are applied to the database but missing from "
        f"the local migrations directory: {', '.join(names)}; `migrate status` and `migrate "
        "deploy` say nothing",
        "The directory was deleted, or is on another branch; a squash does this on purpose",
        "error",
        ("dev",),
        names,
        (*sorted(_for_missing(case, missing), key=remedy.by_risk), remedy.reset(case)),
    )


def _for_missing(case: Case, missing: Sequence[Standing]) -> Iterator[Remedy]:
    prisma, drift = case.prisma, case.facts.drift
    rows = [(s.name, s.row.checksum) for s in missing if s.row]
    forgotten = [remedy.forget(case, s.name) for s in missing]
    if drift.has_pending and case.pending:
        squashed = remedy.edit_ledger(
            case,
            "It is a squash, and the tables already match the new migrations: mark these as "
            "applied and forget the old ones",
            forgotten,
            "the same on every database that has run the old ones",
        )
        yield remedy.followed_by(squashed, map(prisma.applied, case.pending))
    yield remedy.restore_files(case, rows, "Restore them from the branch that has them")
    if drift.by_hand is None or drift.has_pending:
        return
    if drift.by_hand.changes:
        taken = remedy.take_over(
            case,
            "take_over",
            drift.by_hand.forth,
            "If nobody has them any more: write a migration that makes what they made, mark it as "
            "applied here, and forget the old rows",
            [prisma.execute("\n".join(f"{each};" for each in forgotten))],
        )
        yield taken
        yield remedy.run_sql(
            case,
            "undo",
            "If they are not wanted: undo here what they did, and forget them",
            drift.by_hand.back,
            [prisma.execute("\n".join(f"{each};" for each in forgotten))],
            at_risk=drift.by_hand.back_at_risk,
        )
    else:
        what = "Forget them: the tables show no trace of them"
        yield remedy.edit_ledger(case, what, forgotten)


def _renamed(case: Case, standing: Standing, new: str) -> Cause:
    old, row = standing.name, standing.row
    assert row is not None
    return Cause(
        "renamed",
        f"`{old}` ran here, but is called `{new}` in the directory",
        f"The migrations recorded in the database diverge from the local migrations directory; "
        f"`migrate deploy` runs `{new}` again, and it fails (P3018)",
        "The directory was renamed after it was applied; Prisma identifies a migration by its name",
        "error",
        ("deploy", "dev"),
        (old, new),
        (
            remedy.rename_back(case, old, new),
            remedy.edit_ledger(
                case,
                f"Rename it in the ledger too, if it is to stay `{new}`",
                [remedy.update_row(case, row, "migration_name", new)],
            ),
            remedy.reset(case),
        ),
    )


def _old_rows(case: Case) -> Iterator[Cause]:
    """Rows that are marked as rolled back, which Prisma up to 7.8 still counts."""
    facts = case.facts
    if case.prisma.version.skips_rolled_back:
        return
    standing = {s.name: s for s in facts.standings}
    reported = (*facts.diagnosis.edited, *facts.diagnosis.unpersisted)
    names = [
        name
        for name in reported
        if (own := standing.get(name)) and own.rolled_back and _is_old_noise(own)
    ]
    for name in names:
        deleted = remedy.edit_ledger(
            case,
            "Delete the row of the first attempt: the later one counts",
            [remedy.forget(case, name, rolled_back_only=True)],
            "its log is gone",
        )
        newer = remedy.by_person(
            case,
            "upgrade",
            "Upgrade to Prisma 7.9 or later, which ignores such rows",
            "an upgrade; no database is touched",
        )
        yield Cause(
            "rolled-back-row",
            f"Prisma {facts.prisma} counts a row of `{name}` that is marked as rolled back",
            f"`migrate dev`: The migration `{name}` was modified after it was applied, or is "
            "missing from the local migrations directory",
            "It failed, was marked as rolled back and then changed or removed; up to 7.8 the first "
            "row of a name counts, whatever its mark",
            "warning",
            ("dev",),
            (name,),
            (deleted, newer),
        )


def _is_old_noise(standing: Standing) -> bool:
    if standing.in_directory:
        return standing.state in ("applied", "rolled_back") and not standing.edited
    return standing.state == "rolled_back"


def _oddities(case: Case) -> Iterator[Cause]:
    for oddity in case.facts.ledger.oddities:
        what = "Prisma needs nothing; find out who wrote to the table"
        yield Cause(
            "ledger-odd",
            f"`_prisma_migrations` is not as Prisma leaves it: {oddity}",
            "",
            "Somebody has written to the table, or restored part of it",
            "notice",
            remedies=(remedy.by_person(case, "look", what),),
        )
