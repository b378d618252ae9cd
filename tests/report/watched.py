"""A report on migrations that were watched on a server, written by hand."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model import (
    Break,
    Cleared,
    DataFailure,
    Difference,
    Drift,
    Fill,
    Loss,
    Observation,
    Picture,
    PictureColumn,
    PictureLink,
    PictureTable,
    Rollout,
    TableLock,
    Witness,
    Work,
)
from tests.report.samples import FINDINGS, PROJECT, REPORT

PROFILE, AUDIT = "20261120101500_profile", "20261121080000_audit"
FAILURE = DataFailure("23502", "contains null values", "a row without `age`")
LOSS = Loss("User", "column", 59, 60, "email")


def seen(line: int, migration: str = PROFILE, **fields: object) -> Observation:
    observed = Observation(migration, line * 10, line, line, "ALTER TABLE", measured=True)
    return replace(observed, statement=f"STATEMENT {line}", **fields)


OBSERVATIONS = (
    seen(4, locks=(TableLock("User", "ACCESS EXCLUSIVE"),), losses=(LOSS,)),
    seen(7, locks=(TableLock("User", "ACCESS EXCLUSIVE", held=True),), failure=FAILURE),
    seen(
        9,
        locks=(TableLock("Order", "SHARE"), TableLock("User", "ACCESS EXCLUSIVE", held=True)),
        work=(Work("Order", "index", 900, 900),),
    ),
    seen(12, locks=(TableLock("User", "ACCESS EXCLUSIVE", held=True),)),
    seen(2, AUDIT),
    seen(5, AUDIT, locks=(TableLock("Log", "ROW SHARE"),)),
)
WITNESS = Witness(
    "observed",
    OBSERVATIONS,
    (Fill("User", 60), Fill("Odd", problem="its CHECK permits no row")),
    seconds=0.4,
)
PICTURE = Picture(
    (
        PictureTable(
            "User",
            (
                PictureColumn("id", "Integer", keys=("PK",)),
                PictureColumn("email", "Text?", "removed"),
                PictureColumn("price", "Decimal(12,2)", "changed"),
                PictureColumn("tags", "Text[]", "added", ("UK", "FK")),
            ),
            more=3,
        ),
        PictureTable("audit.Log", (), "added"),
    ),
    (PictureLink("audit.Log", "User", "userId", "added"),),
    more=2,
)
WATCHED = replace(
    PROJECT,
    findings=(
        replace(FINDINGS[0], seen="SHARE on `Order` while an index is built over all of it",
                size="`Order` in production on 2026-11-01: 41 million rows, 9.1 GB"),
        replace(FINDINGS[1], seen="59 of 60 values of `User.email` are gone"),
        FINDINGS[2],
    ),
    notes=(),
    witness=WITNESS,
    cleared=(
        Cleared("unique-may-fail", "it succeeded", PROFILE, 4, "may fail"),
        Cleared("unique-may-fail", "it succeeded", PROFILE, 5, "may fail"),
    ),
    drift=Drift("drift", (Difference("schema", "Column `User.phone` is missing"),)),
    rollout=Rollout(old=(Break("User", "reads `email`"),), new=(Break("Log", "reads it"),)),
    picture=PICTURE,
)  # fmt: skip
REPORT_WATCHED = replace(REPORT, projects=(WATCHED,))
