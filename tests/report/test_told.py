"""The sentences that are made of what the replay saw."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from checker.model import (
    Cleared,
    DataFailure,
    Definition,
    Deviation,
    Difference,
    Drift,
    Failure,
    Gap,
    Lineage,
    Loss,
    Part,
    Sighting,
    Spared,
    Work,
)
from checker.report.told import seen_words, told, told_cleared, told_finding
from tests.report.samples import FINDINGS, PROJECT, REPORT

LOST = Sighting(loss=Loss("User", "column", 59, 60, "email"))


@pytest.mark.parametrize(
    ("sighting", "words"),
    [
        (LOST, "59 of 60 values of `User.email` are gone"),
        (
            Sighting(loss=Loss("User", "values", 2, 1200, "age", ("Old.age",))),
            "2 of 1,200 values of `User.age` are not what they were, and all of them found again "
            "in `Old.age`",
        ),
        (Sighting(loss=Loss("User", "rows", 1, 1)), "1 of 1 row of `User` is gone"),
        (Sighting(loss=Loss("User", "values", 1, 2, "age", ("Old.age",))),
         "1 of 2 values of `User.age` is not what it was, and was found again in `Old.age`"),
        (Sighting(spared=Spared("User", "it is there again at the end")),
         "`User`: it is there again at the end"),
        (Sighting(spared=Spared("User", "all values were NULL", "age")),
         "`User.age`: all values were NULL"),
        (Sighting(failure=DataFailure("23502", "null", "a row whose `age` is NULL")),
         "fails with 23502 on a row whose `age` is NULL"),
        (Sighting(work=Work("User", "rewrite", reason="a new type"), lock="ACCESS EXCLUSIVE"),
         "ACCESS EXCLUSIVE on `User` while all of it is rewritten (a new type)"),
        (Sighting(absent="loss"), "no value was lost"),
        (Sighting(absent="work"), "the work does not grow with the table"),
        (Sighting(deviation=Deviation("edited", ("1_a",), "equal")),
         "a fresh database and one that is deployed end up the same"),
        (Sighting(deviation=Deviation("edited", ("1_a",), reason="want of time")),
         "not verified, for want of time"),
        (Sighting(deviation=Deviation("edited", ("1_a",))), ""),
        (
            Sighting(
                deviation=Deviation(
                    "edited", ("1_a",), "repaired", failure=Failure("1_a", 3, "42P01", "no table")
                )
            ),
            "on a fresh database before this change `1_a` fails in line 3: no table (42P01)",
        ),
        (Sighting(deviation=Deviation("edited", ("1_a",), "different", tuple("abcdef"))),
         "a; b; c; d; and 2 more"),
    ],
)  # fmt: skip
def test_each_sighting_has_its_words(sighting: Sighting, words: str) -> None:
    assert seen_words([sighting]) == words


def test_what_reads_the_same_is_said_once() -> None:
    work = Sighting(work=Work("User", "scan", pages=9), lock="SHARE")
    again = Sighting(work=Work("User", "scan", pages=10), lock="SHARE")
    assert seen_words([work, again, LOST]) == (
        "SHARE on `User` while all of it is read; 59 of 60 values of `User.email` are gone"
    )


def test_a_report_is_told_as_a_whole() -> None:
    finding = replace(FINDINGS[0], sightings=(LOST,))
    cleared = Cleared("ban-drop-column", sightings=(Sighting(absent="loss"),))
    project = replace(PROJECT, findings=(finding,), cleared=(cleared,))
    (after,) = told(replace(REPORT, projects=(project,))).projects
    assert [each.seen for each in after.findings] == ["59 of 60 values of `User.email` are gone"]
    assert [each.reason for each in after.cleared] == ["no value was lost"]


def test_the_ground_of_what_is_cleared_is_said() -> None:
    assert "do not run it" in told_cleared(Cleared("x", ground="replaced")).reason
    assert "as they were" in told_cleared(Cleared("x", ground="restored")).reason


def test_a_sentence_without_its_facts_stays() -> None:
    older = replace(FINDINGS[0], seen="what was seen", size="how large it is")
    assert told_finding(older) == older
    assert told_cleared(Cleared("x", "a reason")) == Cleared("x", "a reason")


def test_a_difference_is_told_of_its_facts() -> None:
    column = Difference(
        "both",
        kind="column",
        schema="auth",
        table="User",
        name="age",
        history_has=Definition(type="Integer", arity="required"),
        schema_has=Definition(type="VarChar(30)", arity="nullable"),
    )
    project = replace(PROJECT, drift=Drift("drift", (column,)))
    drift = told(replace(REPORT, projects=(project,))).projects[0].drift
    assert drift is not None
    assert [change.text for change in drift.changes] == [
        "Column `auth.User.age` is `Integer`, required after the migrations, and `VarChar(30)`, "
        "optional in schema.prisma"
    ]


def test_a_departure_is_told_of_its_gaps() -> None:
    gaps = (
        Gap(Part("table", "public", "User"), "rows", None, "1"),
        Gap(Part("index", "auth", "by_age", "User"), here="btree (age)"),
    )
    deviation = Deviation("edited", ("1_a",), "different", gaps=gaps)
    finding = replace(FINDINGS[0], sightings=(Sighting(deviation=deviation),))
    project = replace(PROJECT, findings=(finding,), lineage=Lineage((deviation,)))
    (project,) = told(replace(REPORT, projects=(project,))).projects
    words = (
        "table `User` has no rows on a fresh database, 1 on a deployed one",
        "index `by_age` of `auth.User` is only there on a fresh database",
    )
    assert project.lineage is not None
    assert project.lineage.deviations[0].differences == words
    assert project.findings[0].seen == "; ".join(words)
    assert [
        each.deviation.differences for each in project.findings[0].sightings if each.deviation
    ] == [words]
