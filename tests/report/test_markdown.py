"""The comment and the summary: what they say, and that nothing foreign takes over."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.model import Base, Failure, Finding, Replay, Report
from checker.report.links import Links
from checker.report.markdown import render_markdown
from tests.report.evil import strings
from tests.report.gfm import Page
from tests.report.samples import (
    BROKEN,
    CLEAR,
    FINDINGS,
    HEAD,
    LINKS,
    PROJECT,
    QUIET,
    REPORT,
    THREE,
    TOLD,
    finding,
    summary,
)

SHOWN = 20
MARK = "<!-- prisma-migration-checker:x -->"


def page_of(report: Report, links: Links | None = LINKS) -> tuple[str, Page]:
    body = render_markdown(report, marker=MARK, links=links)
    page = Page(body)
    assert page.problems == []
    return body, page


def with_findings(*findings: Finding) -> Report:
    project = msgspec.structs.replace(PROJECT, findings=findings)
    return msgspec.structs.replace(REPORT, projects=(project,))


def test_the_verdict_comes_first() -> None:
    body, _ = page_of(REPORT)
    first, second, *_ = body.split("\n")
    assert first == MARK
    assert second == "### ❌ Migrations: 2 errors, 1 warning"


@pytest.mark.parametrize(
    ("verdict", "findings", "fail_on", "expected"),
    [
        ("pass", (), "error", "### ✅ Migrations: all clear"),
        ("warn", FINDINGS[:1], "error", "### ⚠️ Migrations: 1 warning"),
        (
            "fail",
            FINDINGS[:1],
            "warning",
            "### ❌ Migrations: 1 warning (the check fails from warning on)",
        ),
        ("not_verified", (), "error", "### ❓ Migrations: not verified"),
        ("not_verified", FINDINGS[:1], "error", "### ❓ Migrations: not verified, 1 warning"),
    ],
)
def test_headline(verdict: str, findings: tuple[Finding, ...], fail_on: str, expected: str) -> None:
    report = msgspec.structs.replace(with_findings(*findings), verdict=verdict, fail_on=fail_on)
    assert render_markdown(report, marker=None, links=None).split("\n")[0] == expected


def test_all_clear_is_three_lines() -> None:
    body, page = page_of(CLEAR)
    assert len([line for line in body.split("\n") if line]) == 4
    assert page.tags["table"] == page.tags["details"] == 0
    assert "replayed on PostgreSQL 17.11 in 1.9 s" in page.text


def test_a_row_and_details_for_every_finding() -> None:
    body, page = page_of(REPORT)
    assert page.tags["details"] == len(FINDINGS)
    assert page.tags["tr"] == 1 + len(FINDINGS) + 1  # the head, and the migration without any
    assert "<code>20261121080000_<wbr>audit</code> · 6 statements | nothing found" in body
    assert [block.strip() for block in page.blocks] == [
        FINDINGS[1].fix,
        FINDINGS[2].fix,
        FINDINGS[0].fix,
    ]
    for word in ("proven in the replay", "observed in the replay", "from reading"):
        assert word in page.text


def test_links_lead_to_the_lines() -> None:
    _, page = page_of(REPORT)
    start = f"https://github.example/acme/shop/blob/{HEAD}/packages/db/prisma/migrations/"
    assert f"{start}20261120101500_profile/migration.sql#L4-L5" in page.links
    assert f"{start}20261120101500_profile/migration.sql#L9" in page.links
    assert LINKS.run_url in page.links


def test_no_links_without_a_place_to_link_to() -> None:
    assert page_of(REPORT, links=None)[1].links == []


def test_many_untouched_migrations_take_one_row() -> None:
    many = tuple(summary(f"202611221200{n:02}_x") for n in range(40))
    project = msgspec.structs.replace(PROJECT, migrations=many, findings=FINDINGS[:1])
    body, page = page_of(msgspec.structs.replace(REPORT, projects=(project,)))
    assert "40 other new migrations" in body
    assert page.tags["tr"] == 3


def test_a_failed_replay_shows_its_statement() -> None:
    _, page = page_of(msgspec.structs.replace(REPORT, projects=(BROKEN,)))
    assert "the replay fails on PostgreSQL 17.11 after 0 of 2 migrations" in page.text
    assert "line 7 fails (SQLSTATE 42703, Prisma reports P3018)" in page.text
    assert "stay committed" in page.text
    assert page.blocks[0].startswith('UPDATE "Invoice"\n   SET')
    assert "uuid-ossp" in page.codes


def test_a_failure_that_a_finding_tells_is_told_once() -> None:
    body, page = page_of(msgspec.structs.replace(REPORT, projects=(TOLD,)))
    assert "(SQLSTATE 42703" not in body
    assert page.tags["details"] == len(page.blocks) == 1
    assert page.blocks[0].startswith('UPDATE "Invoice"\n   SET')
    assert "Migrations: the replay fails, 1 error" in page.text


def test_a_statement_without_a_fix_stands_before_what_to_do_instead() -> None:
    found = msgspec.structs.replace(FINDINGS[0], fix=None, statement="DROP TABLE x", advice="Wait")
    project = msgspec.structs.replace(PROJECT, findings=(found,))
    body, _ = page_of(msgspec.structs.replace(REPORT, projects=(project,)))
    assert body.index("DROP TABLE x") < body.index("Instead: Wait")


def test_a_statement_as_long_as_a_dump_is_shortened() -> None:
    statement = "INSERT INTO t VALUES\n" + "(1),\n" * 100_000 + "x" * 100_000
    failure = Failure("m", 1, "22P02", "m" * 9_000, statement=statement)
    broken = msgspec.structs.replace(BROKEN, replay=Replay("failed", failure=failure))
    body, page = page_of(msgspec.structs.replace(REPORT, projects=(broken,)))
    assert len(body) < 5_000
    assert "99,990 more lines" in page.blocks[0]


def test_several_projects_stand_in_one_body() -> None:
    body, page = page_of(THREE)
    assert page.tags["h4"] == 3
    assert body.startswith(f"{MARK}\n### ❌ Migrations: the replay fails, 2 errors, 1 warning\n")
    assert "❓ replay not verified: the server lacks" in page.text
    assert {"vector", "pg_partman"} <= set(page.codes)


def test_projects_that_are_well_and_unchanged_take_one_line() -> None:
    others = tuple(msgspec.structs.replace(QUIET, path=f"apps/{n}") for n in range(12))
    body, page = page_of(msgspec.structs.replace(REPORT, projects=(PROJECT, *others)))
    assert page.tags["h4"] == 0
    assert "Unchanged and without findings: `apps/0`, `apps/1`" in body
    assert "`apps/7` and 4 more." in body
    alone = msgspec.structs.replace(CLEAR, projects=(QUIET,))
    assert "Unchanged" not in page_of(alone)[0]


def test_commands_are_not_marked_as_sql() -> None:
    body, _ = page_of(REPORT)
    assert "```sh\ngit checkout" in body
    assert "```sql\nCREATE INDEX CONCURRENTLY" in body


@given(data=st.data())
def test_no_foreign_string_takes_over(data: st.DataObject) -> None:
    def evil() -> str:
        return data.draw(strings)

    found = Finding(
        rule=evil(),
        severity="error",
        message=evil(),
        migration=evil(),
        path=evil(),
        line=3,
        why=evil(),
        advice=evil(),
        fix=evil(),
        statement=evil(),
    )
    failure = Failure(
        evil(), 2, evil(), evil(), detail=evil(), hint=evil(), statement=evil(), prisma_code=evil()
    )
    project = msgspec.structs.replace(
        PROJECT,
        path=evil(),
        prisma_version=evil(),
        migrations=(summary(evil()), summary(evil())),
        findings=(found,),
        replay=Replay(
            "failed", server=evil(), failure=failure, missing=(evil(),), stand_ins=(evil(),)
        ),
        notes=(evil(), evil()),
    )
    report = msgspec.structs.replace(
        REPORT,
        projects=(project, project),
        notes=(evil(),),
        base=Base(ref=evil(), commit="c" * 40),
    )
    body = render_markdown(report, marker=MARK, links=LINKS, limit=4_000_000)
    page = Page(body)
    assert page.problems == []
    assert page.comments == [MARK[4:-3]]
    assert page.tags["details"] == page.tags["summary"] == 2
    assert (page.tags["h3"], page.tags["h4"]) == (1, 2)
    assert page.tags["td"] == 3 * (page.tags["tr"] - 2)
    assert all(link.startswith("https://github.example/acme/shop/") for link in page.links)
    body.encode()


def many(count: int) -> Report:
    severities = ("error", "warning", "notice")
    return with_findings(
        *(
            finding(
                line=n + 1,
                severity=severities[n % 3],
                message=f"finding {n} of `Täble` | x",
                why="because ```` of it " * 5,
                fix=f'ALTER TABLE "t{n}" ADD "é" int;\n```',
            )
            for n in range(count)
        )
    )


@settings(max_examples=12)
@given(limit=st.integers(1_500, 40_000), count=st.sampled_from([15, 40, 2_000]))
def test_a_page_that_is_too_long_loses_whole_sections(limit: int, count: int) -> None:
    body = render_markdown(many(count), marker=MARK, links=LINKS, limit=limit)
    page = Page(body)
    assert len(body.encode()) <= limit
    assert page.problems == []
    whole = len(page.blocks)
    folds = body.count(" more findings: ")
    assert page.tags["details"] == whole + folds
    assert folds == 0 or count > SHOWN
    if whole < count:
        (left_out,) = re.findall(r"\*\*Left out\*\*.*", body)
        named = sum(int(n.replace(",", "")) for n in re.findall(r"details of ([\d,]+)", left_out))
        assert named == count - whole
        assert f"see the [job summary]({LINKS.run_url})" in left_out
    assert body.split("\n")[1].startswith("### ❌ Migrations: ")
    assert "Prisma Migration Checker 0.1.0" in body.split("\n")[-2]


def test_details_go_before_rows_and_notices_before_errors() -> None:
    body = render_markdown(many(1_500), marker=MARK, links=LINKS)
    rows = Counter(re.findall(r"(?m)^\| (❌|⚠️|ℹ️) \|", body))
    assert "```" not in body
    assert rows["❌"] >= rows["⚠️"] >= rows["ℹ️"] == 0 < rows["❌"]
    body = render_markdown(many(120), marker=MARK, links=LINKS)
    rows = Counter(re.findall(r"(?m)^\| (❌|⚠️|ℹ️) \|", body))
    details = Counter(re.findall(r"<summary>(❌|⚠️|ℹ️) ", body))
    assert set(rows.values()) == {40}
    assert details["❌"] == 40 > details["ℹ️"]
    left = 40 - details["ℹ️"]
    assert f"details of {left} notice" in body


def test_what_follows_the_first_findings_is_folded() -> None:
    body, page = page_of(many(SHOWN + 4))
    first, rest = body.split("4 more findings: 4 notices")
    assert first.count("\n| ❌ |") + first.count("\n| ⚠️ |") + first.count("\n| ℹ️ |") == SHOWN
    assert rest.count("<summary>") == 4
    assert page.tags["table"] == 2
    assert page.tags["details"] == SHOWN + 4 + 1


def test_the_summary_does_not_point_to_itself() -> None:
    body = render_markdown(many(600), marker=None, links=LINKS)
    assert "job summary" not in body
    assert "the JSON report has everything" in body


def test_a_huge_fix_does_not_push_out_the_others() -> None:
    huge = finding(message="huge", fix="-- x\n" * 20_000)
    _, page = page_of(with_findings(huge, *FINDINGS))
    assert page.tags["details"] == len(FINDINGS)
    assert page.tags["tr"] == 1 + 1 + len(FINDINGS) + 1
