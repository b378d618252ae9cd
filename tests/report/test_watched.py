"""What the comment says of migrations that were watched on a server."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checker.model import (
    Break,
    Cleared,
    Command,
    DataFailure,
    Deviation,
    Difference,
    Drift,
    Drop,
    Fill,
    Loss,
    Observation,
    Picture,
    PictureColumn,
    PictureLink,
    PictureTable,
    Report,
    Rollout,
    Scale,
    Sighting,
    Spared,
    TableLock,
    Witness,
    Work,
)
from checker.report.markdown import render_markdown
from checker.report.text import render_text
from checker.report.told import told_finding
from tests.report.evil import strings
from tests.report.gfm import Page
from tests.report.samples import FINDINGS, LINKS, PROJECT, REPORT, summary
from tests.report.watched import (
    AUDIT,
    OBSERVATIONS,
    PROFILE,
    REPORT_WATCHED,
    WATCHED,
    WITNESS,
    seen,
)

MARK = "<!-- prisma-migration-checker:x -->"


def body_of(project: object = WATCHED) -> str:
    body = render_markdown(replace(REPORT, projects=(project,)), marker=MARK, links=LINKS)
    page = Page(body)
    assert page.problems == []
    return body


def rows_of(body: str, title: str) -> list[list[str]]:
    """The cells of the table in the fold whose title has these words."""
    (fold,) = [fold for fold in body.split("<details>") if title in fold.split("</summary>")[0]]
    lines = [line for line in fold.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_facts_and_the_notes() -> None:
    body = body_of()
    assert "in 1.9 s · schema.prisma differs in 1 place · Prisma 6.19.3" in body
    assert "- 2 suspicions cleared by the replay: `unique-may-fail`." in body
    assert "- Not filled with rows: `Odd` (its CHECK permits no row)." in body
    assert (
        "running code breaks on `User` once the migrations have run, and new code on `Log`" in body
    )


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        (None, ""),
        (Drift("in_sync"), " · schema.prisma in step"),
        (Drift("skipped", reason="x"), ""),
        (Drift("not_verified", reason="`y`"), " · schema.prisma not compared: `y`"),
    ],
)
def test_the_schema_is_spoken_of_where_it_was_compared(drift: Drift | None, said: str) -> None:
    assert f" in 1.9 s{said} · Prisma" in body_of(replace(WATCHED, drift=drift))


def test_an_order_of_release_that_works_is_not_spoken_of() -> None:
    for rollout in (Rollout(), Rollout(old=(Break("A", "a"),)), Rollout(new=(Break("A", "a"),))):
        assert "order of release" not in body_of(replace(WATCHED, rollout=rollout))


def test_a_finding_has_what_was_seen_in_its_row() -> None:
    rows = [line for line in body_of().split("\n") if re.match(r"\| (❌|⚠️|✅)", line)]
    proven, read, observed, clean = rows
    assert proven.endswith("| **59 of 60 values of `User.email` are gone** |")
    assert read.endswith("was edited |  |")
    assert "`Order` in production on 2026-11-01: 41 million rows, 9.1 GB |" in observed
    assert observed.endswith("| SHARE on `Order` while an index is built over all of it |")
    assert clean.endswith("| nothing found | 2 statements, nobody waits |")


def test_no_such_column_where_nothing_was_watched() -> None:
    for witness in (None, Witness("not_verified", reason="no second server")):
        project = replace(WATCHED, findings=FINDINGS, witness=witness)
        assert "on a real server" not in body_of(project)
    assert "on a real server" in body_of(replace(WATCHED, witness=None))


def test_the_statements_of_a_migration() -> None:
    rows = rows_of(body_of(), "statement by statement")
    head, _, *lines = rows
    assert head == ["line", "statement", "lock", "who waits", "cost", "rows"]
    assert [line[1:] for line in lines] == [
        ["`STATEMENT 4`", "ACCESS EXCLUSIVE on `User`", "reads and writes, for an instant",
         "same at any size", "**59 of 60 values of `User.email` are gone**"],
        ["`STATEMENT 7`", "", "nobody", "same at any size",
         "**fails with 23502 on a row without `age`**"],
        ["`STATEMENT 9`", "SHARE on `Order`; still held: ACCESS EXCLUSIVE on `User`",
         "**reads and writes**, meanwhile", "`Order`: an index is built over all of it", ""],
        ["1 other statement", "", "nobody", "", ""],
    ]  # fmt: skip
    assert [re.findall(r"#L\d+", line[0]) for line in lines] == [["#L4"], ["#L7"], ["#L9"], []]


def test_what_a_migration_comes_to() -> None:
    (title,) = re.findall(r"statement by statement: (.*)</summary>", body_of())
    assert Page(title).text.strip() == (
        "fails in line 7 on rows; 59 of 60 values of  are gone; "
        "reads and writes of  wait while  is worked on; writes of  wait while it is worked on"
    )


def test_a_migration_that_nobody_feels_has_no_table() -> None:
    body = body_of()
    assert body.count("statement by statement") == 1
    quiet = tuple(o for o in OBSERVATIONS if o.migration == AUDIT)
    project = replace(WATCHED, witness=replace(WITNESS, observations=quiet))
    assert "statement by statement" not in body_of(project)


def test_rows_have_no_column_where_none_is_lost() -> None:
    locked = seen(1, locks=(TableLock("User", "SHARE"),))
    project = replace(WATCHED, witness=replace(WITNESS, observations=(locked,)))
    head, _, line = rows_of(body_of(project), "statement by statement")
    assert head == ["line", "statement", "lock", "who waits", "cost"]
    assert line[2:] == ["SHARE on `User`", "writes, for an instant", "same at any size"]


@pytest.mark.parametrize(
    ("observation", "waits", "cost"),
    [
        (seen(1, measured=False, locks=(TableLock("T", "EXCLUSIVE"),)), "writes", "not measured"),
        (
            seen(1, locks=(TableLock("T", "ROW EXCLUSIVE"),), work=(Work("T", "rewrite"),)),
            "writes of the same rows",
            "`T`: all of it is rewritten",
        ),
        (
            seen(1, locks=(TableLock("T", "SHARE UPDATE EXCLUSIVE"),), work=(Work("T", "scan"),)),
            "nobody",
            "`T`: all of it is read",
        ),
    ],
)
def test_who_waits(observation: Observation, waits: str, cost: str) -> None:
    project = replace(WATCHED, witness=replace(WITNESS, observations=(observation,)))
    assert rows_of(body_of(project), "statement by statement")[2][3:] == [waits, cost]


def test_many_migrations_stand_in_one_fold() -> None:
    names = [f"2026112210{n:04}_x" for n in range(9)]
    observations = tuple(seen(1, name, locks=(TableLock("T", "SHARE"),)) for name in names)
    project = replace(
        WATCHED,
        migrations=tuple(summary(name) for name in names),
        witness=replace(WITNESS, observations=observations),
    )
    body = body_of(project)
    assert "<summary>Statement by statement: 9 migrations</summary>" in body
    assert body.count("statement by statement:") == 9


def test_size_and_sight_are_told_in_the_terminal_too() -> None:
    text = render_text(REPORT_WATCHED, color=False, width=200)
    assert "In the replay: 59 of 60 values of `User.email` are gone." in text
    assert "`Order` in production on 2026-11-01: 41 million rows, 9.1 GB." in text


def test_the_picture_says_what_it_leaves_out() -> None:
    body = body_of()
    assert "<summary>Tables that change (2 more not shown)</summary>" in body
    assert body.count("```mermaid\nerDiagram\n") == 1


MODES: tuple[Literal["SHARE", "ACCESS EXCLUSIVE"], ...] = ("SHARE", "ACCESS EXCLUSIVE")


@given(data=st.data())
def test_no_foreign_string_takes_over(data: st.DataObject) -> None:
    def evil() -> str:
        return data.draw(strings)

    locks = (TableLock(evil(), data.draw(st.sampled_from(MODES)), held=data.draw(st.booleans())),)
    observation = Observation(
        migration=PROFILE,
        start=0,
        line=4,
        end_line=4,
        kind=evil(),
        commands=(Command(evil(), evil(), evil()),),
        drops=(Drop(evil(), evil(), evil()),),
        locks=(*locks, TableLock(evil(), "ACCESS EXCLUSIVE")),
        work=(Work(locks[0].table, "scan", reason=evil(), indexes=(evil(),)),),
        losses=(Loss(evil(), "column", 1, 2, evil(), (evil(),)), Loss(evil(), "rows", 1, 2)),
        spared=(Spared(evil(), evil(), evil()),),
        failure=DataFailure(evil(), evil(), evil(), evil(), evil()),
        measured=data.draw(st.booleans()),
        statement=evil(),
    )
    sightings = (
        *(Sighting(loss=loss) for loss in observation.losses),
        *(Sighting(spared=spared) for spared in observation.spared),
        Sighting(failure=observation.failure),
        Sighting(work=observation.work[0], lock="SHARE"),
        Sighting(deviation=Deviation("edited", (evil(),), "different", (evil(),))),
        Sighting(deviation=Deviation("edited", (evil(),), "unknown", reason=evil())),
    )
    columns = (PictureColumn(evil(), evil(), "added", (evil(),)), PictureColumn(evil(), evil()))
    tables = (PictureTable(evil(), columns, "removed", 2), PictureTable(evil()))
    project = replace(
        PROJECT,
        findings=(
            told_finding(
                replace(
                    FINDINGS[0],
                    evidence="proven",
                    migration=evil(),
                    sightings=sightings,
                    scale=Scale(evil()),
                )
            ),
            replace(FINDINGS[0], seen=evil(), size=evil(), evidence="proven", migration=evil()),
        ),
        notes=(),
        witness=Witness("observed", (observation,), (Fill(evil(), 0, evil()),)),
        cleared=(Cleared(evil(), evil(), evil(), 1, evil()),),
        drift=Drift("not_verified", (Difference("both", evil()),), evil(), evil(), reason=evil()),
        rollout=Rollout(old=(Break(evil(), evil(), evil()),), new=(Break(evil(), evil()),)),
        picture=Picture(
            tables, (PictureLink(tables[0].name, tables[1].name, evil(), "added"),), more=1
        ),
    )
    body = render_markdown(
        replace(REPORT, projects=(project,)), marker=MARK, links=LINKS, limit=4_000_000
    )
    page = Page(body)
    assert page.problems == []
    assert page.comments == [MARK[4:-3]]
    assert page.tags["details"] == page.tags["summary"] == 4
    assert (page.tags["table"], page.tags["tr"]) == (2, 4 + 3)
    assert page.tags["td"] == 4 * 4 + 6
    assert len(page.blocks) == 3
    assert all(link.startswith("https://github.example/acme/shop/") for link in page.links)
    body.encode()


@given(limit=st.integers(900, 30_000), copies=st.integers(1, 12), findings=st.integers(0, 30))
def test_what_is_left_out_takes_all_that_stands_in_it(
    limit: int, copies: int, findings: int
) -> None:
    many = tuple(replace(FINDINGS[n % 3], line=n + 1) for n in range(findings))
    project = replace(WATCHED, findings=many)
    report = replace(REPORT, projects=(project,) * copies)
    body = render_markdown(report, marker=MARK, links=LINKS, limit=limit)
    page = Page(body)
    assert len(body.encode()) <= limit
    assert page.problems == []
    assert page.tags["details"] == page.tags["summary"]
    assert page.text.count("| ") == 0, "a row without its table"
    assert ("**Left out**" in body) == (len(body.encode()) < len(whole(report).encode()))


def whole(report: Report) -> str:
    return render_markdown(report, marker=MARK, links=LINKS, limit=4_000_000)


def test_a_figure_before_a_full_stop_begins_no_list() -> None:
    project = replace(WATCHED, findings=(replace(FINDINGS[0], size="1"),))
    assert "\n1." not in body_of(project)
