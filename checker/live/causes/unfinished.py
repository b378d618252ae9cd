"""Causes in migrations that have not finished: failed, unreadable or pending. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checker.live import remedy
from checker.live.advice import Cause, Remedy
from checker.live.facts import Standing
from checker.live.remedy import Case
from checker.live.words import are, listed


def causes(case: Case) -> Iterator[Cause]:
    for standing in case.standings("failed"):
        yield _failed(case, standing)
    for standing in case.facts.standings:
        if standing.no_script:
            yield _no_script(case, standing)


def _failed(case: Case, standing: Standing) -> Cause:
    row, name = standing.row, standing.name
    log = (row.logs or "").strip() if row else ""
    reason = f": {log.splitlines()[0]}" if log else ""
    why = (
        f"Its script ended with an error{reason}"
        if log
        else "No error is recorded: its process was killed, or its script left a transaction open "
        "or changed the search_path, so that its end could not be recorded"
    )
    return Cause(
        "failed",
        f"`{name}` was started but did not finish",
        "P3009: migrate found failed migrations in the target database, new migrations will not be "
        f"applied. The `{name}` migration … failed",
        why,
        "error",
        ("deploy", "dev"),
        (name,),
        (*sorted(_for_failed(case, standing), key=remedy.by_risk), remedy.reset(case)),
    )


def _for_failed(case: Case, standing: Standing) -> Iterator[Remedy]:
    drift, name = case.facts.drift, standing.name
    if not standing.in_directory:
        row = standing.row
        if row is not None:
            what = "Restore its script, then run status again"
            yield remedy.restore_files(case, [(name, row.checksum)], what)
        yield remedy.edit_ledger(
            case,
            "Forget it: right if it will not come back and has left nothing behind",
            [remedy.forget(case, name)],
            "what it may have done stays; the comparison with the migrations shows it",
        )
        return
    if drift.has_pending:
        names = [name, *(n for n in case.pending if n != name)]
        what = "Mark it as applied: the tables already match the migrations"
        yield remedy.mark_applied(case, names, what)
        return
    fix = f"Fix what made it fail, in `{case.prisma.script(name)}` or in the rows"
    if drift.by_hand and drift.by_hand.changes:
        yield remedy.mark_rolled_back(
            case,
            name,
            "Undo what it left behind, mark it as rolled back and run it again",
            first=f"{fix}; read undo.sql, because it also undoes what others did by hand",
            undo=drift.by_hand.back,
            at_risk=drift.by_hand.back_at_risk,
        )
    else:
        known = drift.by_hand is not None
        yield remedy.mark_rolled_back(
            case,
            name,
            "Mark it as rolled back and run it again: the tables show no trace of it"
            if known
            else "Mark it as rolled back and run it again, if nothing is left of it",
            first=fix,
        )
    what = "Mark it as applied, if all of it has been done by hand since"
    yield remedy.mark_applied(case, [name], what, then_deploy=True)


def _no_script(case: Case, standing: Standing) -> Cause:
    name, row = standing.name, standing.row
    remedies = []
    if row is not None:
        what = "Restore its migration.sql"
        remedies.append(remedy.restore_files(case, [(name, row.checksum)], what))
    if standing.state in ("pending", "rolled_back"):
        remedies.append(
            remedy.remove_directory(case, name, "Delete the directory: it has never been applied")
        )
    return Cause(
        "no-script",
        f"`{case.prisma.directory(name)}` has no migration.sql",
        "P3015: Could not find the migration file at migration.sql. Please delete the directory or "
        "restore the migration file",
        "The file was not committed, or was deleted without its directory",
        "error",
        ("deploy", "dev") if row is None else ("dev", "status"),
        (name,),
        tuple(remedies),
    )


def pending(case: Case) -> Iterator[Cause]:
    """The migrations that deploy would apply, unless another cause covers them."""
    facts = case.facts
    names = case.pending
    if not names or (facts.ledger.state != "read" and facts.tables):
        return  # nobody can tell what ran
    if case.standings("failed", "missing") and facts.drift.has_pending:
        return  # those causes cover it
    if facts.drift.has_pending:
        what = "Mark them as applied: the tables already match them"
        yield Cause(
            "already-there",
            f"What {listed(names)} would do is already in the database",
            "P3018: … already exists, for the first of them",
            "Somebody used `db push` or did it by hand, and the migration was written later",
            "error",
            ("deploy", "dev"),
            names,
            (remedy.mark_applied(case, names, what), remedy.reset(case)),
        )
        return
    failing = next((s for s in facts.deploy if s.action == "apply" and s.code), None)
    if failing is not None:
        yield _fails(case, failing.migration or "", failing.text, failing.code or "")
        return
    early = [s.name for s in facts.standings if s.early]
    again = [s.name for s in case.standings("rolled_back") if s.in_directory]
    notes = [
        f"{listed(early)} sorts before one that has run, so it runs late here" if early else "",
        f"{listed(again)} was rolled back before and runs again" if again else "",
    ]
    why = "; ".join(filter(None, notes))
    yield Cause(
        "pending",
        f"{listed(names)} {are(names)} not applied yet",
        "Following migration(s) have not yet been applied"
        if facts.diagnosis.unapplied
        else f"`migrate status` of Prisma {facts.prisma}: up to date, because it counts a row "
        "that is marked as rolled back",
        why or "They were merged after the last deploy",
        "notice",
        migrations=names,
        remedies=(remedy.deploy(case, "Apply them"),),
    )


def _fails(case: Case, name: str, text: str, code: str) -> Cause:
    what = f"Fix `{case.prisma.script(name)}`, which nobody has run yet, and deploy"
    return Cause(
        "will-fail",
        f"The next deploy fails: {text}",
        f"{code}: A migration failed to apply. New migrations cannot be applied before the error "
        "is recovered from",
        "It also fails on an empty database, after the migrations that are applied here",
        "error",
        ("deploy", "dev"),
        (name,),
        (remedy.deploy(case, what),),
    )
