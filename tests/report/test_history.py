"""What is said of a history that departs from its base."""

from __future__ import annotations

import pytest

from checker.model import Deviation, Lineage, ProjectReport, Replay
from checker.report.history import history


def project(*deviations: Deviation) -> ProjectReport:
    return ProjectReport(
        path="prisma/schema.prisma",
        provider="postgresql",
        prisma_version="6.19.0",
        prisma_version_source="",
        migrations_path="prisma/migrations",
        migrations=(),
        replay=Replay("passed"),
        findings=(),
        lineage=Lineage(deviations),
    )


def test_quiet_where_all_is_well() -> None:
    assert history(project()) == []
    assert history(project(Deviation("behind", ("2",), "equal", others=("3",)))) == []


def test_the_same_is_said_once() -> None:
    edits = [Deviation("edited", (str(n),), "same_statements") for n in range(3)]
    assert history(project(*edits)) == [
        "3 merged migrations edited (`0`, `1`, `2`): the same statements."
    ]


@pytest.mark.parametrize(
    ("deviation", "line"),
    [
        (
            Deviation("removed", ("1",), "different", ("a", "b", "c", "d")),
            "1 merged migration removed (`1`): fresh and deployed databases differ: a; b; c; "
            "and 1 more.",
        ),
        (
            Deviation("out_of_order", ("1",), "broken", where="deployed", others=("2",)),
            "1 new migration out of order (`1`): fails on a deployed database.",
        ),
        (
            Deviation("replaced", ("1", "2"), "equal", others=("0_init",)),
            "2 merged migrations replaced by `0_init` (`1`, `2`): fresh and deployed databases end "
            "up the same.",
        ),
        (
            Deviation("renamed", ("2",), reason="the server is gone", others=("1",)),
            "1 merged migration renamed (`2`): outcome not known, for the server is gone.",
        ),
    ],
)
def test_what_it_comes_to(deviation: Deviation, line: str) -> None:
    assert history(project(deviation)) == [line]
