"""The state of each migration of a directory in a ledger, for Prisma and for us. Pure.

Source: prisma-engines, schema-commands (diagnose_migration_history.rs, apply_migrations.rs);
what differs between versions was measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Literal

from msgspec.structs import replace

from checker.discover.layouts import Scripts
from checker.engines.registry import locked_elsewhere
from checker.live.facts import Diagnosis, Ledger, LedgerRow, Standing
from checker.model import PrismaVersion
from checker.model.checksums import matches


def diagnose_history(
    ledger: Ledger, scripts: Scripts, prisma: PrismaVersion, lock_provider: str | None
) -> Diagnosis:
    """The result of ``prisma migrate status`` at that version."""
    has_ledger = ledger.exists
    if locked_elsewhere(lock_provider):
        return Diagnosis(has_ledger, error="P3019")
    if ledger.state in ("forbidden", "damaged"):
        return Diagnosis(has_ledger, error="unreadable")
    rows = [r for r in ledger.rows if r.rolled_back_at is None or not prisma.skips_rolled_back]
    first: dict[str, LedgerRow] = {}
    for row in rows:
        first.setdefault(row.name, row)
    if any(name in first and script is None for name, script in scripts.items()):
        return Diagnosis(has_ledger, error="P3015")
    unapplied = tuple(name for name in scripts if name not in first)
    unpersisted = tuple(name for name in first if name not in scripts)
    common = list(takewhile(lambda name: name in first, scripts))
    history: Literal["same", "behind", "ahead", "diverged"] = "same"
    if unapplied or unpersisted:
        history = "ahead" if not unapplied else "behind" if not unpersisted else "diverged"
    return Diagnosis(
        has_ledger,
        history,
        failed=_unique(row.name for row in rows if row.state == "failed"),
        edited=tuple(
            name
            for name, script in scripts.items()
            if name in first and script is not None and not matches(script, first[name].checksum)
        ),
        unapplied=unapplied,
        unpersisted=unpersisted,
        last_common=common[-1] if history == "diverged" and common else None,
    )


def standings(ledger: Ledger, scripts: Scripts) -> tuple[Standing, ...]:
    """The state of each migration: those of the directory in order, then those it lacks; empty if
    the ledger cannot be read.
    """
    if ledger.state in ("forbidden", "damaged"):
        return ()
    rows: dict[str, list[LedgerRow]] = {}
    for row in ledger.rows:
        rows.setdefault(row.name, []).append(row)
    standings = [_standing(name, script, rows.get(name, [])) for name, script in scripts.items()]
    applied = [place for place, each in enumerate(standings) if each.state == "applied"]
    last = applied[-1] if applied else -1
    early = [
        replace(each, early=each.state in ("pending", "rolled_back") and place < last)
        for place, each in enumerate(standings)
    ]
    gone = [_gone(name, own) for name, own in rows.items() if name not in scripts]
    return (*early, *gone)


def _standing(name: str, script: bytes | None, rows: list[LedgerRow]) -> Standing:
    live = [row for row in rows if row.state != "rolled_back"]
    if not live:
        return Standing(
            name,
            "rolled_back" if rows else "pending",
            no_script=script is None,
            row=rows[-1] if rows else None,
            rolled_back=len(rows),
        )
    failed = next((row for row in live if row.state == "failed"), None)
    row = failed or live[0]
    return Standing(
        name,
        "failed" if failed else "applied",
        edited=script is not None and not matches(script, live[0].checksum),
        resolved=failed is None and row.steps == 0,
        no_script=script is None,
        row=row,
        rolled_back=len(rows) - len(live),
    )


def _gone(name: str, rows: list[LedgerRow]) -> Standing:
    live = [row for row in rows if row.state != "rolled_back"]
    failed = next((row for row in live if row.state == "failed"), None)
    row = failed or (live or rows)[-1]
    return Standing(
        name,
        "failed" if failed else "missing" if live else "rolled_back",
        in_directory=False,
        resolved=bool(live) and failed is None and row.steps == 0,
        row=row,
        rolled_back=len(rows) - len(live),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
